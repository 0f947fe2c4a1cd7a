import { pino } from "pino";
import { Registry } from "prom-client";
import { userIdSchema } from "#common/accounts/user.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { createHttpApp } from "../signaling/http/app.ts";
import { createTrustedProxies } from "../signaling/http/trusted-proxies.ts";
import { createGrants } from "../signaling/playback/grants.ts";
import { createMediaDelivery } from "../signaling/playback/media.http.ts";
import { createMediaMetrics } from "../signaling/playback/playback.metrics.ts";
import type { MediaVideo } from "../signaling/playback/playback.rules.ts";

/*
 * The front desk's server and media route in a process of their own: `<storage folder> <cache MiB>`. Media is answered
 * before the other rooms see a request, so those are left out.
 */

const [folder = "", cacheMib = "0"] = process.argv.slice(2);
const video: MediaVideo = {
  ownerId: userIdSchema.parse("benchowneraaaaa"),
  visibility: "public",
  state: "ready",
  revision: "r1",
  posterRevision: "r1",
};
const log = pino({ level: "warn" });
const delivery = createMediaDelivery({
  videos: { peek: () => video, find: async () => video },
  grants: createGrants({ key: "ab".repeat(32), lifetimeSeconds: 60 }),
  storage: await openFileStorage(folder),
  metrics: createMediaMetrics(new Registry()),
  log,
  cacheBytes: Number(cacheMib) * 1024 * 1024,
});
const { app } = await createHttpApp({
  log,
  proxies: createTrustedProxies([]),
  rateLimits: true,
  apiRequestsPerMinute: 1200,
  fastLane: delivery,
});
await app.listen({ port: 0, host: "127.0.0.1" });
process.send?.(app.server.address());
process.once("disconnect", () => process.exit(0));

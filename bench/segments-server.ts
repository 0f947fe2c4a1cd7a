import { once } from "node:events";
import { createServer } from "node:http";
import { pino } from "pino";
import { Registry } from "prom-client";
import { userIdSchema } from "#common/accounts/user.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { createGrants } from "../signaling/playback/grants.ts";
import { createMediaDelivery } from "../signaling/playback/media.http.ts";
import { createMediaMetrics } from "../signaling/playback/playback.metrics.ts";
import type { MediaFacts } from "../signaling/playback/playback.rules.ts";

/*
 * The front desk's media route in a process of its own: `<storage folder> <cache MiB>`. Media is answered before the
 * rest of the front desk sees the request, so nothing of that is needed here.
 */

const [folder = "", cacheMib = "0"] = process.argv.slice(2);
const video: MediaFacts = {
  ownerId: userIdSchema.parse("benchowneraaaaa"),
  visibility: "public",
  state: "ready",
  revision: "r1",
  posterRevision: "r1",
};
const delivery = createMediaDelivery({
  videos: { peek: () => video, find: async () => video },
  grants: createGrants({ key: "ab".repeat(32), lifetimeSeconds: 60 }),
  storage: await openFileStorage(folder),
  metrics: createMediaMetrics(new Registry()),
  log: pino({ level: "warn" }),
  cacheBytes: Number(cacheMib) * 1024 * 1024,
});
const server = createServer((request, response) => delivery.handle(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.(server.address());
process.once("disconnect", () => process.exit(0));

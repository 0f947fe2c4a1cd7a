import { z } from "zod";
import { type ConfigOf, defineConfig } from "#common/node/config.ts";

/** Settings of the room `ingest`. */
export const ingestConfig = defineConfig({
  rtmpHost: {
    doc: "Address that RTMP listens on.",
    schema: z.string().min(1),
    default: "0.0.0.0",
    env: "SHOAL_RTMP_HOST",
  },
  rtmpConnections: {
    doc: "RTMP connections that are held at once.",
    schema: z.coerce.number().int().min(1).max(10_000),
    default: 100,
    env: "SHOAL_RTMP_CONNECTIONS",
  },
});

/** Values of {@link ingestConfig}. */
export type IngestConfig = ConfigOf<typeof ingestConfig>;

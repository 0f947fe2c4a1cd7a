import { z } from "zod";
import { type ConfigOf, defineConfig } from "#common/node/config.ts";

/** How broadcasts are written. */
export const liveConfig = defineConfig({
  liveGraceSeconds: {
    doc: "How long a broadcast is still written when nobody says any more that it shall be.",
    schema: z.coerce.number().min(1).max(3600),
    default: 60,
    env: "SHOAL_LIVE_GRACE_SECONDS",
  },
  liveEncodeThreads: {
    doc: "Threads of the encode of a broadcast that cannot be copied (VP8, VP9, AV1, B-frames).",
    schema: z.coerce.number().int().min(1).max(64),
    default: 2,
    env: "SHOAL_LIVE_ENCODE_THREADS",
  },
});

/** Values of {@link liveConfig}. */
export type LiveConfig = ConfigOf<typeof liveConfig>;

import { z } from "zod";
import { defineConfig } from "#common/node/config.ts";

/** Settings of the room `live`. */
export const liveConfig = defineConfig({
  maxStreamsPerAccount: {
    doc: "Live streams that one account may have, on air or not.",
    schema: z.coerce.number().int().min(1).max(10_000),
    default: 20,
    env: "SHOAL_MAX_STREAMS_PER_ACCOUNT",
  },
  nearSfuRegion: {
    doc: "Region (SHOAL_SFU_REGION of an sfu) whose nodes take this front desk's publishers first; default: any.",
    schema: z.string().max(60),
    default: "",
    env: "SHOAL_NEAR_SFU_REGION",
  },
});

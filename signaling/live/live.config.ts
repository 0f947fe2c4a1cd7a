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
  maxOnAirPerAccount: {
    doc: "Live streams that one account may have on air at once.",
    schema: z.coerce.number().int().min(1).max(10_000),
    default: 3,
    env: "SHOAL_MAX_ON_AIR_PER_ACCOUNT",
  },
  maxOnAir: {
    doc: "Live streams that this instance has on air at once; each is a process of the encoder.",
    schema: z.coerce.number().int().min(1).max(500),
    default: 100,
    env: "SHOAL_MAX_ON_AIR",
  },
  maxBroadcastHours: {
    doc: "A broadcast is ended after this many hours, so that a forgotten one does not fill the disk.",
    schema: z.coerce.number().positive().max(10_000),
    default: 24,
    env: "SHOAL_MAX_BROADCAST_HOURS",
  },
  nearSfuRegion: {
    doc: "Region (SHOAL_SFU_REGION of an sfu) whose nodes take this front desk's publishers first; default: any.",
    schema: z.string().max(60),
    default: "",
    env: "SHOAL_NEAR_SFU_REGION",
  },
});

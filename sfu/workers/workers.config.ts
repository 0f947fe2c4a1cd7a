import { z } from "zod";
import { defineConfig } from "#common/node/config.ts";

/** Settings of the room `workers`. */
export const workersConfig = defineConfig({
  sfuWorkerCount: {
    doc: "How many WebRTC workers run; 0: one per core.",
    schema: z.coerce.number().int().min(0).max(256),
    default: 0,
    env: "SHOAL_SFU_WORKERS",
  },
});

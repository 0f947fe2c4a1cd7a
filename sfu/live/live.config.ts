import { z } from "zod";
import { defineConfig } from "#common/node/config.ts";

/** Settings of the room `live`. */
export const liveConfig = defineConfig({
  sfuMaxViewers: {
    doc: "How many viewers are served by WebRTC here; everybody else is given HLS. 0: 200 per worker.",
    schema: z.coerce.number().int().min(0).max(100_000),
    default: 0,
    env: "SHOAL_SFU_MAX_VIEWERS",
  },
  sfuNodeId: {
    doc: "Name of this sfu among several, of small letters, digits and `-`; default: made of the machine's name and the port.",
    schema: z.union([
      z.literal(""),
      z.string().regex(/^[a-z0-9-]{1,60}$/, "say small letters, digits and -"),
    ]),
    default: "",
    env: "SHOAL_SFU_NODE_ID",
  },
  sfuRegion: {
    doc: "Where this sfu is, in the operator's own word; viewers get a node of their region before another.",
    schema: z.string().max(60),
    default: "",
    env: "SHOAL_SFU_REGION",
  },
  sfuAdvertisedUrl: {
    doc: "Address under which Shoal's other machines reach this sfu's SHOAL_SFU_URL; default: the same address.",
    schema: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]),
    default: "",
    env: "SHOAL_SFU_ADVERTISED_URL",
  },
});

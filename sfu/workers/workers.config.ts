import { isIP } from "node:net";
import { z } from "zod";
import { defineConfig } from "#common/node/config.ts";

/** An IP address, or a name that those who are told it can look up. */
const addressSchema = z
  .string()
  .refine((text) => isIP(text) > 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text), {
    error: "say addresses or host names, with commas between them",
  });

/** Settings of the room `workers`. */
export const workersConfig = defineConfig({
  sfuWorkerCount: {
    doc: "How many WebRTC workers run; 0: one per core.",
    schema: z.coerce.number().int().min(0).max(256),
    default: 0,
    env: "SHOAL_SFU_WORKERS",
  },
  rtcPort: {
    doc: "First port for live media by WebRTC, UDP and TCP; each further worker has the next one. 0: any free ones.",
    schema: z.coerce.number().int().min(0).max(65_000),
    default: 40_000,
    env: "SHOAL_RTC_PORT",
  },
  rtcListenAddress: {
    doc: "Address of this machine that live media is sent and received on.",
    schema: z.string().refine((text) => isIP(text) > 0, "say an IP address"),
    default: "0.0.0.0",
    env: "SHOAL_RTC_LISTEN_ADDRESS",
  },
  rtcAnnouncedAddresses: {
    doc: "Addresses under which browsers reach the WebRTC ports, with commas between them; default: the host of SHOAL_PUBLIC_URL and the machine's own addresses.",
    schema: z
      .string()
      .transform((text) => text.split(",").flatMap((part) => part.trim() || []))
      .pipe(z.array(addressSchema).max(8)),
    default: "",
    env: "SHOAL_RTC_ANNOUNCED_ADDRESSES",
  },
});

import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { defineConfig } from "./config.ts";

const loopbackUrl = z.url({ protocol: /^https?$/ });

/** Settings that more than one process reads. */
export const baseConfig = defineConfig({
  dataDir: {
    doc: "Folder that keeps everything: database, originals, media, secrets.",
    schema: z.string(),
    default: "./data",
    env: "SHOAL_DATA_DIR",
  },
  port: {
    doc: "Port of the front desk, the only one that viewers need to reach over HTTP.",
    schema: z.coerce.number().int().min(0).max(65_535),
    default: 3000,
    env: "SHOAL_PORT",
  },
  host: {
    doc: "Address that the front desk listens on.",
    schema: z.string(),
    default: "0.0.0.0",
    env: "SHOAL_HOST",
  },
  publicUrl: {
    doc: "Address under which people reach this instance; default: http://localhost and the port.",
    schema: z
      .union([z.literal(""), z.url({ protocol: /^https?$/ })])
      .transform((url) => url.replace(/\/$/, "")),
    default: "",
    env: "SHOAL_PUBLIC_URL",
  },
  logLevel: {
    doc: "Least weight that is logged: debug, info, warn, error, silent.",
    schema: z.enum(["trace", "debug", "info", "warn", "error", "silent"]),
    default: "info",
    env: "SHOAL_LOG_LEVEL",
  },
  pocketbaseUrl: {
    doc: "Where PocketBase listens.",
    schema: loopbackUrl,
    default: "http://127.0.0.1:8090",
    env: "SHOAL_POCKETBASE_URL",
    isInternal: true,
  },
  sfuUrl: {
    doc: "Where the sfu's internal server listens.",
    schema: loopbackUrl,
    default: "http://127.0.0.1:8091",
    env: "SHOAL_SFU_URL",
    isInternal: true,
  },
  encoderUrl: {
    doc: "Where the encoder's internal server listens.",
    schema: loopbackUrl,
    default: "http://127.0.0.1:8092",
    env: "SHOAL_ENCODER_URL",
    isInternal: true,
  },
  signalingUrl: {
    doc: "Where other processes reach the front desk.",
    schema: loopbackUrl,
    default: "http://127.0.0.1:3000",
    env: "SHOAL_SIGNALING_URL",
    isInternal: true,
  },
  rtmpPort: {
    doc: "Port for streams by RTMP; 0: none are taken.",
    schema: z.coerce.number().int().min(0).max(65_535),
    default: 1935,
    env: "SHOAL_RTMP_PORT",
  },
  tempDir: {
    doc: "Folder for work in progress; default: `work` in the data folder.",
    schema: z.string(),
    default: "",
    env: "SHOAL_TEMP_DIR",
  },
});

/** The folder for work in progress of these settings. */
export function toTempDir(config: { dataDir: string; tempDir: string }): string {
  return config.tempDir || join(config.dataDir || tmpdir(), "work");
}

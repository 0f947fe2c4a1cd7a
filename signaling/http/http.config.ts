import { z } from "zod";
import { booleanSetting, defineConfig } from "#common/node/config.ts";

/** Settings of the front desk's door. */
export const httpConfig = defineConfig({
  trustedProxies: {
    doc: "Reverse proxies whose X-Forwarded-… headers are believed: addresses or networks, separated by commas, e.g. `127.0.0.1,10.0.0.0/8`. None: nobody is.",
    schema: z.string().transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean),
    ),
    default: "",
    env: "SHOAL_TRUSTED_PROXIES",
  },
  rateLimits: {
    doc: "Are requests counted, and refused when there are too many? Switch it off only to measure or where something in front does it.",
    schema: booleanSetting,
    default: true,
    env: "SHOAL_RATE_LIMITS",
  },
  apiRequestsPerMinute: {
    doc: "API requests a minute that one account, or one address without an account, may make.",
    schema: z.coerce.number().int().min(1).max(10_000_000),
    default: 1200,
    env: "SHOAL_API_REQUESTS_PER_MINUTE",
  },
  metricsToken: {
    doc: "Bearer token for /metrics, at least 16 characters without spaces. Without it /metrics answers this machine alone, and never through a proxy.",
    schema: z.union([z.literal(""), z.string().regex(/^\S{16,}$/, "it is too short or has spaces")]),
    default: "",
    env: "SHOAL_METRICS_TOKEN",
    isSecret: true,
  },
  pocketbaseAdmin: {
    doc: "Is PocketBase's admin screen reachable at /pb/_/ (and superusers' calls below /pb)? Off: only at PocketBase's own address on this machine.",
    schema: booleanSetting,
    default: false,
    env: "SHOAL_POCKETBASE_ADMIN",
  },
});

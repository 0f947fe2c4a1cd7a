import { z } from "zod";
import { booleanSetting, defineConfig } from "#common/node/config.ts";

const iceServerSchema = z.object({
  urls: z.string().regex(/^(stun|stuns|turn|turns):/, "an address starts with stun: or turn:"),
  username: z.string().optional(),
  credential: z.string().optional(),
});

/** STUN and TURN servers as a page gets them. */
export type IceServer = z.infer<typeof iceServerSchema>;

/** Settings of grants, media delivery and the tracker. */
export const playbackConfig = defineConfig({
  grantLifetimeSeconds: {
    doc: "How long the addresses of unlisted and private media work, in seconds; players renew them in time.",
    schema: z.coerce.number().int().min(60).max(604_800),
    default: 21_600,
    env: "SHOAL_GRANT_LIFETIME_SECONDS",
  },
  mediaCacheMib: {
    doc: "Memory for media that is asked for often, in MiB.",
    schema: z.coerce.number().int().min(0).max(1_048_576),
    default: 256,
    env: "SHOAL_MEDIA_CACHE_MIB",
  },
  peersEnabled: {
    doc: "May viewers hand segments to each other?",
    schema: booleanSetting,
    default: true,
    env: "SHOAL_PEERS",
  },
  iceServers: {
    doc: 'STUN and TURN servers for peers, as JSON: [{"urls":"stun:stun.example.org"}]. None: peers of one network only.',
    schema: z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          context.addIssue({ code: "custom", message: "this is not JSON" });
          return z.NEVER;
        }
      })
      .pipe(z.array(iceServerSchema).max(10)),
    default: "[]",
    env: "SHOAL_ICE_SERVERS",
    isSecret: true,
  },
  trackerIntervalSeconds: {
    doc: "How often a viewer asks the tracker for new peers, in seconds.",
    schema: z.coerce.number().int().min(5).max(600),
    default: 30,
    env: "SHOAL_TRACKER_INTERVAL_SECONDS",
  },
  trackerSocketsPerAddress: {
    doc: "Tracker connections that one network address may hold.",
    schema: z.coerce.number().int().min(1).max(100_000),
    default: 200,
    env: "SHOAL_TRACKER_SOCKETS_PER_ADDRESS",
  },
});

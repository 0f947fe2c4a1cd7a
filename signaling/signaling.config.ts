import { baseConfig } from "#common/node/base.config.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { restreamConfig } from "#common/node/restream.config.ts";
import { accountsConfig } from "./accounts/accounts.config.ts";
import { httpConfig } from "./http/http.config.ts";
import { instanceConfig } from "./instance/instance.config.ts";
import { iceServersConfig } from "./live/ice-servers.config.ts";
import { liveConfig } from "./live/live.config.ts";
import { playbackConfig } from "./playback/playback.config.ts";
import { uploadConfig } from "./upload/upload.config.ts";

/** Every setting that the front desk reads. */
export const signalingConfig = {
  ...baseConfig,
  ...httpConfig,
  ...accountsConfig,
  ...instanceConfig,
  ...uploadConfig,
  ...playbackConfig,
  ...liveConfig,
  ...iceServersConfig,
  ...restreamConfig,
} as const;

/** The values of {@link signalingConfig}. */
export type SignalingConfig = ConfigOf<typeof signalingConfig>;

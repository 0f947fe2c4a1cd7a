import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import { preferences } from "../../playback/preferences.store.ts";
import { unknownBandwidthBps } from "../../playback/start.rules.ts";
import type { LiveEngine, LiveEngineEvents, LiveWay } from "../live-engine.port.ts";
import { isWebrtcSupported, openWebrtcEngine } from "../live-engine-webrtc.ts";
import type { ServerClock } from "../server-clock.ts";
import type { HearAnswer } from "./live.api.ts";

/** Opens the engine of a way; throws where the browser cannot. The code of HLS is fetched when it is needed. */
export async function createEngine(options: {
  readonly way: LiveWay;
  readonly video: HTMLVideoElement;
  readonly events: LiveEngineEvents;
  readonly streamId: string;
  /** The newest grant. */
  source(): LivePlaybackGrant;
  /** Where HLS begins; `undefined`: live. */
  readonly startAtMs: number | undefined;
  readonly clock: ServerClock;
  readonly answered: HearAnswer;
}): Promise<LiveEngine> {
  const { way, video, events, source, clock } = options;
  const grant = source();
  if (way === "webrtc") {
    if (!isWebrtcSupported(grant.videoCodec)) throw new Error("this browser cannot watch by WebRTC");
    return openWebrtcEngine({
      video,
      events,
      nowMs: () => clock.nowMs(),
      answered: options.answered,
      source: () => {
        const { whepUrl, whepToken, iceServers } = source();
        return { url: whepUrl ?? `/whep/${options.streamId}`, token: whepToken, iceServers };
      },
    });
  }
  const { isLiveHlsSupported, openLiveHlsEngine } = await loadHls();
  const hlsUrl = source().hlsUrl;
  if (!isLiveHlsSupported() || hlsUrl === null) throw new Error("this browser cannot watch by HLS");
  return openLiveHlsEngine({
    video,
    grant: source(),
    hlsUrl,
    startAtMs: options.startAtMs,
    bandwidthBps: preferences.bandwidthBps || unknownBandwidthBps,
    events,
    answered: (headers, sentAtMs, receivedAtMs) => clock.learn(headers, sentAtMs, receivedAtMs),
  });
}

/** The code of HLS; asked for early it is there when the other way fails. */
export function loadHls(): Promise<typeof import("../live-engine-hls.ts")> {
  return import("../live-engine-hls.ts");
}

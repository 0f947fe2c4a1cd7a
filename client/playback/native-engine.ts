import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import type { MediaTrouble } from "./failure.rules.ts";
import type { PlaybackEngine, PlaybackEngineEvents } from "./playback-engine.port.ts";

const hlsType = "application/vnd.apple.mpegurl";

/** Does the element play HLS by itself? */
export function isNativeEngineSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType(hlsType) !== "";
}

/** Plays by the browser's own HLS where there are no Media Source Extensions; it chooses rungs itself and has no peers. */
export function openNativeEngine(options: {
  readonly video: HTMLVideoElement;
  readonly grant: PlaybackGrant;
  readonly startSeconds: number;
  readonly events: PlaybackEngineEvents;
}): PlaybackEngine {
  const { video, events } = options;
  const closed = new AbortController();
  let hlsUrl = options.grant.hlsUrl;

  video.addEventListener("error", () => events.troubled(toTrouble(video.error)), { signal: closed.signal });
  video.addEventListener("progress", () => events.progressed(), { signal: closed.signal });
  load(options.startSeconds);

  function load(seconds: number): void {
    const seek = () => {
      video.currentTime = seconds;
    };
    if (seconds > 0) video.addEventListener("loadedmetadata", seek, { once: true, signal: closed.signal });
    video.src = hlsUrl;
  }

  return {
    kind: "native",
    selectRung: () => {},
    selectAudio: () => {},
    loadAhead: () => {},
    setSharing: () => {},
    renew: (grant) => {
      hlsUrl = grant.hlsUrl;
    },
    reload: () => load(video.currentTime),
    recoverDecoder: () => load(video.currentTime),
    bandwidthBps: () => 0,
    readSwarm: () => ({ peers: [], receivedBytes: 0, sentBytes: 0, serverBytes: 0 }),
    close: () => {
      closed.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

function toTrouble(error: MediaError | null): MediaTrouble {
  switch (error?.code) {
    case MediaError.MEDIA_ERR_DECODE:
      return { kind: "decode" };
    default:
      // Safari answers a refused address as an unsupported source
      return { kind: "network", httpStatus: undefined };
  }
}

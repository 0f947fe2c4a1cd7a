import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { StreamMode } from "#common/live/stream.ts";
import { isOnAir, type StreamState } from "#common/live/stream-state.ts";

/** What is looked at to decide by which way somebody watches. */
export interface LiveOffer {
  readonly state: StreamState;
  readonly mode: StreamMode;
  /** Does the sfu have a publisher of whom something can be seen or heard? */
  readonly hasPublisher: boolean;
  /** Is there an sfu node that takes one more viewer of this room? */
  readonly hasPlace: boolean;
  /** Is there a segment of HLS to begin with? */
  readonly hasSegments: boolean;
}

/** The way to begin with, why it is not WebRTC, and which ways are on offer at all. */
export interface LiveWay {
  readonly mode: LivePlaybackGrant["mode"];
  readonly reason: LivePlaybackGrant["reason"];
  readonly offersWebrtc: boolean;
  readonly offersHls: boolean;
}

/**
 * How a viewer watches: by WebRTC where the streamer wants it and a node has room, else by HLS, which never refuses
 * anyone; `waiting` only while there is nothing to be seen by either.
 */
export function decideWay(offer: LiveOffer): LiveWay {
  if (!isOnAir(offer.state)) {
    return { mode: "waiting", reason: "off_air", offersWebrtc: false, offersHls: false };
  }
  const offersHls = offer.hasSegments;
  const offersWebrtc = offer.mode === "realtime" && offer.hasPublisher && offer.hasPlace;
  if (offersWebrtc) return { mode: "webrtc", reason: null, offersWebrtc, offersHls };
  if (!offersHls) return { mode: "waiting", reason: "no_picture_yet", offersWebrtc, offersHls };
  if (offer.mode === "crowd") return { mode: "hls", reason: "crowd", offersWebrtc, offersHls };
  return { mode: "hls", reason: offer.hasPublisher ? "full" : "no_picture_yet", offersWebrtc, offersHls };
}

import type { PlacedPacket } from "./packet-order.ts";

/** One picture or one block of sound as it goes into a segment. */
export interface MediaFrame {
  /** Presentation time on the track's own clock; does not wrap around. */
  readonly ticks: number;
  /** Decoding can begin here. */
  readonly isKey: boolean;
  /** The bytes, one after the other. */
  readonly data: readonly Buffer[];
  readonly sizeBytes: number;
  /** When its first packet came, on a clock that only goes forward. */
  readonly arrivedMs: number;
  /** Something before this frame and after the last one is lost. */
  readonly isAfterLoss: boolean;
  /** With key frames: what a decoder has to know first. The same object as long as it does not change. */
  readonly head: MediaHead | undefined;
}

/** What a decoder has to know before the first frame. */
export interface MediaHead {
  readonly kind: "video" | "audio";
  /** Initialisation segment of a fragmented MP4; empty where the frames are only on their way to an encoder. */
  readonly initSegment: Buffer;
  readonly timescaleHz: number;
  /** RFC 6381. */
  readonly codec: string;
  /** 0 for sound. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** 0 for a picture. */
  readonly channelCount: number;
}

/** Puts packets together to frames. */
export interface FrameAssembler {
  /** Frames that are complete with this packet. */
  push(packet: PlacedPacket): MediaFrame[];
}

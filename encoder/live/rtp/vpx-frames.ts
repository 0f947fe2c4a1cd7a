import { createFrameBound } from "./frame-bound.ts";
import type { FrameAssembler, MediaFrame, MediaHead } from "./media-frame.ts";
import type { PlacedPacket } from "./packet-order.ts";
import {
  type CodedSize,
  type FramePiece,
  joinVp9Layers,
  parseVp8Payload,
  parseVp8Size,
  parseVp9Payload,
  parseVp9Size,
} from "./vpx-packets.rules.ts";

/** VP8 and VP9 differ in what stands in front of their frames. */
const codecs = {
  vp8: {
    parsePayload: parseVp8Payload,
    parseSize: parseVp8Size,
    join: (layers: readonly Buffer[]) => layers,
  },
  vp9: { parsePayload: parseVp9Payload, parseSize: parseVp9Size, join: joinVp9Layers },
} as const satisfies Record<
  string,
  {
    parsePayload(payload: Buffer): FramePiece | undefined;
    parseSize(frame: Buffer): CodedSize | undefined;
    join(layers: readonly Buffer[]): readonly Buffer[];
  }
>;

/** Takes VP8 or VP9 out of RTP, for an encoder: frames as a decoder wants them. Those that lost a packet are dropped. */
export function createVpxFrames(codec: keyof typeof codecs): FrameAssembler {
  const { parsePayload, parseSize, join } = codecs[codec];
  let head: MediaHead | undefined;
  let first: PlacedPacket | undefined;
  let layers: Buffer[][] = [];
  let isKey = false;
  let isDamaged = false;
  let isAfterLoss = false;
  const bound = createFrameBound();

  function finish(): MediaFrame | undefined {
    const [packet, whole, wasKey] = [first, layers.map((parts) => Buffer.concat(parts)), isKey];
    const isWhole = !isDamaged && whole.length > 0;
    first = undefined;
    layers = [];
    isKey = false;
    isDamaged = false;
    bound.reset();
    if (!packet) return undefined;
    if (!isWhole) {
      isAfterLoss = true;
      return undefined;
    }
    const size = wasKey ? whole.map(parseSize).findLast((found) => found !== undefined) : undefined;
    if (size && (size.widthPx !== head?.widthPx || size.heightPx !== head.heightPx)) {
      head = {
        kind: "video",
        initSegment: Buffer.alloc(0),
        timescaleHz: 90_000,
        codec,
        ...size,
        channelCount: 0,
      };
    }
    const data = [...join(whole)];
    const frame = {
      ticks: packet.ticks,
      isKey: wasKey,
      data,
      sizeBytes: data.reduce((sum, { length }) => sum + length, 0),
      arrivedMs: packet.arrivedMs,
      isAfterLoss,
      head: wasKey ? head : undefined,
    };
    isAfterLoss = false;
    return frame;
  }

  return {
    push(packet) {
      const frames: MediaFrame[] = [];
      const take = (frame: MediaFrame | undefined) => frame && frames.push(frame);
      if (first && first.ticks !== packet.ticks) {
        isDamaged ||= packet.isAfterLoss;
        take(finish());
      }
      first ??= packet;
      isDamaged ||= packet.isAfterLoss;
      const piece = parsePayload(packet.payload);
      if (piece && !bound.allows(piece.bytes.length)) {
        layers = [];
        isDamaged = true;
      } else if (piece?.isStart) {
        layers.push([piece.bytes]);
        isKey ||= piece.isKey;
      } else if (piece) {
        const open = layers.at(-1);
        if (open) open.push(piece.bytes);
        else isDamaged = true;
      }
      if (packet.isMarked) take(finish());
      return frames;
    },
  };
}

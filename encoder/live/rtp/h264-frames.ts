import { makeInitSegment } from "../../media/mp4-init.ts";
import { makeVideoMoov } from "../mp4-head.ts";
import { createFrameBound } from "./frame-bound.ts";
import { parameterSetId, parseSps, toAvcCodec, whyNotPlayable } from "./h264-sps.rules.ts";
import type { FrameAssembler, MediaFrame, MediaHead } from "./media-frame.ts";
import type { PlacedPacket } from "./packet-order.ts";

/** ITU-T H.264 table 7-1 and RFC 6184 table 1. */
const nalTypes = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, stapA: 24, fuA: 28 } as const;
const timescaleHz = 90_000;
/** ISO 14496-15 §5.3.3.1.2: its length has 16 bits. */
const maxSetBytes = 0xffff;

/** A NAL unit in pieces, as the packets brought it. */
interface Nal {
  readonly type: number;
  readonly parts: Buffer[];
  sizeBytes: number;
}

/** H.264 frames, and whether they can be passed on as they are. */
export interface H264Frames extends FrameAssembler {
  /** Why they have to be encoded again, as the second half of a sentence; empty: so far there is no reason. */
  whyNotCopied(): string;
}

/**
 * Takes H.264 out of RTP (RFC 6184, packetization modes 0 and 1) and gives frames as samples of an MP4: each NAL unit
 * behind its length (ISO 14496-15 §5.3.3), parameter sets in the head and with each key frame. Frames that lost a packet are dropped.
 * `formatParameters` may bring parameter sets (`sprop-parameter-sets`, RFC 6184 §8.1).
 */
export function createH264Frames(formatParameters = ""): H264Frames {
  const sequenceSets = new Map<number, Buffer>();
  const pictureSets = new Map<number, Buffer>();
  let head: MediaHead | undefined;
  let isHeadOld = true;
  let whyNot = "";
  let newestTicks: number | undefined;

  let nals: Nal[] = [];
  let open: Nal | undefined;
  let first: PlacedPacket | undefined;
  let isDamaged = false;
  let isAfterLoss = false;
  const bound = createFrameBound();

  for (const set of parseSets(formatParameters)) keepSet(set);

  function keepSet(nal: Buffer): void {
    const type = (nal[0] ?? 0) & 0x1f;
    const id = parameterSetId(nal);
    const sets = type === nalTypes.sps ? sequenceSets : pictureSets;
    if (id === undefined || nal.length > maxSetBytes || sets.get(id)?.equals(nal)) return;
    if (sets === sequenceSets && sets.size > 0) {
      // another picture begins: what belonged to the old one goes with it
      sequenceSets.clear();
      pictureSets.clear();
    }
    sets.set(id, Buffer.from(nal));
    isHeadOld = true;
  }

  function currentHead(): MediaHead | undefined {
    if (!isHeadOld) return head;
    const [sps] = sequenceSets.values();
    const picture = sps && parseSps(sps);
    if (!picture || pictureSets.size === 0) return undefined;
    whyNot ||= whyNotPlayable(picture);
    const { widthPx, heightPx } = picture;
    const moov = makeVideoMoov({ timescaleHz, picture, sps, pps: [...pictureSets.values()] });
    const codec = toAvcCodec(sps);
    const initSegment = makeInitSegment(moov);
    head = { kind: "video", initSegment, timescaleHz, codec, widthPx, heightPx, channelCount: 0 };
    isHeadOld = false;
    return head;
  }

  /** Gives up what is collected of a frame that is too large to be one. */
  function fits(sizeBytes: number): boolean {
    if (bound.allows(sizeBytes)) return true;
    nals = [];
    open = undefined;
    isDamaged = true;
    return false;
  }

  function takeNal(nal: Nal): void {
    if (nal.type === nalTypes.sps || nal.type === nalTypes.pps) keepSet(Buffer.concat(nal.parts));
    else if (nal.type >= nalTypes.slice && nal.type <= nalTypes.sei) nals.push(nal);
  }

  function takePayload(payload: Buffer): void {
    const [indicator, fuHeader] = payload;
    if (indicator === undefined) return;
    const type = indicator & 0x1f;
    if (type === nalTypes.stapA) {
      for (let at = 1; at + 2 <= payload.length; ) {
        const size = payload.readUInt16BE(at);
        const bytes = payload.subarray(at + 2, at + 2 + size);
        if (bytes.length < size || size === 0 || !fits(size)) break;
        takeNal({ type: (bytes[0] ?? 0) & 0x1f, parts: [bytes], sizeBytes: size });
        at += 2 + size;
      }
    } else if (type === nalTypes.fuA) {
      if (fuHeader === undefined) return;
      const piece = payload.subarray(2);
      if (!fits(piece.length)) return;
      if (fuHeader & 0x80) {
        const header = Buffer.from([(indicator & 0xe0) | (fuHeader & 0x1f)]);
        open = { type: fuHeader & 0x1f, parts: [header], sizeBytes: 1 };
      }
      if (!open) {
        isDamaged = true;
        return;
      }
      open.parts.push(piece);
      open.sizeBytes += piece.length;
      if (fuHeader & 0x40) {
        takeNal(open);
        open = undefined;
      }
    } else if (type < nalTypes.stapA && fits(payload.length)) {
      takeNal({ type, parts: [payload], sizeBytes: payload.length });
    }
  }

  function finishFrame(): MediaFrame | undefined {
    const [packet, units] = [first, nals];
    const isWhole = !isDamaged && open === undefined;
    nals = [];
    open = undefined;
    first = undefined;
    isDamaged = false;
    bound.reset();
    if (!packet) return undefined;
    if (!isWhole) {
      isAfterLoss = true;
      return undefined;
    }
    if (!units.some(({ type }) => type !== nalTypes.sei)) return undefined;
    const isKey = units.some(({ type }) => type === nalTypes.idr);
    if (newestTicks !== undefined && packet.ticks < newestTicks) whyNot ||= "it has B-frames";
    newestTicks = Math.max(newestTicks ?? packet.ticks, packet.ticks);
    // a player that reads one head alone still decodes what a rung borrows of another
    const sets = isKey ? [...sequenceSets.values(), ...pictureSets.values()] : [];
    const nalParts = [...sets.map((set) => [set]), ...units.map(({ parts }) => parts)];
    const data = nalParts.flatMap((parts) => [toLength(parts), ...parts]);
    const frame: MediaFrame = {
      ticks: packet.ticks,
      isKey,
      data,
      sizeBytes: data.reduce((sum, { length }) => sum + length, 0),
      arrivedMs: packet.arrivedMs,
      isAfterLoss,
      head: isKey ? currentHead() : undefined,
    };
    isAfterLoss = false;
    return frame;
  }

  return {
    whyNotCopied: () => whyNot,
    push(packet) {
      const frames: MediaFrame[] = [];
      const take = (frame: MediaFrame | undefined) => frame && frames.push(frame);
      if (packet.isAfterLoss) {
        isDamaged = true;
        if (first && first.ticks !== packet.ticks) {
          take(finishFrame());
          // its own beginning may be what was lost
          isDamaged = true;
        }
      } else if (first && first.ticks !== packet.ticks) take(finishFrame());
      first ??= packet;
      takePayload(packet.payload);
      if (packet.isMarked) take(finishFrame());
      return frames;
    },
  };
}

function toLength(parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  bytes.writeUInt32BE(sizeBytes, 0);
  return bytes;
}

function parseSets(formatParameters: string): Buffer[] {
  const value = /(?:^|;)\s*sprop-parameter-sets=([^;]*)/.exec(formatParameters)?.[1] ?? "";
  return value
    .split(",")
    .map((text) => Buffer.from(text, "base64"))
    .filter((nal) => nal.length > 3);
}

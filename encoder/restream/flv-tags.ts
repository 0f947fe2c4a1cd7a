import type { RestreamSample } from "./restream-sample.ts";

/** A message of RTMP: type 8 is sound, 9 picture (RTMP 1.0 §7.1). */
export interface FlvTag {
  readonly kind: "audio" | "video";
  readonly timeMs: number;
  readonly body: Buffer;
}

const audioType = 8;
const videoType = 9;
/** Adobe FLV §E.4.3.1: key frame or inter frame, of AVC. */
const keyAvc = 0x17;
const interAvc = 0x27;
/** Adobe FLV §E.4.2.1: AAC, "44 kHz", 16 bit, stereo, whatever it really is. */
const aac = 0xaf;
const header = 0;
const frame = 1;

/** RTMP's number of a tag's kind. */
export function toMessageType(kind: FlvTag["kind"]): number {
  return kind === "audio" ? audioType : videoType;
}

/** The tag that tells a decoder how to read what follows. */
export function toConfigTag({ kind, decoderConfig }: RestreamSample, timeMs: number): FlvTag {
  const head = kind === "audio" ? [aac, header] : [keyAvc, header, 0, 0, 0];
  return { kind, timeMs, body: Buffer.concat([Buffer.from(head), decoderConfig]) };
}

/** The tag of one sample. */
export function toSampleTag(sample: RestreamSample, timeMs: number): FlvTag {
  const { kind, data } = sample;
  if (kind === "audio") return { kind, timeMs, body: Buffer.concat([Buffer.from([aac, frame]), data]) };
  const head = Buffer.alloc(5);
  head[0] = sample.isSync ? keyAvc : interAvc;
  head[1] = frame;
  head.writeIntBE(Math.round(sample.compositionSeconds * 1000), 2, 3);
  return { kind, timeMs, body: Buffer.concat([head, data]) };
}

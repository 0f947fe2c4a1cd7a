import { deserialize, serialize } from "node:v8";
import { z } from "zod";
import type { MediaFrame } from "../rtp/media-frame.ts";

const bytesSchema = z.instanceof(Uint8Array).transform((bytes): Buffer => Buffer.from(bytes));

const headSchema = z.object({
  kind: z.enum(["video", "audio"]),
  initSegment: bytesSchema,
  timescaleHz: z.number(),
  codec: z.string(),
  widthPx: z.number(),
  heightPx: z.number(),
  channelCount: z.number(),
});

const frameSchema = z.object({
  kind: z.literal("frame"),
  /** `null`: sound. */
  layer: z.number().nullable(),
  ticks: z.number(),
  isKey: z.boolean(),
  isAfterLoss: z.boolean(),
  bytes: bytesSchema,
  head: headSchema.optional(),
});

/** Where the tracks stood when the frames before it had been pushed. */
const placesSchema = z.object({
  kind: z.literal("places"),
  start: z.number(),
  /** Wall time of the era's beginning, epoch. */
  zeroMs: z.number(),
  pictures: z.array(z.object({ layer: z.number(), offset: z.number() })),
  soundOffset: z.number().optional(),
});

/** One record of a spool. */
export const spoolRecordSchema = z.discriminatedUnion("kind", [frameSchema, placesSchema]);
/** One record of a spool. */
export type SpoolRecord = z.infer<typeof spoolRecordSchema>;

/** A frame as a record; `layer` is `null` for sound. */
export function toFrameRecord(layer: number | null, frame: MediaFrame): SpoolRecord {
  const { ticks, isKey, isAfterLoss, data, head } = frame;
  return {
    kind: "frame",
    layer,
    ticks,
    isKey,
    isAfterLoss,
    bytes: Buffer.concat(data),
    ...(head && { head: { ...head } }),
  };
}

const lengthBytes = 4;

/** Records as bytes, each behind its length. */
export function encodeRecords(records: readonly SpoolRecord[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const body = serialize(record);
      const length = Buffer.alloc(lengthBytes);
      length.writeUInt32BE(body.length, 0);
      return [length, body];
    }),
  );
}

/** Reads records; one that was cut off by a crash is left out. */
export function decodeRecords(bytes: Buffer): SpoolRecord[] {
  const records: SpoolRecord[] = [];
  for (let at = 0; at + lengthBytes <= bytes.length; ) {
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    records.push(spoolRecordSchema.parse(deserialize(bytes.subarray(at + lengthBytes, end))));
    at = end;
  }
  return records;
}

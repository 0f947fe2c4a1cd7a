const fileHeaderBytes = 32;
const frameHeaderBytes = 12;

/** Four letters for each codec that IVF can hold. */
const fourLetters = { vp8: "VP80", vp9: "VP90", av1: "AV01" } as const;

/** A codec that {@link makeIvfHeader} knows. */
export type IvfCodec = keyof typeof fourLetters;

/** Is this one of the codecs that IVF can hold? */
export function isIvfCodec(codec: string): codec is IvfCodec {
  return Object.hasOwn(fourLetters, codec);
}

/** The beginning of an IVF file whose times count in 1/90000 s. */
export function makeIvfHeader(picture: { codec: IvfCodec; widthPx: number; heightPx: number }): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes);
  bytes.write("DKIF", 0, "latin1");
  bytes.writeUInt16LE(fileHeaderBytes, 6);
  bytes.write(fourLetters[picture.codec], 8, "latin1");
  bytes.writeUInt16LE(picture.widthPx, 12);
  bytes.writeUInt16LE(picture.heightPx, 14);
  bytes.writeUInt32LE(90_000, 16);
  bytes.writeUInt32LE(1, 20);
  return bytes;
}

/** What stands in front of a frame. */
export function makeIvfFrameHeader(sizeBytes: number, ticks: number): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes);
  bytes.writeUInt32LE(sizeBytes, 0);
  bytes.writeBigUInt64LE(BigInt(ticks), 4);
  return bytes;
}

/** Kinds of picture that can become a thumbnail. */
export const pictureKinds = ["jpeg", "png", "webp", "avif"] as const;
/** One of {@link pictureKinds}. */
export type PictureKind = (typeof pictureKinds)[number];

/** What a file says that it is in its first bytes; `undefined` for anything else. */
export function toPictureKind(bytes: Uint8Array): PictureKind | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64));
  if (head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return "jpeg";
  if (head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) return "png";
  if (head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP") return "webp";
  // ISO/IEC 14496-12: the box `ftyp` lists the brands that the file conforms to
  if (head.length >= 16 && head.toString("latin1", 4, 8) === "ftyp") {
    const boxEnd = Math.min(head.readUInt32BE(0), head.length);
    for (let at = 8; at + 4 <= boxEnd; at += 4) {
      // 12 to 16 is the minor version
      if (at !== 12 && head.toString("latin1", at, at + 4) === "avif") return "avif";
    }
  }
  return undefined;
}

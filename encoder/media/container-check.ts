import { type FileHandle, open } from "node:fs/promises";
import { ShoalError } from "#common/errors.ts";
import type { Container } from "./sniff.rules.ts";

/** More boxes than a file of twelve hours in fragments of a fifth of a second has. */
const maxBoxes = 500_000;
/** Players forgive a few bytes of padding that are missing at the end. */
const forgivenPart = 0.01;

/**
 * Holds the sizes that a container claims against the size that the file has.
 * Throws `encode.truncated` when its end is missing, `encode.unreadable` when it has no index.
 */
export async function assertWhole(path: string, container: Container): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (container === "mov") return await assertWholeMov(file, size);
    if (container === "matroska") return await assertWholeMatroska(file, size);
    if (container === "avi" || container === "wav") return await assertWholeRiff(file, size);
  } finally {
    await file.close();
  }
}

/** ISO 14496-12 §4.2: boxes of 32 or 64 bit size; size 0 reaches to the end of the file. */
async function assertWholeMov(file: FileHandle, fileBytes: number): Promise<void> {
  let hasIndex = false;
  let offset = 0;
  for (let count = 0; count < maxBoxes && offset + 8 <= fileBytes; count += 1) {
    const head = await readAt(file, offset, 16);
    const type = head.toString("latin1", 4, 8);
    let size = head.readUInt32BE(0);
    if (size === 1) size = head.length < 16 ? Number.MAX_SAFE_INTEGER : Number(head.readBigUInt64BE(8));
    if (size === 0) size = fileBytes - offset;
    const isNeeded = ["moov", "mdat", "moof"].includes(type);
    if (isNeeded && offset + size > fileBytes) throw truncated();
    if (type === "moov") hasIndex = true;
    // padding behind the last box
    if (size < 8) break;
    offset += size;
  }
  if (hasIndex) return;
  throw new ShoalError(
    "encode.truncated",
    "This video file was never finished: its index is missing. Save or record it again, then upload it again.",
  );
}

/** RFC 8794 §4, §5: element ids and sizes of variable length; a size of all ones is not known. */
async function assertWholeMatroska(file: FileHandle, fileBytes: number): Promise<void> {
  const head = await readAt(file, 0, 4096);
  const ebmlSize = readVint(head, 4);
  if (ebmlSize?.value === undefined) return;
  const segmentAt = 4 + ebmlSize.length + ebmlSize.value;
  if (segmentAt + 12 > head.length || head.readUInt32BE(segmentAt) !== 0x18538067) return;
  const segmentSize = readVint(head, segmentAt + 4);
  if (segmentSize?.value === undefined) return;
  assertReaches(segmentAt + 4 + segmentSize.length + segmentSize.value, fileBytes);
}

function readVint(bytes: Buffer, at: number): { value: number | undefined; length: number } | undefined {
  const first = bytes[at];
  if (!first) return undefined;
  const length = Math.clz32(first) - 23;
  let value = first & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (let n = 1; n < length; n += 1) {
    const byte = bytes[at + n] ?? 0;
    isUnknown &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: isUnknown ? undefined : value, length };
}

/** A file above 1 GiB is a row of RIFF chunks; recorders leave 0 or all ones when they never came to the end. */
async function assertWholeRiff(file: FileHandle, fileBytes: number): Promise<void> {
  let offset = 0;
  for (let count = 0; count < 1000 && offset + 12 <= fileBytes; count += 1) {
    const head = await readAt(file, offset, 12);
    const size = head.readUInt32LE(4);
    if (head.toString("latin1", 0, 4) !== "RIFF" || size === 0 || size === 0xffffffff) return;
    assertReaches(offset + 8 + size, fileBytes);
    offset += 8 + size + (size % 2);
  }
}

function assertReaches(claimedBytes: number, fileBytes: number): void {
  if (claimedBytes - fileBytes > fileBytes * forgivenPart) throw truncated();
}

function truncated(): ShoalError {
  return new ShoalError("encode.truncated", "The end of this file is missing. Check it and upload it again.");
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}

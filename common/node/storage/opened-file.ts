import type { FileHandle } from "node:fs/promises";
import type { OpenedObject, StoredObject } from "./storage.port.ts";

/** Large enough that steps cost little, small enough to stay in the processor's cache on its way to a socket. */
const pieceBytes = 512 * 1024;
/** Memory for pieces that is kept for the next reader. */
const maxSpare = 64;

/**
 * Memory for pieces is used again and again: fresh buffers for every reader would make the garbage collector run
 * more than everything else.
 */
const spare: Buffer[] = [];

/** An open file as an {@link OpenedObject}. */
export function toOpenedObject(handle: FileHandle, stored: StoredObject): OpenedObject {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= handle.close();
    return closing;
  };
  return {
    stored,
    async readWhole() {
      // one read where the system gives all at once; `FileHandle.readFile` takes a step for every half megabyte
      const body = Buffer.allocUnsafeSlow(stored.sizeBytes);
      await fill(handle, body, 0);
      return body;
    },
    async readPieces({ from, to }, use) {
      const memory = spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
      for (let at = from; at <= to; at += pieceBytes) {
        const piece = memory.subarray(0, Math.min(pieceBytes, to + 1 - at));
        await fill(handle, piece, at);
        await use(piece);
      }
      // not after an error: somebody may still look at it
      if (spare.length < maxSpare) spare.push(memory);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function fill(handle: FileHandle, memory: Buffer, position: number): Promise<void> {
  let filledBytes = 0;
  while (filledBytes < memory.length) {
    const leftBytes = memory.length - filledBytes;
    const { bytesRead } = await handle.read(memory, filledBytes, leftBytes, position + filledBytes);
    if (bytesRead === 0) throw new Error("an object became shorter while it was read");
    filledBytes += bytesRead;
  }
}

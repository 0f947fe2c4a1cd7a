import type { ServerResponse } from "node:http";
import type { OpenedObject, Storage } from "#common/node/storage/storage.port.ts";
import type { CachedMedia, OpenedMedia } from "./media-cache.ts";

/** Memory that answers to slow clients may hold beside the cache; what is more is read piece by piece. */
const maxHeldBytes = 256 * 1024 * 1024;

interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Sends bytes of media: at once from memory, or piece by piece. */
export interface MediaSender {
  /** Sends the bytes and ends the response; throws when they could not be read. */
  send(
    response: ServerResponse,
    media: CachedMedia | OpenedMedia,
    bytes: ByteRange,
  ): Promise<void> | undefined;
}

/** Makes a {@link MediaSender}. */
export function createMediaSender(storage: Pick<Storage, "open">): MediaSender {
  /** How many answers need an object that is in memory. */
  const holders = new Map<CachedMedia, number>();
  let heldBytes = 0;

  /** Remembers that an answer needs the object until it is sent; `false` when too much is held already. */
  function hold(media: CachedMedia, response: ServerResponse): boolean {
    const count = holders.get(media) ?? 0;
    const { length } = media.body;
    if (count === 0 && heldBytes + length > maxHeldBytes) return false;
    if (count === 0) heldBytes += length;
    holders.set(media, count + 1);
    response.once("close", () => {
      const left = (holders.get(media) ?? 1) - 1;
      if (left > 0) {
        holders.set(media, left);
      } else {
        holders.delete(media);
        heldBytes -= length;
      }
    });
    return true;
  }

  async function reopen(key: string): Promise<OpenedObject> {
    const opened = await storage.open(key);
    if (!opened) throw new Error("media went away while it was sent");
    return opened;
  }

  async function sendPieces(response: ServerResponse, opening: Promise<OpenedObject>, bytes: ByteRange) {
    await using object = await opening;
    try {
      await object.readPieces(bytes, (piece) => write(response, piece));
      response.end();
    } catch (error) {
      // a client that went away is nothing to tell of
      if (!response.destroyed) throw error;
    }
  }

  return {
    send(response, media, bytes) {
      if ("opened" in media) return sendPieces(response, Promise.resolve(media.opened), bytes);
      if (!hold(media, response)) return sendPieces(response, reopen(media.stored.key), bytes);
      const { body } = media;
      const isWhole = bytes.from === 0 && bytes.to === body.length - 1;
      response.end(isWhole ? body : body.subarray(bytes.from, bytes.to + 1));
      return undefined;
    },
  };
}

/** Resolves when the system has taken the bytes and their memory may be used for others. */
function write(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error("the client went away"));
    if (response.destroyed) {
      fail();
      return;
    }
    response.once("close", fail);
    response.write(piece, (error) => {
      response.off("close", fail);
      if (error) reject(error);
      else resolve();
    });
  });
}

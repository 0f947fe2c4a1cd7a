import { setTimeout as sleep } from "node:timers/promises";
import type { RoomState } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { SfuRoom } from "./sfu-client.ts";

/** Knows how a room is. */
export interface RoomWatch extends Closable {
  /** `null`: there is no such room; `undefined`: the sfu does not answer. */
  room(): RoomState | null | undefined;
}

const retryMs = 500;

/** Asks the sfu for news of a room until it is closed; `onNews` is called after each answer. */
export function openRoomWatch(source: SfuRoom, onNews: () => void): RoomWatch {
  const closing = new AbortController();
  let room: RoomState | null | undefined;
  const running = (async () => {
    let version: number | undefined;
    while (!closing.signal.aborted) {
      try {
        const news = await source.next(version, closing.signal);
        version = news.version;
        room = news.room;
      } catch {
        version = undefined;
        room = undefined;
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
      if (!closing.signal.aborted) onNews();
    }
  })();
  return {
    room: () => room,
    async close() {
      closing.abort();
      await running;
    },
  };
}

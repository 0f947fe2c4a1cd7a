import type { StreamId } from "#common/live/stream.ts";
import type { StreamRecord } from "./stream-record.ts";
import { isAnnounced } from "./streams.rules.ts";
import type { StreamStore } from "./streams.store.ts";

/** What a board is made of. */
export interface StreamBoardOptions {
  readonly store: Pick<StreamStore, "listOnAir" | "listAnnounced">;
  /** Are changes made elsewhere heard of right now? While not, every read asks the store. */
  readonly isFeedUp: () => boolean;
  readonly now: () => Date;
}

/** An announced stream that has not begun is still shown for so long. */
const lateMs = 60 * 60_000;
/** Announcements beyond are left out: the soonest ones are those that are looked for. */
const maxAnnounced = 2000;

/** Every stream that is not idle and every one that is announced, in memory, so that a crowd can ask for them. */
export interface StreamBoard {
  /** Streams that are not idle. */
  listOnAir(): Promise<StreamRecord[]>;
  /** Public streams off air that are to begin, soonest first. */
  listAnnounced(): Promise<StreamRecord[]>;
  /** Takes a newer record in. */
  put(record: StreamRecord): void;
  drop(id: StreamId): void;
  /** Forgets all: it is read anew when somebody asks. */
  clear(): void;
  /** Counts changes: what was made of the board's answers before one may be wrong after it. */
  readonly version: number;
}

/** Makes a {@link StreamBoard}. */
export function createStreamBoard({ store, isFeedUp, now }: StreamBoardOptions): StreamBoard {
  type Records = Map<StreamId, StreamRecord>;
  /** `heard`: what changed while the store was read; `null`: it is gone. */
  type Reading = { heard: Map<StreamId, StreamRecord | null>; done: Promise<Records> };
  let records: Records | undefined;
  let reading: Reading | undefined;
  let version = 0;

  const toAnnouncedAfter = () => new Date(now().getTime() - lateMs).toISOString();
  const belongs = (record: StreamRecord) =>
    record.state !== "idle" || isAnnounced(record, toAnnouncedAfter());

  function place(into: Records, record: StreamRecord): void {
    if (belongs(record)) into.set(record.id, record);
    else into.delete(record.id);
  }

  function read(): Reading {
    const heard: Reading["heard"] = new Map();
    const done = Promise.all([store.listOnAir(), store.listAnnounced(toAnnouncedAfter(), maxAnnounced)]).then(
      ([onAir, announced]) => {
        const found: Records = new Map();
        // of one that went on air between the two answers, the second is the older one
        for (const record of [...announced, ...onAir]) found.set(record.id, record);
        for (const [id, record] of heard) {
          if (record === null) found.delete(id);
          else if (record.updatedAt >= (found.get(id)?.updatedAt ?? "")) place(found, record);
        }
        return found;
      },
    );
    return { heard, done };
  }

  async function all(): Promise<Records> {
    if (records && isFeedUp()) return records;
    reading ??= read();
    const mine = reading;
    try {
      const found = await mine.done;
      if (reading === mine && isFeedUp()) records = found;
      return found;
    } finally {
      if (reading === mine) reading = undefined;
    }
  }

  return {
    async listOnAir() {
      return [...(await all()).values()].filter(({ state }) => state !== "idle");
    },
    async listAnnounced() {
      const after = toAnnouncedAfter();
      return [...(await all()).values()].filter((record) => isAnnounced(record, after)).sort(compareSoonest);
    },
    put(record) {
      const known = records?.get(record.id);
      if (known && known.updatedAt > record.updatedAt) return;
      version++;
      reading?.heard.set(record.id, record);
      if (records) place(records, record);
    },
    drop(id) {
      version++;
      reading?.heard.set(id, null);
      records?.delete(id);
    },
    clear() {
      version++;
      records = undefined;
      reading = undefined;
    },
    get version() {
      return version;
    },
  };
}

function compareSoonest(a: StreamRecord, b: StreamRecord): number {
  return (a.scheduledAt ?? "").localeCompare(b.scheduledAt ?? "") || a.id.localeCompare(b.id);
}

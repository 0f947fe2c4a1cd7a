import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { StreamId } from "#common/live/stream.ts";

/** What was read of one stream may be a moment old: it is the same object until it changes. */
export interface StreamCache<Value extends object> {
  /** The value; asks for it once for all who want it at the same time. */
  find(id: StreamId): Promise<Value | undefined>;
  /** What is remembered and may be trusted, without asking anybody. */
  peek(id: StreamId): Value | undefined;
  /** Takes a value in, unless a newer one is known. */
  put(id: StreamId, value: Value): void;
  drop(id: StreamId): void;
  clear(): void;
}

const maxKept = 20_000;

/** Makes a {@link StreamCache} in front of `read`. */
export function createStreamCache<Value extends object>(options: {
  read: (id: StreamId) => Promise<Value | undefined>;
  /** Are changes made elsewhere heard of right now? While not, every read asks. */
  isFeedUp: () => boolean;
  /** Is the known value newer than the other? */
  isNewer: (known: Value, other: Value) => boolean;
}): StreamCache<Value> {
  const { read, isFeedUp, isNewer } = options;
  const values = new LRUCache<StreamId, Value>({ max: maxKept });
  const asked = new Map<StreamId, Promise<Value | undefined>>();

  const peek = (id: StreamId) => (isFeedUp() ? values.get(id) : undefined);

  function keep(id: StreamId, value: Value): void {
    const known = values.get(id);
    // the feed may tell late of what this process wrote itself
    if (known && (isNewer(known, value) || isDeepStrictEqual(known, value))) return;
    values.set(id, value);
  }

  async function ask(id: StreamId): Promise<Value | undefined> {
    const asking = read(id);
    asked.set(id, asking);
    try {
      const value = await asking;
      // what was changed meanwhile may be newer than this
      if (asked.get(id) === asking && value && isFeedUp()) {
        keep(id, value);
        return values.get(id);
      }
      return value;
    } finally {
      if (asked.get(id) === asking) asked.delete(id);
    }
  }

  return {
    peek,
    find: async (id) => peek(id) ?? asked.get(id) ?? ask(id),
    put(id, value) {
      asked.delete(id);
      keep(id, value);
    },
    drop(id) {
      asked.delete(id);
      values.delete(id);
    },
    clear() {
      asked.clear();
      values.clear();
    },
  };
}

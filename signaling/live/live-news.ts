import type { StreamNews } from "#common/live/live-events.ts";
import type { StreamId } from "#common/live/stream.ts";

/** How often the number of viewers alone is told, in milliseconds. */
export const countNewsMs = 2000;

/** What telling news needs. */
export interface LiveNewsOptions {
  /** How the stream stands; `undefined`: there is no such stream. */
  readonly newsOf: (streamId: StreamId) => Promise<StreamNews | undefined>;
  readonly isHeard: (streamId: StreamId) => boolean;
  /** `isCountOnly`: it may get lost, for the next one follows. */
  readonly tell: (news: StreamNews, isCountOnly: boolean) => void;
  /** The stream does not exist any more. */
  readonly gone: (streamId: StreamId) => void;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}

interface Told {
  news: StreamNews;
  /** All but the number of viewers. */
  text: string;
  atMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Tells the followers of a stream how it stands: at once when that has changed, of the number of viewers now and then. */
export function createLiveNews(options: LiveNewsOptions) {
  const { now = Date.now } = options;
  const told = new Map<StreamId, Told>();
  /** Streams that are being asked about; `true`: once more afterwards. */
  const asking = new Map<StreamId, boolean>();
  let isClosed = false;

  function forget(streamId: StreamId): void {
    clearTimeout(told.get(streamId)?.timer);
    told.delete(streamId);
  }

  function tellNow(news: StreamNews, text: string, isCountOnly: boolean): void {
    forget(news.streamId);
    told.set(news.streamId, { news, text, atMs: now(), timer: undefined });
    options.tell(news, isCountOnly);
  }

  function updateIn(streamId: StreamId, waitMs: number): void {
    const last = told.get(streamId);
    if (!last || last.timer || isClosed) return;
    last.timer = setTimeout(() => {
      last.timer = undefined;
      update(streamId);
    }, waitMs);
  }

  function updateLater(streamId: StreamId): void {
    const lastAtMs = told.get(streamId)?.atMs ?? now();
    updateIn(streamId, Math.max(0, lastAtMs + countNewsMs - now()));
  }

  function consider(streamId: StreamId, news: StreamNews | undefined): void {
    if (!news) {
      forget(streamId);
      options.gone(streamId);
      return;
    }
    const { viewerCount, ...rest } = news;
    const text = JSON.stringify(rest);
    const last = told.get(streamId);
    if (last?.text !== text) tellNow(news, text, false);
    else if (last.news.viewerCount === viewerCount) return;
    else if (now() - last.atMs >= countNewsMs) tellNow(news, text, true);
    else updateLater(streamId);
  }

  async function ask(streamId: StreamId): Promise<void> {
    try {
      do {
        asking.set(streamId, false);
        if (isClosed || !options.isHeard(streamId)) return forget(streamId);
        consider(streamId, await options.newsOf(streamId));
      } while (asking.get(streamId));
    } finally {
      asking.delete(streamId);
    }
  }

  function update(streamId: StreamId): void {
    if (asking.has(streamId)) {
      asking.set(streamId, true);
      return;
    }
    ask(streamId).catch((error: unknown) => {
      options.onError(error);
      updateIn(streamId, countNewsMs);
    });
  }

  return {
    /** Something about the stream may have changed. */
    update,
    /** Only the number of viewers may have changed. */
    updateCount(streamId: StreamId): void {
      if (told.has(streamId)) updateLater(streamId);
      else update(streamId);
    },
    /** How the stream stands, for somebody who has just come. */
    read: async (streamId: StreamId): Promise<StreamNews | undefined> =>
      told.get(streamId)?.news ?? options.newsOf(streamId),
    close(): void {
      isClosed = true;
      for (const streamId of [...told.keys()]) forget(streamId);
    },
  };
}

import type { Closable } from "#common/node/closer.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoStore } from "./videos.store.ts";

/** Collects views and writes them now and then, so that a busy video costs one write per interval. */
export interface ViewCounter extends Closable {
  count(videoId: VideoId): void;
  /** Writes what was collected; what could not be written is kept for the next time. */
  flush(): Promise<void>;
}

/** Videos that may wait for being written; views of more are not counted until then. */
const maxWaiting = 50_000;

/** Makes a {@link ViewCounter}; `close` writes what is left. */
export function createViewCounter(options: {
  store: Pick<VideoStore, "addViews">;
  onError: (error: unknown) => void;
  intervalMs?: number;
}): ViewCounter {
  const waiting = new Map<VideoId, number>();
  let flushing: Promise<void> | undefined;

  function add(videoId: VideoId, count: number): void {
    if (waiting.size < maxWaiting || waiting.has(videoId)) {
      waiting.set(videoId, (waiting.get(videoId) ?? 0) + count);
    }
  }

  async function writeAll(): Promise<void> {
    for (const [videoId, count] of [...waiting]) {
      waiting.delete(videoId);
      try {
        await options.store.addViews(videoId, count);
      } catch (error) {
        add(videoId, count);
        throw error;
      }
    }
  }

  function flush(): Promise<void> {
    flushing ??= writeAll().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  const timer = setInterval(() => flush().catch(options.onError), options.intervalMs ?? 10_000);
  timer.unref();
  return {
    count: (videoId) => add(videoId, 1),
    flush,
    async close() {
      clearInterval(timer);
      await flushing?.catch(() => undefined);
      await flush().catch(options.onError);
    },
  };
}

import { createSignal, onCleanup } from "solid-js";
import type { StreamReport } from "#common/live/live-events.ts";
import type { OwnStream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { api } from "../../app/api.ts";
import { createLoad } from "../../app/load.ts";
import { followStream } from "../live-socket.ts";

/** One of one's own streams, kept up to date by socket, with the numbers of each second while it is on air. */
export function createOwnStream(streamId: string) {
  const stream = createLoad(
    () => streamId,
    (id, signal) => api.streams.getOwn.query({ id }, { signal }),
  );
  const [report, setReport] = createSignal<StreamReport>();
  const [isGone, setIsGone] = createSignal(false);

  function merge(changes: Partial<OwnStream>): void {
    const now = stream.value();
    if (now) stream.set({ ...now, ...changes });
  }

  onCleanup(
    followStream(streamId, {
      isWatching: false,
      // (the news of recordings is for everybody; an owner sees more of them)
      changed: ({ state, viewerCount, broadcastId, startedAt, reconnectUntil }) => {
        const before = stream.value();
        merge({ state, viewerCount, broadcastId, startedAt, reconnectUntil });
        if (!isOnAir(state)) setReport(undefined);
        // what comes with another state is not in the news of it
        if (before && before.state !== state) stream.retry();
      },
      gone: () => setIsGone(true),
      reported: (news) => {
        setReport(news);
        if (!news.broadcast) return;
        const states = new Map(news.broadcast.targets.map((target) => [target.id, target]));
        const targets = stream.value()?.targets.map((target) => ({ ...target, ...states.get(target.id) }));
        merge({ ingest: news.broadcast.ingest, ...(targets && { targets }) });
      },
      connected: () => stream.value() && stream.retry(),
    }),
  );

  return { stream, report, isGone, merge };
}
export type OwnStreamLoad = ReturnType<typeof createOwnStream>;

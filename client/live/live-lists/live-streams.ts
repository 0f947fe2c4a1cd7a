import { type Accessor, onCleanup } from "solid-js";
import type { StreamQuery, StreamSummary } from "#common/live/stream.ts";
import { api } from "../../app/api.ts";
import { createLoad, type Load } from "../../app/load.ts";

/** How often a list that is looked at is asked for again: people come and go, pictures change. */
const refreshMs = 30_000;

/** Streams on air or announced, kept fresh while the page is seen. Closed with the component. */
export function createLiveStreams(
  query: Accessor<Omit<StreamQuery, "page">>,
): Load<{ items: readonly StreamSummary[]; totalCount: number }> {
  const list = createLoad(query, (wanted, signal) =>
    api.streams.list.query({ ...wanted, page: 1 }, { signal }),
  );
  const timer = setInterval(() => {
    if (document.visibilityState === "visible" && list.value()) list.retry();
  }, refreshMs);
  onCleanup(() => clearInterval(timer));
  return list;
}

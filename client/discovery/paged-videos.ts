import { type Accessor, createSignal } from "solid-js";
import type { VideoQuery } from "#common/discovery/video-query.ts";
import type { VideoSummary } from "#common/videos/video.ts";
import { api } from "../app/api.ts";
import { createLoad, type Load } from "../app/load.ts";

/** What a list is asked for; pages are the list's own business. */
export type ListQuery = Omit<VideoQuery, "page" | "channelId"> & { channelId?: string | undefined };

/** A list that grows by pages. */
export interface PagedVideos {
  readonly first: Load<{ items: readonly VideoSummary[]; totalCount: number }>;
  readonly hasMore: Accessor<boolean>;
  readonly moreState: Accessor<"idle" | "loading" | "failed">;
  showMore(): Promise<void>;
}

/** Takes the videos of `later` that are not in `earlier`: pages shift when something is published meanwhile. */
export function appendNew(earlier: readonly VideoSummary[], later: readonly VideoSummary[]): VideoSummary[] {
  const known = new Set<string>(earlier.map((video) => video.id));
  return [...earlier, ...later.filter((video) => !known.has(video.id))];
}

export function createPagedVideos(query: Accessor<ListQuery | null>): PagedVideos {
  const [page, setPage] = createSignal({ page: 1, pageCount: 1 });
  const [moreState, setMoreState] = createSignal<"idle" | "loading" | "failed">("idle");

  const first = createLoad(query, async (wanted, signal) => {
    const answer = await api.discovery.list.query({ ...wanted, page: 1 }, { signal });
    setPage({ page: 1, pageCount: answer.pageCount });
    setMoreState("idle");
    return { items: answer.items, totalCount: answer.totalCount };
  });

  async function showMore(): Promise<void> {
    const wanted = query();
    const before = first.value();
    if (wanted === null || !before || moreState() === "loading") return;
    setMoreState("loading");
    try {
      const answer = await api.discovery.list.query({ ...wanted, page: page().page + 1 });
      // another list was asked for in the meantime
      if (first.value() !== before) return;
      setPage({ page: answer.page, pageCount: answer.pageCount });
      first.set({ items: appendNew(before.items, answer.items), totalCount: answer.totalCount });
      setMoreState("idle");
    } catch {
      setMoreState("failed");
    }
  }

  return { first, hasMore: () => page().page < page().pageCount, moreState, showMore };
}

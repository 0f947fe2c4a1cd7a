import { createSignal, onCleanup } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import { api } from "../app/api.ts";
import { listenToServer } from "../app/socket.ts";
import type { LiveVideo } from "./own-video.ts";

type ListState =
  | { readonly state: "loading" }
  | { readonly state: "ready" }
  | { readonly state: "failed"; readonly error: unknown };

/** One's own videos, page by page, kept up to date by socket. Closed with the component. */
export function createOwnVideos() {
  const [list, setList] = createStore<{ items: LiveVideo[] }>({ items: [] });
  const [loading, setLoading] = createSignal<ListState>({ state: "loading" });
  const [pages, setPages] = createSignal({ page: 0, pageCount: 1, totalCount: 0 });

  async function fetchPage(page: number): Promise<LiveVideo[]> {
    const answer = await api.videos.mine.query({ page });
    setPages({ page, pageCount: answer.pageCount, totalCount: answer.totalCount });
    return answer.items.map((video) => ({ ...video, step: "" }));
  }

  async function load(page: number): Promise<void> {
    try {
      const items = await fetchPage(page);
      const known = new Set<string>(items.map((video) => video.id));
      const before = page === 1 ? [] : list.items.filter((video) => !known.has(video.id));
      setList("items", reconcile([...before, ...items], { key: "id" }));
      setLoading({ state: "ready" });
    } catch (error) {
      // a list that is in sight stays there
      if (list.items.length === 0) setLoading({ state: "failed", error });
    }
  }

  /** Asks again for one: new pictures and renditions come with a new state. */
  async function refreshOne(id: string): Promise<void> {
    try {
      const video = await api.videos.getOwn.query({ id });
      setList("items", (one) => one.id === id, { ...video, step: "" });
    } catch {
      // the next news or the next visit brings it
    }
  }

  onCleanup(
    listenToServer({
      "video.progressed": ({ videoId, state, progress, step, error }) => {
        const known = list.items.find((video) => video.id === videoId);
        if (!known) return void load(1);
        const hasMoved = known.state !== state;
        setList("items", (one) => one.id === videoId, { state, progress, step, ...(error && { error }) });
        if (hasMoved) void refreshOne(videoId);
      },
      "video.deleted": ({ videoId }) =>
        setList("items", (items) => items.filter((video) => video.id !== videoId)),
      connected: () => void load(1),
    }),
  );
  void load(1);

  return {
    list,
    loading,
    totalCount: () => pages().totalCount,
    hasMore: () => pages().page < pages().pageCount,
    showMore: () => load(pages().page + 1),
    reload: () => {
      setLoading({ state: "loading" });
      void load(1);
    },
    async remove(id: string): Promise<void> {
      await api.videos.remove.mutate({ id });
      setList("items", (items) => items.filter((video) => video.id !== id));
    },
    async cancel(id: string): Promise<void> {
      await api.videos.cancel.mutate({ id });
      await refreshOne(id);
    },
    async retry(id: string): Promise<void> {
      await api.videos.retry.mutate({ id });
      await refreshOne(id);
    },
  };
}

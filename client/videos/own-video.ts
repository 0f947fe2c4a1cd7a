import { type Accessor, createEffect, onCleanup } from "solid-js";
import type { OwnVideo } from "#common/videos/video.ts";
import { api } from "../app/api.ts";
import { createLoad, type Load } from "../app/load.ts";
import { listenToServer } from "../app/socket.ts";

/** A video of one's own with what is being done on it. */
export interface LiveVideo extends OwnVideo {
  /** What is being made, in a word; empty when nobody said. */
  readonly step: string;
}

/** One of one's own videos, kept up to date by socket. `null` waits. */
export function createOwnVideo(id: Accessor<string | null>): Load<LiveVideo> {
  const own = createLoad(id, async (wanted, signal): Promise<LiveVideo> => {
    const video = await api.videos.getOwn.query({ id: wanted }, { signal });
    return { ...video, step: "" };
  });
  createEffect(() => {
    if (id() === null) return;
    onCleanup(
      listenToServer({
        "video.progressed": ({ videoId, state, progress, step, error }) => {
          const now = own.value();
          if (now?.id !== videoId) return;
          own.set({ ...now, state, progress, step, ...(error && { error }) });
          // new renditions and pictures come with a new state, not with the news of it
          if (now.state !== state) own.retry();
        },
        connected: () => own.value() && own.retry(),
      }),
    );
  });
  return own;
}

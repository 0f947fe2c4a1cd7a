import { createMemo, Show } from "solid-js";
import type { Video } from "#common/videos/video.ts";
import { appendNew, createPagedVideos } from "../discovery/paged-videos.ts";
import { VideoGrid, VideoGridSkeleton } from "../discovery/video-grid.tsx";

const mostVideos = 14;

/** What to watch afterwards: more of the channel first, then of the same category, then what is popular. */
export function createUpNext(video: () => Video | undefined) {
  const ofChannel = createPagedVideos(() => {
    const now = video();
    return now ? { channelId: now.channel.id, sort: "newest" } : null;
  });
  const ofCategory = createPagedVideos(() => {
    const now = video();
    return now ? { category: now.category, sort: "popular" } : null;
  });
  const popular = createPagedVideos(() => (video() ? { sort: "popular" } : null));
  const lists = [ofChannel, ofCategory, popular];
  const isLoading = () => lists.some((list) => list.first.current().state === "loading");
  const videos = createMemo(() => {
    const [channel = [], category = [], most = []] = lists.map((list) => list.first.value()?.items ?? []);
    const rest = appendNew(appendNew(channel.slice(0, 6), category.slice(0, 6)), most);
    return rest.filter((one) => one.id !== video()?.id).slice(0, mostVideos);
  });
  return { videos, isLoading };
}

export function UpNext(props: { upNext: ReturnType<typeof createUpNext> }) {
  return (
    <Show when={!props.upNext.isLoading()} fallback={<VideoGridSkeleton count={6} layout="list" />}>
      <Show
        when={props.upNext.videos().length > 0}
        fallback={<p class="muted">There is nothing else here yet.</p>}
      >
        <VideoGrid layout="list" videos={props.upNext.videos()} />
      </Show>
    </Show>
  );
}

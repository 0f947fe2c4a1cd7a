import { For } from "solid-js";
import type { VideoSummary } from "#common/videos/video.ts";
import { VideoCard } from "./video-card.tsx";
import "./video-card.css";

type Layout = "grid" | "list" | "shelf";

interface VideoGridProps {
  readonly videos: readonly VideoSummary[];
  readonly layout?: Layout;
  readonly hidesChannel?: boolean;
  /** How many of them are in sight when the page opens. */
  readonly eagerCount?: number;
}

/** Videos side by side. */
export function VideoGrid(props: VideoGridProps) {
  return (
    <ul class={`video-${props.layout ?? "grid"}`}>
      <For each={props.videos}>
        {(video, place) => (
          <li>
            <VideoCard
              video={video}
              hidesChannel={props.hidesChannel ?? false}
              isRow={props.layout === "list"}
              isEager={place() < (props.eagerCount ?? 0)}
            />
          </li>
        )}
      </For>
    </ul>
  );
}

/** The same shape before the videos are there. */
export function VideoGridSkeleton(props: { count: number; layout?: Layout }) {
  return (
    <div class={`video-${props.layout ?? "grid"}`} aria-busy="true">
      <For each={Array.from({ length: props.count })}>
        {() => (
          <div class="video-card" classList={{ "video-card-row": props.layout === "list" }}>
            <span class="video-card-picture skeleton" />
            <span class="video-card-text-waiting">
              <span class="skeleton skeleton-line skeleton-w90" />
              <span class="skeleton skeleton-line skeleton-w60" />
            </span>
          </div>
        )}
      </For>
    </div>
  );
}

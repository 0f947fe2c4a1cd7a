import { A } from "@solidjs/router";
import { Show } from "solid-js";
import type { VideoSummary } from "#common/videos/video.ts";
import { prefetchPlayback, prefetchPlayer } from "../playback/prefetch.ts";
import { Avatar } from "../ui/avatar.tsx";
import { formatAge, formatDate, formatDuration, formatSpokenDuration, formatViews } from "../ui/format.ts";
import { Poster } from "./poster.tsx";
import "./video-card.css";

interface VideoCardProps {
  readonly video: VideoSummary;
  /** On its own channel nobody needs to be told whose it is. */
  readonly hidesChannel?: boolean;
  /** Beside the text, for narrow lists. */
  readonly isRow?: boolean;
  /** In sight from the beginning. */
  readonly isEager?: boolean;
}

function Facts(props: { video: VideoSummary }) {
  const at = () => props.video.publishedAt ?? props.video.createdAt;
  return (
    <p class="video-card-facts">
      {formatViews(props.video.viewCount)}
      <span aria-hidden="true"> · </span>
      <time datetime={at()} title={formatDate(at())}>
        {formatAge(at())}
      </time>
    </p>
  );
}

/** A video in a list: the title is the link, and its picture is part of it. */
export function VideoCard(props: VideoCardProps) {
  const channel = () => props.video.channel;
  return (
    <article class="video-card" classList={{ "video-card-row": props.isRow ?? false }}>
      <div class="video-card-picture">
        <Poster
          posterUrl={props.video.posterUrl}
          handle={channel().handle}
          isEager={props.isEager ?? false}
        />
        <Show when={props.video.state === "playable"}>
          <span class="video-card-mark video-card-new">Just in</span>
        </Show>
        <Show when={props.video.durationSeconds > 0}>
          <span class="video-card-mark video-card-duration numeric">
            <span aria-hidden="true">{formatDuration(props.video.durationSeconds)}</span>
            <span class="visually-hidden">{formatSpokenDuration(props.video.durationSeconds)}</span>
          </span>
        </Show>
      </div>
      <div class="video-card-words">
        <Show when={!props.hidesChannel && !props.isRow}>
          <Avatar handle={channel().handle} displayName={channel().displayName} size="small" />
        </Show>
        <div class="video-card-text">
          <h3 class="video-card-title">
            <A
              class="video-card-link"
              href={`/watch/${props.video.id}`}
              onPointerEnter={prefetchPlayer}
              onFocus={prefetchPlayer}
              onPointerDown={(event) => prefetchPlayback(props.video.id, event)}
            >
              {props.video.title}
            </A>
          </h3>
          <Show when={!props.hidesChannel}>
            <A class="video-card-channel" href={`/@${channel().handle}`}>
              {channel().displayName || channel().handle}
            </A>
          </Show>
          <Facts video={props.video} />
        </div>
      </div>
    </article>
  );
}

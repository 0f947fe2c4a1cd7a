import { A } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import type { Video } from "#common/videos/video.ts";
import { currentUser } from "../accounts/session.store.ts";
import { Avatar } from "../ui/avatar.tsx";
import { formatAge, formatDate, formatViews } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { categoryLabels } from "./categories.ts";
import { Description } from "./description.tsx";
import { ShareDialog } from "./share-dialog.tsx";

interface WatchInfoProps {
  readonly video: Video;
  readonly readPositionSeconds: () => number;
  readonly onSeek: (atSeconds: number) => void;
}

const visibilityNotes = {
  public: undefined,
  unlisted: "This video is unlisted: everybody who has the link can watch it.",
  private: "This video is private: the link works for you alone.",
};

/** All that stands below the picture. */
export function WatchInfo(props: WatchInfoProps) {
  const [shareAtSeconds, setShareAtSeconds] = createSignal<number | null>(null);
  const channel = () => props.video.channel;
  const at = () => props.video.publishedAt ?? props.video.createdAt;
  return (
    <div class="watch-info">
      <h1 class="watch-title">
        {props.video.title}
        <Show when={props.video.visibility !== "public"}>
          <span class="badge watch-visibility">
            <Icon name={props.video.visibility === "private" ? "lock" : "link"} />
            {props.video.visibility === "private" ? "Private" : "Unlisted"}
          </span>
        </Show>
      </h1>
      <div class="watch-bar">
        <A class="watch-channel" href={`/@${channel().handle}`}>
          <Avatar handle={channel().handle} displayName={channel().displayName} />
          <span>
            <span class="watch-channel-name">{channel().displayName || channel().handle}</span>
            <span class="watch-channel-handle">@{channel().handle}</span>
          </span>
        </A>
        <div class="button-row">
          <Show when={currentUser()?.id === channel().id}>
            <A class="button" href={`/studio/${props.video.id}`}>
              <Icon name="pencil" />
              Edit
            </A>
          </Show>
          <button type="button" class="button" onClick={() => setShareAtSeconds(props.readPositionSeconds())}>
            <Icon name="share" />
            Share
          </button>
        </div>
      </div>
      <div class="watch-about">
        <p class="watch-facts">
          {formatViews(props.video.viewCount)}
          <span aria-hidden="true"> · </span>
          <time datetime={at()} title={formatDate(at())}>
            {formatAge(at())}
          </time>
          <span aria-hidden="true"> · </span>
          <A href={`/?category=${props.video.category}`}>{categoryLabels[props.video.category]}</A>
        </p>
        <Show when={props.video.description}>
          {(text) => (
            <Description text={text()} durationSeconds={props.video.durationSeconds} onSeek={props.onSeek} />
          )}
        </Show>
        <Show when={props.video.tags.length > 0}>
          <ul class="watch-tags" aria-label="Tags">
            <For each={props.video.tags}>
              {(tag) => (
                <li>
                  <A class="tag" href={`/search?${new URLSearchParams({ query: tag })}`}>
                    {tag}
                  </A>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </div>
      <ShareDialog
        videoId={props.video.id}
        isOpen={shareAtSeconds() !== null}
        atSeconds={shareAtSeconds() ?? 0}
        onClose={() => setShareAtSeconds(null)}
        note={visibilityNotes[props.video.visibility]}
      />
    </div>
  );
}

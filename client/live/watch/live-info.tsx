import { A } from "@solidjs/router";
import { createSignal, type JSX, onCleanup, Show } from "solid-js";
import type { Stream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { currentUser } from "../../accounts/session.store.ts";
import { formatClock } from "../../playback/format.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toast.tsx";
import { categoryLabels } from "../../videos/categories.ts";
import { Description } from "../../videos/description.tsx";
import { toViewerWords } from "./live-words.rules.ts";

/** All that stands below the picture: as on the page of a video. */
export function LiveInfo(props: { readonly stream: Stream }): JSX.Element {
  const channel = () => props.stream.channel;
  return (
    <div class="watch-info">
      <h1 class="watch-title">
        {props.stream.title}
        <Show when={props.stream.visibility !== "public"}>
          <span class="badge watch-visibility">
            <Icon name={props.stream.visibility === "private" ? "lock" : "link"} />
            {props.stream.visibility === "private" ? "Private" : "Unlisted"}
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
            <A class="button" href={`/studio/live/${props.stream.id}`}>
              <Icon name="studio" />
              Manage
            </A>
          </Show>
          <button type="button" class="button" onClick={() => void copyLink(props.stream.id)}>
            <Icon name="share" />
            Copy the link
          </button>
        </div>
      </div>
      <div class="watch-about">
        <p class="watch-facts live-facts">
          <Show when={isOnAir(props.stream.state)} fallback={<span class="badge">Off air</span>}>
            <span class="live-badge" data-testid="live-badge">
              Live
            </span>
            <span data-testid="viewer-count">{toViewerWords(props.stream.viewerCount)}</span>
            <span aria-hidden="true"> · </span>
            <Show when={props.stream.startedAt}>{(at) => <Elapsed since={at()} />}</Show>
          </Show>
          <A href={`/?category=${props.stream.category}`}>{categoryLabels[props.stream.category]}</A>
        </p>
        <Show when={props.stream.description}>
          {(text) => <Description text={text()} durationSeconds={0} onSeek={() => {}} />}
        </Show>
      </div>
    </div>
  );
}

/** For how long it has been on air. */
function Elapsed(props: { readonly since: string }): JSX.Element {
  const read = () => formatClock((Date.now() - Date.parse(props.since)) / 1000);
  const [text, setText] = createSignal(read());
  const timer = window.setInterval(() => setText(read()), 1_000);
  onCleanup(() => window.clearInterval(timer));
  return (
    <>
      <span>
        on air for <span class="numeric">{text()}</span>
      </span>
      <span aria-hidden="true"> · </span>
    </>
  );
}

async function copyLink(streamId: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(`${location.origin}/live/${streamId}`);
    showToast("The link is in your clipboard.");
  } catch {
    // no clipboard without a secure page, or without permission: the address bar has it too
    showToast("The link could not be copied: take it from the address bar.", "problem");
  }
}

/** The same, while nothing is known yet. */
export function LiveInfoSkeleton(): JSX.Element {
  return (
    <div class="watch-info" aria-busy="true">
      <span class="skeleton skeleton-title skeleton-w60" />
      <span class="skeleton skeleton-line skeleton-w40" />
      <span class="skeleton skeleton-line skeleton-w90" />
    </div>
  );
}

import { A } from "@solidjs/router";
import { Show } from "solid-js";
import type { StreamSummary } from "#common/live/stream.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { formatAge } from "../../ui/format.ts";
import { formatStart, isRunning } from "../live-format.ts";
import { LivePicture } from "./live-picture.tsx";

const watching = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `on air since 12 minutes`, or when it begins. */
function Facts(props: { stream: StreamSummary }) {
  return (
    <p class="video-card-facts">
      <Show
        when={isRunning(props.stream.state)}
        fallback={
          <Show when={props.stream.scheduledAt}>
            {(at) => <time datetime={at()}>{formatStart(at())}</time>}
          </Show>
        }
      >
        {watching.format(props.stream.viewerCount)} watching
        <Show when={props.stream.startedAt}>
          {(at) => (
            <>
              <span aria-hidden="true"> · </span>
              began {formatAge(at())}
            </>
          )}
        </Show>
      </Show>
    </p>
  );
}

/** A stream in a list: the whole card is the link. */
export function LiveCard(props: { stream: StreamSummary; hidesChannel?: boolean; isEager?: boolean }) {
  const channel = () => props.stream.channel;
  return (
    <article class="video-card">
      <div class="video-card-picture">
        <LivePicture stream={props.stream} isEager={props.isEager ?? false} />
      </div>
      <div class="video-card-words">
        <Show when={!props.hidesChannel}>
          <Avatar handle={channel().handle} displayName={channel().displayName} size="small" />
        </Show>
        <div class="video-card-text">
          <h3 class="video-card-title">
            <A class="video-card-link" href={`/live/${props.stream.id}`}>
              {props.stream.title}
            </A>
          </h3>
          <Show when={!props.hidesChannel}>
            <A class="video-card-channel" href={`/@${channel().handle}`}>
              {channel().displayName || channel().handle}
            </A>
          </Show>
          <Facts stream={props.stream} />
        </div>
      </div>
    </article>
  );
}

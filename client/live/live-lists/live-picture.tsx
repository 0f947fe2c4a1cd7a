import { Show } from "solid-js";
import type { StreamSummary } from "#common/live/stream.ts";
import { Icon } from "../../ui/icon.tsx";
import { tintClass } from "../../ui/seed.ts";
import { isRunning } from "../live-format.ts";
import "../../ui/school.css";
import "../../discovery/video-card.css";
import "./live-lists.css";

/** The newest picture of a broadcast; its channel's water while there is none. */
export function LivePicture(props: { stream: StreamSummary; isEager?: boolean }) {
  return (
    <>
      <Show
        when={props.stream.thumbnailUrl}
        fallback={
          <span class={`poster-missing ${tintClass(props.stream.channel.handle)}`}>
            <Icon name="live" />
          </span>
        }
      >
        {(url) => (
          <span class="poster">
            <img
              src={url()}
              alt=""
              loading={props.isEager ? "eager" : "lazy"}
              decoding="async"
              width="640"
              height="360"
            />
          </span>
        )}
      </Show>
      <Show when={isRunning(props.stream.state)}>
        <span class="video-card-mark live-mark">
          <Icon name="live" />
          Live
        </span>
      </Show>
    </>
  );
}

import { A } from "@solidjs/router";
import { For, Show } from "solid-js";
import type { StreamQuery } from "#common/live/stream.ts";
import { Icon } from "../../ui/icon.tsx";
import { LiveCard } from "./live-card.tsx";
import { createLiveStreams } from "./live-streams.ts";
import "../../discovery/video-card.css";
import "./live-lists.css";

const mostInRow = 8;

/** What is on air now, above everything else; nothing at all when nothing is. */
export function LiveNow(props: { category?: StreamQuery["category"]; channelId?: string }) {
  const list = createLiveStreams(() => ({
    state: "live",
    ...(props.category && { category: props.category }),
    ...(props.channelId && { channelId: props.channelId }),
  }));
  const items = () => list.value()?.items.slice(0, mostInRow) ?? [];
  return (
    <Show when={items().length > 0}>
      <section class="shelf-section" aria-labelledby="live-now">
        <div class="section-head">
          <h2 id="live-now" class="live-heading">
            <span class="live-dot" />
            Live now
          </h2>
          <Show when={!props.channelId}>
            <A href="/live">
              See all
              <Icon name="chevronRight" />
            </A>
          </Show>
        </div>
        <ul class="video-shelf">
          <For each={items()}>
            {(stream) => (
              <li>
                <LiveCard stream={stream} hidesChannel={Boolean(props.channelId)} isEager />
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

/** What a channel has on air, and what it has announced. */
export function ChannelLive(props: { channelId: string }) {
  const announced = createLiveStreams(() => ({ state: "scheduled", channelId: props.channelId }));
  const items = () => announced.value()?.items ?? [];
  return (
    <>
      <LiveNow channelId={props.channelId} />
      <Show when={items().length > 0}>
        <section class="shelf-section" aria-labelledby="live-announced">
          <div class="section-head">
            <h2 id="live-announced">Coming up live</h2>
          </div>
          <ul class="video-shelf">
            <For each={items()}>
              {(stream) => (
                <li>
                  <LiveCard stream={stream} hidesChannel />
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </>
  );
}

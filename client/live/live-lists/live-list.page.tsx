import { A } from "@solidjs/router";
import { For, Show } from "solid-js";
import type { StreamSummary } from "#common/live/stream.ts";
import { currentUser } from "../../accounts/session.store.ts";
import { VideoGridSkeleton } from "../../discovery/video-grid.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { createPageTitle } from "../../ui/page-title.ts";
import { LiveCard } from "./live-card.tsx";
import { createLiveStreams } from "./live-streams.ts";
import "../../discovery/discovery.css";
import "./live-lists.css";

function Grid(props: { streams: readonly StreamSummary[] }) {
  return (
    <ul class="video-grid">
      <For each={props.streams}>
        {(stream, place) => (
          <li>
            <LiveCard stream={stream} isEager={place() < 8} />
          </li>
        )}
      </For>
    </ul>
  );
}

/** What is on air, and what is announced. */
export function LiveListPage() {
  createPageTitle(() => "Live");
  const live = createLiveStreams(() => ({ state: "live" }));
  const announced = createLiveStreams(() => ({ state: "scheduled" }));
  const goLiveHref = () => (currentUser() ? "/studio/live" : "/login?next=%2Fstudio%2Flive");
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1>Live</h1>
          <p class="page-lead">On air at this moment, and announced.</p>
        </div>
        <A class="button" href={goLiveHref()}>
          <Icon name="live" />
          Go live
        </A>
      </div>
      <Loaded of={live} loading={<VideoGridSkeleton count={4} />}>
        {(list) => (
          <Show
            when={list().items.length > 0}
            fallback={
              <EmptyState
                seed="live"
                title="Nobody is on air"
                text="When somebody goes live, they are here within seconds."
              >
                <A class="button button-live" href={goLiveHref()}>
                  <Icon name="live" />
                  Be the first
                </A>
              </EmptyState>
            }
          >
            <section class="shelf-section" aria-labelledby="live-on-air">
              <div class="section-head">
                <h2 id="live-on-air" class="live-heading">
                  <span class="live-dot" />
                  On air
                </h2>
              </div>
              <Grid streams={list().items} />
            </section>
          </Show>
        )}
      </Loaded>
      <Show when={announced.value()?.items.length}>
        <section class="shelf-section" aria-labelledby="live-to-come">
          <div class="section-head">
            <h2 id="live-to-come">Coming up</h2>
          </div>
          <Grid streams={announced.value()?.items ?? []} />
        </section>
      </Show>
    </div>
  );
}

import { A, useParams } from "@solidjs/router";
import {
  createEffect,
  createMemo,
  createSignal,
  type JSX,
  lazy,
  on,
  onCleanup,
  Show,
  Suspense,
  untrack,
} from "solid-js";
import type { StreamNews } from "#common/live/live-events.ts";
import type { Stream } from "#common/live/stream.ts";
import { api } from "../../app/api.ts";
import { type Problem, toProblemOfCode } from "../../app/error-text.ts";
import { createLoad } from "../../app/load.ts";
import { toProblem } from "../../app/problem.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { createPageTitle } from "../../ui/page-title.ts";
import { followStream } from "../live-socket.ts";
import { LiveInfo, LiveInfoSkeleton } from "./live-info.tsx";
import { WaitingPanel } from "./live-panels.tsx";
import { takeLiveGrant } from "./prefetch-live.ts";
import "../../videos/watch.css";
import "./live.css";

// the player's code, the stream and its grant set out together, before the page knows more than the address
const loadPlayer = () => import("./live-player.tsx");
const LivePlayer = lazy(() => loadPlayer().then((module) => ({ default: module.LivePlayer })));

/** Watching a stream: before it, while it is on air, and when it has ended. */
export function LivePage() {
  const params = useParams();
  const id = () => params.id ?? "";
  void loadPlayer();
  // a page of its own for each stream: nothing of the one before counts
  return (
    <Show when={id()} keyed>
      {(streamId) => <StreamPage streamId={streamId} />}
    </Show>
  );
}

function StreamPage(props: { readonly streamId: string }): JSX.Element {
  const { streamId } = props;
  const grant = takeLiveGrant(streamId);
  let hasWaited = false;
  let isConnected = false;
  const loaded = createLoad(
    () => streamId,
    (id, signal) => api.streams.get.query({ id }, { signal }),
  );
  const [news, setNews] = createSignal<StreamNews>();
  const [isGone, setGone] = createSignal(false);
  const [isTheatre, setTheatre] = createSignal(false);
  /** What was loaded, with what was heard since. */
  const stream = createMemo<Stream | undefined>(() => {
    const base = loaded.value();
    const heard = news();
    return base && (heard ? { ...base, ...heard, id: base.id } : base);
  });
  // an order to wait is one as long as nothing was on air here; from then on the player shows the end
  const [hasPlayer, setPlayer] = createSignal(false);
  createEffect(() => {
    const now = stream();
    if (!now) return;
    if (now.state === "idle") hasWaited = true;
    else setPlayer(true);
  });
  createPageTitle(() => stream()?.title ?? "");

  onCleanup(
    followStream(streamId, {
      isWatching: true,
      changed: setNews,
      gone: () => setGone(true),
      connected: () => {
        if (isConnected) loaded.retry();
        isConnected = true;
      },
    }),
  );
  // pictures and recordings come with a new state, not with the news of it
  createEffect(
    on(news, (now) => {
      const base = untrack(loaded.value);
      if (now && base && now.state !== base.state) loaded.retry();
    }),
  );

  const failure = () => {
    if (isGone()) return toProblemOfCode("stream.not_found");
    const now = loaded.current();
    return now.state === "failed" ? toProblem(now.error) : undefined;
  };

  return (
    <Show when={!failure()} fallback={<LiveFailure problem={failure()} onRetry={loaded.retry} />}>
      <div class="watch live" classList={{ "watch-theatre": isTheatre() }}>
        <div class="watch-stage">
          <Show when={stream()} fallback={<div class="watch-waiting" aria-busy="true" />}>
            {(now) => (
              <Show
                when={hasPlayer()}
                fallback={
                  <WaitingPanel
                    streamId={streamId}
                    scheduledAt={now().scheduledAt}
                    lastVideoId={now().lastVideoId}
                  />
                }
              >
                <Suspense fallback={<div class="watch-waiting" />}>
                  <LivePlayer
                    stream={now()}
                    grantVersion={news()?.grantVersion}
                    // what was asked for before it began says that there is nothing
                    {...(hasWaited ? {} : { grant })}
                    isTheatre={isTheatre()}
                    onTheatreChange={setTheatre}
                    onGone={() => setGone(true)}
                  />
                </Suspense>
              </Show>
            )}
          </Show>
        </div>
        <div class="watch-below">
          <Show when={stream()} fallback={<LiveInfoSkeleton />}>
            {(now) => <LiveInfo stream={now()} />}
          </Show>
        </div>
        {/* chat stands here */}
        <aside class="watch-next live-aside" aria-label="Beside the stream" />
      </div>
    </Show>
  );
}

function LiveFailure(props: { readonly problem: Problem | undefined; onRetry(): void }): JSX.Element {
  return (
    <Show when={props.problem}>
      {(now) => (
        <EmptyState seed={now().code} heading="h1" title={now().title} text={now().text}>
          <Show when={now().canRetry}>
            <button type="button" class="button button-primary" onClick={() => props.onRetry()}>
              <Icon name="refresh" />
              Try again
            </button>
          </Show>
          <A class="button" classList={{ "button-primary": !now().canRetry }} href="/">
            Go home
          </A>
        </EmptyState>
      )}
    </Show>
  );
}

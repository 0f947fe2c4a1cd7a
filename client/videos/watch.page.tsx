import { A, useParams, useSearchParams } from "@solidjs/router";
import { createEffect, createSignal, lazy, Match, on, onCleanup, Show, Suspense, Switch } from "solid-js";
import { isWatchable } from "#common/videos/video-state.ts";
import { session } from "../accounts/session.store.ts";
import { api } from "../app/api.ts";
import { createLoad } from "../app/load.ts";
import { toProblem } from "../app/problem.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Icon } from "../ui/icon.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { parseStartSeconds } from "./description-parts.ts";
import { createOwnVideo } from "./own-video.ts";
import { ProcessingPanel } from "./processing-panel.tsx";
import { createUpNext, UpNext } from "./up-next.tsx";
import { WatchInfo } from "./watch-info.tsx";
import "../discovery/discovery.css";
import "../ui/choice-group.css";
import "../ui/tag-input.css";
import "./watch.css";

// the player's code and its grant set out together, before the page knows more than the address
const loadPlayer = () => import("../playback/player.tsx");
const Player = lazy(() => loadPlayer().then((module) => ({ default: module.Player })));

/** Shared times: the element takes them as soon as it knows its length. */
function seekWhenReady(stage: HTMLElement, atSeconds: number, signal: AbortSignal): void {
  stage.addEventListener(
    "loadedmetadata",
    (event) => {
      if (event.target instanceof HTMLVideoElement) event.target.currentTime = atSeconds;
    },
    // media events do not bubble
    { capture: true, once: true, signal },
  );
}

export function WatchPage() {
  const params = useParams();
  const [search] = useSearchParams();
  const id = () => params.id ?? "";
  const [isTheatre, setIsTheatre] = createSignal(false);
  let stage: HTMLDivElement | undefined;

  const video = createLoad(id, (wanted, signal) => api.videos.get.query({ id: wanted }, { signal }));
  const upNext = createUpNext(() => video.value());
  // only the owner is answered about a video that nobody can watch yet
  const own = createOwnVideo(() => {
    const now = video.value();
    return now && !isWatchable(now.state) ? now.id : null;
  });
  const processing = () => {
    const now = own.value();
    return now && now.id === id() && !isWatchable(now.state) ? now : undefined;
  };
  const isProcessing = () => {
    const now = video.value();
    return now !== undefined && !isWatchable(now.state);
  };
  createPageTitle(() => video.value()?.title ?? "");
  createEffect(() => {
    const now = own.value();
    if (now && isWatchable(now.state)) video.retry();
  });
  createEffect(
    on(id, () => {
      const atSeconds = parseStartSeconds(search.t);
      if (!stage || atSeconds === undefined) return;
      const closed = new AbortController();
      onCleanup(() => closed.abort());
      seekWhenReady(stage, atSeconds, closed.signal);
    }),
  );

  const findElement = () => stage?.querySelector("video") ?? undefined;
  const seek = (atSeconds: number) => {
    const element = findElement();
    if (!element) return;
    element.currentTime = atSeconds;
    void element.play().catch(() => {});
    stage?.scrollIntoView({ block: "nearest" });
  };
  const failure = () => {
    const now = video.current();
    return now.state === "failed" ? toProblem(now.error) : undefined;
  };
  const next = () => upNext.videos()[0];
  return (
    <Show when={!failure()} fallback={<WatchFailure problem={failure()} onRetry={video.retry} />}>
      <div class="watch" classList={{ "watch-theatre": isTheatre() }}>
        <div class="watch-stage" ref={stage}>
          <Switch
            fallback={
              <Show when={session().state !== "unknown"} fallback={<div class="watch-waiting" />}>
                <Suspense fallback={<div class="watch-waiting" />}>
                  <Show when={id()} keyed>
                    {(videoId) => (
                      <Player
                        videoId={videoId}
                        title={video.value()?.title ?? ""}
                        posterUrl={video.value()?.posterUrl ?? null}
                        isLoggedIn={session().state === "account"}
                        isTheatre={isTheatre()}
                        onTheatreChange={setIsTheatre}
                        endScreen={
                          <Show when={next()}>
                            {(following) => (
                              <A class="button button-primary" href={`/watch/${following().id}`}>
                                <Icon name="play" filled />
                                Next: {following().title}
                              </A>
                            )}
                          </Show>
                        }
                      />
                    )}
                  </Show>
                </Suspense>
              </Show>
            }
          >
            <Match when={processing()}>{(now) => <ProcessingPanel video={now()} />}</Match>
            <Match when={isProcessing()}>
              <div class="watch-waiting" />
            </Match>
          </Switch>
        </div>
        <div class="watch-below">
          <Show when={video.value()} fallback={<WatchInfoSkeleton />}>
            {(now) => (
              <WatchInfo
                video={now()}
                readPositionSeconds={() => findElement()?.currentTime ?? 0}
                onSeek={seek}
              />
            )}
          </Show>
        </div>
        <aside class="watch-next" aria-labelledby="up-next">
          <h2 class="watch-next-title" id="up-next">
            Up next
          </h2>
          <UpNext upNext={upNext} />
        </aside>
      </div>
    </Show>
  );
}

function WatchInfoSkeleton() {
  return (
    <div class="watch-info" aria-busy="true">
      <span class="skeleton skeleton-title skeleton-w60" />
      <span class="skeleton skeleton-line skeleton-w40" />
      <span class="skeleton skeleton-line skeleton-w90" />
    </div>
  );
}

function WatchFailure(props: { problem: ReturnType<typeof toProblem> | undefined; onRetry: () => void }) {
  return (
    <Show when={props.problem}>
      {(problem) => (
        <EmptyState seed={problem().code} heading="h1" title={problem().title} text={problem().text}>
          <Show when={problem().canRetry}>
            <button type="button" class="button button-primary" onClick={() => props.onRetry()}>
              <Icon name="refresh" />
              Try again
            </button>
          </Show>
          <A class="button" classList={{ "button-primary": !problem().canRetry }} href="/">
            Go home
          </A>
        </EmptyState>
      )}
    </Show>
  );
}

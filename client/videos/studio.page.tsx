import { A } from "@solidjs/router";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { RequireAccount } from "../accounts/require-account.tsx";
import { toProblem } from "../app/problem.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Icon } from "../ui/icon.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { showToast } from "../ui/toast.tsx";
import type { LiveVideo } from "./own-video.ts";
import { createOwnVideos } from "./own-videos.store.ts";
import { type StudioAction, StudioRow } from "./studio-row.tsx";
import "../discovery/discovery.css";
import "../discovery/video-card.css";
import "./studio.css";

function StudioSkeleton() {
  return (
    <div class="studio-list" aria-busy="true">
      <For each={[1, 2, 3, 4]}>
        {() => (
          <div class="studio-row">
            <span class="studio-picture skeleton" />
            <span class="video-card-text-waiting">
              <span class="skeleton skeleton-line skeleton-w60" />
              <span class="skeleton skeleton-line skeleton-w40" />
            </span>
          </div>
        )}
      </For>
    </div>
  );
}

function StudioList() {
  const own = createOwnVideos();
  const [removing, setRemoving] = createSignal<LiveVideo>();
  const failure = () => {
    const now = own.loading();
    return now.state === "failed" ? now : undefined;
  };
  const act = async (video: LiveVideo, action: StudioAction) => {
    try {
      if (action === "remove") setRemoving(video);
      else if (action === "share") {
        await navigator.clipboard.writeText(`${location.origin}/watch/${video.id}`);
        showToast("The link is in your clipboard.");
      } else await own[action](video.id);
    } catch (error) {
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <>
      <Switch>
        <Match when={own.loading().state === "loading"}>
          <StudioSkeleton />
        </Match>
        <Match when={failure()}>
          {(failed) => <ProblemNotice problem={toProblem(failed().error)} onRetry={own.reload} />}
        </Match>
        <Match when={own.list.items.length === 0}>
          <EmptyState
            seed="studio"
            title="Your first video goes here"
            text="Upload one, and watch it become watchable: its states are live on this page."
          >
            <A class="button button-primary" href="/upload">
              <Icon name="upload" />
              Upload a video
            </A>
          </EmptyState>
        </Match>
        <Match when={own.list.items.length > 0}>
          <ul class="studio-list">
            <For each={own.list.items}>
              {(video) => <StudioRow video={video} onAction={(action) => void act(video, action)} />}
            </For>
          </ul>
          <Show when={own.hasMore()}>
            <div class="more">
              <button type="button" class="button" onClick={() => void own.showMore()}>
                Show more
              </button>
            </div>
          </Show>
        </Match>
      </Switch>
      <ConfirmDialog
        title="Delete this video?"
        text={`“${removing()?.title ?? ""}” and everything made of it are gone for good. Links to it stop working.`}
        action="Delete it"
        isOpen={removing() !== undefined}
        onClose={() => setRemoving(undefined)}
        onConfirm={async () => {
          const video = removing();
          if (!video) return;
          await own.remove(video.id);
          showToast("The video is deleted.");
        }}
      />
    </>
  );
}

export function StudioPage() {
  createPageTitle(() => "Studio");
  return (
    <div class="page page-studio">
      <div class="page-head">
        <div>
          <h1>Studio</h1>
          <p class="page-lead">Your videos and where each one stands.</p>
        </div>
        <div class="button-row">
          <A class="button" href="/studio/live">
            <Icon name="live" />
            Live
          </A>
          <A class="button button-primary" href="/upload">
            <Icon name="upload" />
            Upload
          </A>
        </div>
      </div>
      <RequireAccount>{() => <StudioList />}</RequireAccount>
    </div>
  );
}

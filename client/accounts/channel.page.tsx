import { A, useParams } from "@solidjs/router";
import { Show } from "solid-js";
import type { PublicUser } from "#common/accounts/user.ts";
import { api } from "../app/api.ts";
import { createLoad } from "../app/load.ts";
import { toProblem } from "../app/problem.ts";
import { MoreButton } from "../discovery/more-button.tsx";
import { createPagedVideos } from "../discovery/paged-videos.ts";
import { VideoGrid, VideoGridSkeleton } from "../discovery/video-grid.tsx";
import { ChannelLive } from "../live/live-lists/live-now.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { formatDate } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { School } from "../ui/school.tsx";
import { tintClass } from "../ui/seed.ts";
import { currentUser } from "./session.store.ts";
import "../discovery/discovery.css";
import "./channel.css";

function ChannelHead(props: { channel: PublicUser }) {
  const isOwn = () => currentUser()?.id === props.channel.id;
  return (
    <header class="channel-head">
      <div class={`channel-banner ${tintClass(props.channel.handle)}`}>
        <School seed={props.channel.handle} count={52} />
      </div>
      <div class="channel-card">
        <Avatar handle={props.channel.handle} displayName={props.channel.displayName} size="large" />
        <div class="channel-words">
          <h1>{props.channel.displayName || props.channel.handle}</h1>
          <p class="muted">
            @{props.channel.handle}
            <span aria-hidden="true"> · </span>
            {props.channel.videoCount} {props.channel.videoCount === 1 ? "video" : "videos"}
            <span aria-hidden="true"> · </span>
            here since {formatDate(props.channel.createdAt)}
          </p>
          <Show when={props.channel.bio}>
            <p class="channel-bio">{props.channel.bio}</p>
          </Show>
        </div>
        <Show when={isOwn()}>
          <div class="button-row">
            <A class="button" href="/settings">
              <Icon name="pencil" />
              Edit profile
            </A>
            <A class="button" href="/studio">
              <Icon name="studio" />
              Studio
            </A>
          </div>
        </Show>
      </div>
    </header>
  );
}

function ChannelVideos(props: { channel: PublicUser }) {
  const list = createPagedVideos(() => ({ channelId: props.channel.id, sort: "newest" }));
  return (
    <section aria-labelledby="channel-videos">
      <div class="section-head">
        <h2 id="channel-videos">Videos</h2>
      </div>
      <Loaded of={list.first} loading={<VideoGridSkeleton count={4} />}>
        {(videos) => (
          <Show
            when={videos().items.length > 0}
            fallback={
              <Show
                when={currentUser()?.id === props.channel.id}
                fallback={
                  <EmptyState
                    seed={props.channel.handle}
                    title="Quiet so far"
                    text="This channel has published nothing yet."
                  />
                }
              >
                <EmptyState
                  seed={props.channel.handle}
                  title="Your channel is ready"
                  text="What you publish appears here. Private and unlisted videos stay in the studio."
                >
                  <A class="button button-primary" href="/upload">
                    <Icon name="upload" />
                    Upload a video
                  </A>
                </EmptyState>
              </Show>
            }
          >
            <VideoGrid videos={videos().items} hidesChannel eagerCount={8} />
            <MoreButton list={list} />
          </Show>
        )}
      </Loaded>
    </section>
  );
}

export function ChannelPage() {
  const params = useParams();
  const handle = () => (params.handle ?? "").slice(1).toLowerCase();
  const channel = createLoad(handle, (wanted, signal) => api.accounts.get.query({ id: wanted }, { signal }));
  createPageTitle(() => channel.value()?.displayName || `@${handle()}`);
  return (
    <div class="page">
      <Loaded
        of={channel}
        loading={
          <div class="channel-head" aria-busy="true">
            <div class="channel-banner skeleton" />
          </div>
        }
        failed={(error) => {
          const problem = toProblem(error);
          return problem.canRetry ? (
            <ProblemNotice problem={problem} onRetry={channel.retry} />
          ) : (
            <EmptyState seed={handle()} heading="h1" title={problem.title} text={problem.text}>
              <A class="button button-primary" href="/">
                Go home
              </A>
            </EmptyState>
          );
        }}
      >
        {(loaded) => (
          <>
            <ChannelHead channel={loaded()} />
            <ChannelLive channelId={loaded().id} />
            <ChannelVideos channel={loaded()} />
          </>
        )}
      </Loaded>
    </div>
  );
}

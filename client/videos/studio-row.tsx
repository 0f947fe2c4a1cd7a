import { A } from "@solidjs/router";
import { Show } from "solid-js";
import { isWatchable } from "#common/videos/video-state.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { Poster } from "../discovery/poster.tsx";
import { formatAge, formatBytes, formatDuration, formatPercent, formatViews } from "../ui/format.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Menu, MenuAction, MenuLine, MenuLink } from "../ui/menu.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import type { LiveVideo } from "./own-video.ts";
import { isUnderWay, videoStateLabels, videoStateTones } from "./video-state-text.ts";

export type StudioAction = "share" | "retry" | "cancel" | "remove";

const visibilityIcons: Record<LiveVideo["visibility"], IconName> = {
  public: "globe",
  unlisted: "link",
  private: "lock",
};
const visibilityLabels: Record<LiveVideo["visibility"], string> = {
  public: "Public",
  unlisted: "Unlisted",
  private: "Private",
};

function StateCell(props: { video: LiveVideo }) {
  const state = () => props.video.state;
  return (
    <div class="studio-state">
      <span class={`badge badge-${videoStateTones[state()]}`}>{videoStateLabels[state()]}</span>
      <Show when={isUnderWay(state()) && state() !== "queued"}>
        <ProgressBar
          label={`${props.video.title}: ${videoStateLabels[state()]}`}
          progress={props.video.progress}
        />
        <span class="studio-step numeric">
          {formatPercent(props.video.progress)}
          {props.video.step && ` · ${props.video.step}`}
        </span>
      </Show>
      <Show when={state() === "failed"}>
        <span class="studio-step">{toProblemOfCode(props.video.error?.code).text}</span>
      </Show>
    </div>
  );
}

/** One video of one's own: where it stands, and what can be done. */
export function StudioRow(props: { video: LiveVideo; onAction: (action: StudioAction) => void }) {
  const href = () => `/studio/${props.video.id}`;
  const problem = () =>
    props.video.state === "failed" ? toProblemOfCode(props.video.error?.code) : undefined;
  const isActive = () => ["uploading", "queued", "encoding"].includes(props.video.state);
  return (
    <li class="studio-row">
      <A class="studio-picture" href={href()} tabindex="-1" aria-hidden="true">
        <Poster posterUrl={props.video.posterUrl} handle={props.video.channel.handle} />
        <Show when={props.video.durationSeconds > 0}>
          <span class="video-card-mark numeric">{formatDuration(props.video.durationSeconds)}</span>
        </Show>
      </A>
      <div class="studio-words">
        <h2 class="studio-title">
          <A href={href()}>{props.video.title}</A>
        </h2>
        <p class="studio-facts">
          <span class="studio-visibility">
            <Icon name={visibilityIcons[props.video.visibility]} />
            {visibilityLabels[props.video.visibility]}
          </span>
          <span>{formatAge(props.video.createdAt)}</span>
          <Show when={isWatchable(props.video.state)}>
            <span>{formatViews(props.video.viewCount)}</span>
          </Show>
          <Show when={props.video.sizeBytes > 0}>
            <span>{formatBytes(props.video.sizeBytes)}</span>
          </Show>
        </p>
      </div>
      <StateCell video={props.video} />
      <div class="studio-actions">
        <Show when={isWatchable(props.video.state)}>
          <A
            class="button button-small button-icon"
            href={`/watch/${props.video.id}`}
            aria-label={`Watch ${props.video.title}`}
          >
            <Icon name="play" filled />
          </A>
        </Show>
        <Show when={problem()?.canRetry}>
          <button type="button" class="button button-small" onClick={() => props.onAction("retry")}>
            <Icon name="refresh" />
            Try again
          </button>
        </Show>
        <Menu
          label={`More for ${props.video.title}`}
          triggerClass="button button-small button-icon button-quiet"
          trigger={<Icon name="more" />}
        >
          <MenuLink icon="pencil" href={href()}>
            Edit
          </MenuLink>
          <MenuAction icon="share" onSelect={() => props.onAction("share")}>
            Copy the link
          </MenuAction>
          <Show when={props.video.state === "failed"}>
            <MenuAction icon="refresh" onSelect={() => props.onAction("retry")}>
              Encode again
            </MenuAction>
          </Show>
          <Show when={isActive()}>
            <MenuAction icon="close" onSelect={() => props.onAction("cancel")}>
              {props.video.state === "uploading" ? "Stop the upload" : "Stop encoding"}
            </MenuAction>
          </Show>
          <MenuLine />
          <MenuAction icon="trash" isDanger onSelect={() => props.onAction("remove")}>
            Delete
          </MenuAction>
        </Menu>
      </div>
    </li>
  );
}

import { A } from "@solidjs/router";
import { Show } from "solid-js";
import type { OwnStream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { formatAge } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/icon.tsx";
import { Menu, MenuAction, MenuLine, MenuLink } from "../../ui/menu.tsx";
import { formatStart, formatViewers } from "../live-format.ts";
import { LivePicture } from "../live-lists/live-picture.tsx";
import { isAnnounced, streamStateLabels, streamStateTones } from "./studio-texts.ts";

const visibilityIcons: Record<OwnStream["visibility"], IconName> = {
  public: "globe",
  unlisted: "link",
  private: "lock",
};
const visibilityLabels: Record<OwnStream["visibility"], string> = {
  public: "Public",
  unlisted: "Unlisted",
  private: "Private",
};

/** One stream of one's own: how it stands, and the way to its studio. */
export function OwnStreamRow(props: { stream: OwnStream; onCopy: () => void; onRemove: () => void }) {
  const href = () => `/studio/live/${props.stream.id}`;
  const isRunning = () => isOnAir(props.stream.state);
  return (
    <li class="studio-row">
      <A class="studio-picture" href={href()} tabindex="-1" aria-hidden="true">
        <LivePicture stream={props.stream} />
      </A>
      <div class="studio-words">
        <h2 class="studio-title">
          <A href={href()}>{props.stream.title}</A>
        </h2>
        <p class="studio-facts">
          <span class="studio-visibility">
            <Icon name={visibilityIcons[props.stream.visibility]} />
            {visibilityLabels[props.stream.visibility]}
          </span>
          <span>{props.stream.mode === "realtime" ? "Low latency" : "Crowd"}</span>
          <span>made {formatAge(props.stream.createdAt)}</span>
        </p>
      </div>
      <div class="studio-state">
        <span class={`badge badge-${streamStateTones[props.stream.state]}`}>
          {streamStateLabels[props.stream.state]}
        </span>
        <Show when={isRunning()}>
          <span class="studio-step">{formatViewers(props.stream.viewerCount)}</span>
        </Show>
        <Show when={isAnnounced(props.stream, Date.now()) && props.stream.scheduledAt}>
          {(at) => <span class="studio-step">{formatStart(at())}</span>}
        </Show>
      </div>
      <div class="studio-actions">
        <A class="button button-small" href={href()}>
          <Icon name="live" />
          {isRunning() ? "Open" : "Go live"}
        </A>
        <Menu
          label={`More for ${props.stream.title}`}
          triggerClass="button button-small button-icon button-quiet"
          trigger={<Icon name="more" />}
        >
          <MenuLink icon="live" href={href()}>
            {isRunning() ? "Open" : "Go live"}
          </MenuLink>
          <MenuLink icon="external" href={`/live/${props.stream.id}`}>
            Viewers' page
          </MenuLink>
          <MenuAction icon="share" onSelect={() => props.onCopy()}>
            Copy the link
          </MenuAction>
          <Show when={props.stream.lastVideoId}>
            {(id) => (
              <MenuLink icon="film" href={`/watch/${id()}`}>
                Last recording
              </MenuLink>
            )}
          </Show>
          <MenuLine />
          <MenuAction icon="trash" isDanger onSelect={() => props.onRemove()}>
            Delete
          </MenuAction>
        </Menu>
      </div>
    </li>
  );
}

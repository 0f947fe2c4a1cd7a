import { type JSX, Show } from "solid-js";
import "../../playback/media-chrome.ts";
import type { LivePlayback } from "./live-playback.store.ts";
import { toBehindWords } from "./live-words.rules.ts";

/** The bars of the live player: as the recorded one's, with live in the place of the length. */
export function LiveControls(props: {
  readonly playback: LivePlayback;
  readonly canRewind: boolean;
  readonly isTheatre: boolean;
  readonly menu: JSX.Element;
  toggleTheatre(): void;
}): JSX.Element {
  const { state } = props.playback;
  return (
    <>
      {props.menu}
      <Show when={props.canRewind}>
        <media-time-range class="player-seek" data-testid="seek-bar">
          <media-preview-time-display slot="preview" />
        </media-time-range>
      </Show>
      <media-control-bar class="player-bar">
        <media-play-button data-testid="play-button" />
        <media-mute-button />
        <media-volume-range class="player-volume" />
        <Show
          when={!state.isFollowing || state.isPaused}
          fallback={
            <span class="live-mark" data-testid="live-mark">
              Live
            </span>
          }
        >
          <button
            type="button"
            class="player-chip live-jump"
            data-testid="jump-to-live"
            onClick={() => props.playback.goLive()}
          >
            Jump to live
          </button>
        </Show>
        <span class="player-time live-behind" data-testid="latency">
          {toBehindWords(state.behindSeconds)}
        </span>
        <span class="player-spacer" />
        <media-settings-menu-button data-testid="settings-button" />
        <media-pip-button class="player-wide-only" />
        <button
          type="button"
          class="player-button player-wide-only"
          aria-label="Theatre mode"
          aria-pressed={props.isTheatre}
          title="Theatre mode (t)"
          data-testid="theatre-button"
          onClick={() => props.toggleTheatre()}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M3 6h18v12H3V6Zm2 2v8h14V8H5Z" />
          </svg>
        </button>
        <media-fullscreen-button data-testid="fullscreen-button" />
      </media-control-bar>
    </>
  );
}

import { createSignal, type JSX, onCleanup, Show } from "solid-js";
import { formatClock } from "./format.ts";
import "./media-chrome.ts";
import type { Playback } from "./playback.store.ts";

/** The bars of the player; media-chrome's elements speak with the media by themselves, the rest asks upwards. */
export function PlayerControls(props: {
  readonly playback: Playback;
  readonly video: HTMLVideoElement;
  readonly hasCaptions: boolean;
  readonly areCaptionsShown: boolean;
  readonly isTheatre: boolean;
  readonly hasTheatre: boolean;
  readonly menu: JSX.Element;
  toggleCaptions(): void;
  toggleTheatre(): void;
}): JSX.Element {
  const state = props.playback.state;
  return (
    <>
      {props.menu}
      <media-time-range class="player-seek" data-testid="seek-bar">
        <media-preview-thumbnail slot="preview" />
        <media-preview-time-display slot="preview" />
      </media-time-range>
      <media-control-bar class="player-bar">
        <media-play-button data-testid="play-button" />
        <media-mute-button />
        <media-volume-range class="player-volume" />
        <PlayTime video={props.video} />
        <span class="player-spacer" />
        <Show when={state.peerCount > 0}>
          <SharingHint peerCount={state.peerCount} />
        </Show>
        <Show when={props.hasCaptions}>
          <button
            type="button"
            class="player-button"
            aria-label="Captions"
            aria-pressed={props.areCaptionsShown}
            title="Captions (c)"
            data-testid="captions-button"
            onClick={() => props.toggleCaptions()}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M4 5h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Zm2.5 8.5c0 1.4 1 2.3 2.4 2.3 1 0 1.8-.5 2.1-1.4l-1.2-.5c-.1.4-.4.6-.8.6-.6 0-1-.5-1-1.2v-.6c0-.7.4-1.2 1-1.2.4 0 .7.2.8.6l1.2-.5c-.3-.9-1.1-1.4-2.1-1.4-1.4 0-2.4.9-2.4 2.3v1Zm6.5 0c0 1.4 1 2.3 2.4 2.3 1 0 1.8-.5 2.1-1.4l-1.2-.5c-.1.4-.4.6-.8.6-.6 0-1-.5-1-1.2v-.6c0-.7.4-1.2 1-1.2.4 0 .7.2.8.6l1.2-.5c-.3-.9-1.1-1.4-2.1-1.4-1.4 0-2.4.9-2.4 2.3v1Z" />
            </svg>
          </button>
        </Show>
        <media-settings-menu-button data-testid="settings-button" />
        <media-pip-button class="player-wide-only" />
        <Show when={props.hasTheatre}>
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
        </Show>
        <media-fullscreen-button data-testid="fullscreen-button" />
      </media-control-bar>
    </>
  );
}

/** Where it is, and how long it is; media-chrome's has a name that its text is not part of (WCAG 2.5.3). */
function PlayTime(props: { readonly video: HTMLVideoElement }): JSX.Element {
  const [text, setText] = createSignal("");
  const closed = new AbortController();
  const update = () => {
    const { currentTime, duration } = props.video;
    setText(`${formatClock(currentTime)} / ${formatClock(Number.isFinite(duration) ? duration : 0)}`);
  };
  update();
  for (const event of ["timeupdate", "durationchange", "seeking", "emptied"]) {
    props.video.addEventListener(event, update, { signal: closed.signal });
  }
  onCleanup(() => closed.abort());
  return (
    <span class="player-time" data-testid="time-display">
      {text()}
    </span>
  );
}

/** Always in sight while the controls are: you are not alone, and that helps. */
function SharingHint(props: { readonly peerCount: number }): JSX.Element {
  const words = () =>
    props.peerCount === 1 ? "1 viewer is sharing" : `${props.peerCount} viewers are sharing`;
  return (
    <span class="player-sharing" role="status" data-testid="sharing-hint" title={words()}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 4a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM5.5 15a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Zm13 0a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM10.5 9.8l1.7.9-3 5.2-1.7-.9 3-5.2Zm3 0 3 5.2-1.7.9-3-5.2 1.7-.9Z" />
      </svg>
      <span class="player-sharing-words">{words()}</span>
    </span>
  );
}

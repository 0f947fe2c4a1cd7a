import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  type JSX,
  on,
  onCleanup,
  onMount,
  Show,
} from "solid-js";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { Stream } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import { type PlayerAction, toPlayerAction } from "../../playback/keyboard.rules.ts";
import { toKeyPress } from "../../playback/player-actions.ts";
import { ConsentPanel, HelpDialog } from "../../playback/player-panels.tsx";
import { preferences, rememberPreferences } from "../../playback/preferences.store.ts";
import { listenForDoubleTaps } from "../../playback/touch.ts";
import { liveShortcutHelp, performLiveAction } from "./live-actions.ts";
import { LiveControls } from "./live-controls.tsx";
import type { LiveMedia } from "./live-media.ts";
import "./live-media.ts";
import { EndedPanel, SlatePanel } from "./live-panels.tsx";
import { type LivePlayback, openLivePlayback } from "./live-playback.store.ts";
import { LiveSettingsMenu } from "./live-settings.tsx";
import { LiveStatsOverlay } from "./live-stats.tsx";
import { type LiveScene, toScene } from "./live-way.rules.ts";
import "../../playback/player.css";

/** What the page knows of the stream; the newest news count. */
export interface LivePlayerProps {
  readonly stream: Stream;
  readonly grantVersion: number | undefined;
  /** Asked for before the player was there. */
  readonly grant?: Promise<LivePlaybackGrant>;
  readonly isTheatre: boolean;
  onTheatreChange(isTheatre: boolean): void;
  /** There is no such stream for this viewer any more. */
  onGone(): void;
}

/** A picture that stands in for the first frame must not delay it. */
const posterAfterMs = 600;

/** The live player: one stage for both ways, with slate and end; everything that it opens is closed with the component. */
export function LivePlayer(props: LivePlayerProps): JSX.Element {
  const frameId = createUniqueId();
  const [playback, setPlayback] = createSignal<LivePlayback>();
  const [isStatsOpen, setStatsOpen] = createSignal(false);
  const [isHelpOpen, setHelpOpen] = createSignal(false);
  const [isPosterDue, setPosterDue] = createSignal(false);
  const closed = new AbortController();
  const { signal } = closed;
  let frame: HTMLDivElement | undefined;
  let media: LiveMedia | undefined;

  onMount(() => {
    if (!media || !frame) throw new Error("the live player has no element to play in");
    const element = media;
    element.volume = preferences.volume;
    element.muted = preferences.isMuted;
    // silence that the browser wanted is not the viewer's
    const rememberSound = () => {
      if (!state()?.isSilenced) rememberPreferences({ volume: element.volume, isMuted: element.muted });
    };
    element.addEventListener("volumechange", rememberSound, { signal });
    listenForDoubleTaps(frame, (seconds) => act({ name: "seekBy", seconds }), signal);
    document.addEventListener("keydown", onKeyDown, { signal });
    const grant = props.grant && { grant: props.grant };
    setPlayback(openLivePlayback({ media, streamId: props.stream.id, ...grant }));
    const timer = window.setTimeout(() => setPosterDue(true), posterAfterMs);
    signal.addEventListener("abort", () => window.clearTimeout(timer));
  });
  onCleanup(() => {
    closed.abort();
    playback()?.close();
  });

  const state = () => playback()?.state;
  const [hasBeenOnAir, setBeenOnAir] = createSignal(false);
  const scene = createMemo<LiveScene>(() =>
    toScene({
      state: props.stream.state,
      hasBeenOnAir: hasBeenOnAir(),
      way: state()?.way,
      isMoving: state()?.phase === "playing",
      isPaused: state()?.isPaused ?? false,
    }),
  );
  createEffect(() => {
    if (isOnAir(props.stream.state)) setBeenOnAir(true);
  });
  createEffect(() => {
    const { grantVersion } = props;
    const { state: streamState, broadcastId } = props.stream;
    if (grantVersion !== undefined) playback()?.hear({ state: streamState, grantVersion, broadcastId });
  });
  createEffect(
    on(scene, (now) => {
      if (now === "ended") playback()?.stop();
    }),
  );
  createEffect(() => {
    if (state()?.phase === "gone") props.onGone();
  });

  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    const action = toPlayerAction(toKeyPress(event));
    if (!action || (action.name === "closeOverlays" && !isStatsOpen())) return;
    if (act(action)) event.preventDefault();
  }

  function act(action: PlayerAction): boolean {
    const owner = playback();
    if (!media || !frame || !owner) return false;
    return performLiveAction(action, {
      playback: owner,
      media,
      frame,
      toggleTheatre: () => props.onTheatreChange(!props.isTheatre),
      toggleStats: () => setStatsOpen((isOpen) => !isOpen),
      toggleHelp: () => setHelpOpen((isOpen) => !isOpen),
      closeOverlays: () => setStatsOpen(false),
    });
  }

  const stage = () => {
    const owner = playback();
    return owner && media && { playback: owner, media };
  };
  const isStarting = () => state()?.phase === "starting";
  const poster = () => isStarting() && isPosterDue() && props.stream.thumbnailUrl;

  return (
    <div
      ref={frame}
      id={frameId}
      class="player live-player"
      classList={{ "is-theatre": props.isTheatre }}
      data-phase={state()?.phase ?? "starting"}
      data-scene={scene()}
      data-way={state()?.way}
      data-following={state()?.isFollowing}
      data-testid="player"
    >
      <media-controller
        class="player-controller"
        attr:aria-label={`Live player: ${props.stream.title}`}
        attr:fullscreenelement={frameId}
        breakpoints="sm:420 md:720"
        nohotkeys
        novolumepref
        nomutedpref
        nosubtitleslangpref
      >
        <live-media ref={media} slot="media" />
        <Show when={poster()}>{(url) => <media-poster-image slot="poster" src={url()} />}</Show>
        <Show when={scene() === "on_air"}>
          <media-loading-indicator slot="centered-chrome" noautohide />
        </Show>
        <Show when={state()?.isPaused}>
          <media-play-button slot="centered-chrome" class="player-big-play" notooltip />
        </Show>
        <Show when={scene() === "on_air" && stage()}>
          {(owner) => (
            <LiveControls
              playback={owner().playback}
              canRewind={(state()?.grant?.hlsUrl ?? null) !== null}
              isTheatre={props.isTheatre}
              toggleTheatre={() => act({ name: "toggleTheatre" })}
              menu={
                <LiveSettingsMenu
                  playback={owner().playback}
                  isStatsOpen={isStatsOpen()}
                  setStatsOpen={setStatsOpen}
                />
              }
            />
          )}
        </Show>
      </media-controller>

      <Show when={scene() === "slate"}>
        <SlatePanel seed={props.stream.id} reconnectUntil={props.stream.reconnectUntil} />
      </Show>
      <Show when={scene() === "ended"}>
        <EndedPanel
          seed={props.stream.id}
          handle={props.stream.channel.handle}
          isClosing={props.stream.state === "ending"}
          recordingId={props.stream.state === "idle" ? (props.stream.lastVideoId ?? undefined) : undefined}
        />
      </Show>
      <Show when={stage()}>
        {(owner) => (
          <>
            <Show when={isStatsOpen()}>
              <LiveStatsOverlay
                playback={owner().playback}
                media={owner().media}
                streamId={props.stream.id}
                close={() => setStatsOpen(false)}
              />
            </Show>
            <Show when={state()?.sharing.name === "asking" && state()?.way === "hls" && scene() === "on_air"}>
              <ConsentPanel answer={owner().playback.answerSharing} />
            </Show>
            <Show when={state()?.isSilenced && scene() === "on_air"}>
              <button
                type="button"
                class="player-chip is-primary live-sound"
                data-testid="turn-sound-on"
                onClick={() => owner().playback.turnSoundOn()}
              >
                Turn the sound on
              </button>
            </Show>
          </>
        )}
      </Show>
      <Show when={state()?.phase === "unsupported"}>
        <div class="player-failure" role="alert" data-testid="player-failure">
          <p>Your browser can play neither this format nor anything that we could offer instead.</p>
        </div>
      </Show>
      <p class="visually-hidden" role="status" data-testid="live-status">
        {toSpokenScene(scene(), state()?.isFollowing ?? true)}
      </p>
      <Show when={isHelpOpen()}>
        <HelpDialog shortcuts={liveShortcutHelp} close={() => setHelpOpen(false)} />
      </Show>
    </div>
  );
}

/** Said when it changes. */
function toSpokenScene(scene: LiveScene, isFollowing: boolean): string {
  switch (scene) {
    case "on_air":
      return isFollowing ? "Live" : "You are watching from the past";
    case "slate":
      return "The streamer lost the connection. Back in a moment.";
    case "ended":
      return "The stream has ended";
    case "waiting":
      return "";
  }
}

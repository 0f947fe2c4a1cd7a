import {
  createEffect,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  onCleanup,
  onMount,
  Show,
} from "solid-js";
import { restoreCaptions, showCaptions, toCaptionTracks, toggleCaptions } from "./captions.ts";
import { type PlayerAction, toPlayerAction } from "./keyboard.rules.ts";
import { openPlayback, type Playback } from "./playback.store.ts";
import "./player.css";
import { performAction, playQuietly, toKeyPress } from "./player-actions.ts";
import { PlayerControls } from "./player-controls.tsx";
import { ConsentPanel, EndScreen, FailurePanel, HelpDialog, ResumedHint } from "./player-panels.tsx";
import { SettingsMenu } from "./settings-menu.tsx";
import { StatsOverlay } from "./stats-overlay.tsx";
import { listenForDoubleTaps } from "./touch.ts";
import { rememberProgress, rememberSettings } from "./viewing-memory.ts";

/** What a page says about the video that it wants played. A player lives as long as its `videoId`. */
export interface PlayerProps {
  readonly videoId: string;
  /** Said to assistive technology; the grant does not know it. */
  readonly title?: string;
  /** Shown until the grant brings a larger one. */
  readonly posterUrl?: string | null;
  /** Progress is saved for who is logged in. */
  readonly isLoggedIn?: boolean;
  /** On another site's page: no peers, no page shortcuts. */
  readonly isEmbedded?: boolean;
  readonly isTheatre?: boolean;
  /** Without it there is no theatre mode. */
  readonly onTheatreChange?: (isTheatre: boolean) => void;
  /** What the end screen offers beside "watch again". */
  readonly endScreen?: JSX.Element;
}

const resumedHintMs = 8_000;
/** A picture that stands in for the first frame must not delay it. */
const posterAfterMs = 600;

/** The player: controls, menus, shortcuts, overlays; everything that it opens is closed with the component. */
export function Player(props: PlayerProps): JSX.Element {
  const frameId = createUniqueId();
  const [playback, setPlayback] = createSignal<Playback>();
  const [rate, setRate] = createSignal(1);
  const [captionLanguage, setCaptionLanguage] = createSignal<string | null>(null);
  const [isStatsOpen, setStatsOpen] = createSignal(false);
  const [isHelpOpen, setHelpOpen] = createSignal(false);
  const [hasEnded, setEnded] = createSignal(false);
  const [isResumedHintDue, setResumedHintDue] = createSignal(true);
  const [isPosterDue, setPosterDue] = createSignal(false);
  const closed = new AbortController();
  const { signal } = closed;
  let frame: HTMLDivElement | undefined;
  let video: HTMLVideoElement | undefined;

  onMount(() => {
    if (!video || !frame) throw new Error("the player has no element to play in");
    const element = video;
    rememberSettings(element, signal);
    setRate(element.playbackRate);
    element.addEventListener("ratechange", () => setRate(element.playbackRate), { signal });
    element.addEventListener("ended", () => setEnded(true), { signal });
    element.addEventListener("playing", () => setEnded(false), { signal });
    element.addEventListener("seeking", () => setEnded(false), { signal });
    element.textTracks.addEventListener("change", readCaptions, { signal });
    element.textTracks.addEventListener("addtrack", () => restoreCaptions(element), { signal });
    listenForDoubleTaps(frame, (seconds) => act({ name: "seekBy", seconds }), signal);
    if (!props.isEmbedded) document.addEventListener("keydown", onKeyDown, { signal });
    if (props.isLoggedIn) rememberProgress(element, props.videoId, signal);

    setPlayback(
      openPlayback({ video: element, videoId: props.videoId, isEmbedded: props.isEmbedded ?? false }),
    );
    playQuietly(element);
    const timers = [
      window.setTimeout(() => setPosterDue(true), posterAfterMs),
      window.setTimeout(() => setResumedHintDue(false), resumedHintMs),
    ];
    signal.addEventListener("abort", () => {
      for (const timer of timers) window.clearTimeout(timer);
    });
  });
  onCleanup(() => {
    // progress is saved from the element before its media goes
    closed.abort();
    playback()?.close();
  });
  createEffect(() => {
    if (playback()?.state.phase.name === "failed") setStatsOpen(false);
  });

  function readCaptions(): void {
    const shown = video && toCaptionTracks(video).find(({ mode }) => mode === "showing");
    setCaptionLanguage(shown?.language ?? null);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    const action = toPlayerAction(toKeyPress(event));
    if (!action || (action.name === "closeOverlays" && !isStatsOpen())) return;
    event.preventDefault();
    act(action);
  }

  function act(action: PlayerAction): void {
    if (!video || !frame) return;
    const element = video;
    performAction(action, {
      video: element,
      frame,
      toggleCaptions: () => toggleCaptions(element),
      toggleTheatre: () => props.onTheatreChange?.(!props.isTheatre),
      toggleStats: () => setStatsOpen((isOpen) => !isOpen),
      toggleHelp: () => setHelpOpen((isOpen) => !isOpen),
      closeOverlays: () => setStatsOpen(false),
    });
  }

  function setPlaybackRate(next: number): void {
    if (video) video.playbackRate = next;
  }

  const stage = () => {
    const owner = playback();
    return owner && video && { playback: owner, video };
  };
  const grant = () => playback()?.state.grant;
  const isStarting = () => playback()?.state.phase.name === "starting";
  const failure = () => {
    const phase = playback()?.state.phase;
    return phase?.name === "failed" ? phase.failure : undefined;
  };

  return (
    <div
      ref={frame}
      id={frameId}
      class="player"
      classList={{ "is-theatre": props.isTheatre ?? false }}
      data-phase={playback()?.state.phase.name ?? "starting"}
      data-testid="player"
    >
      <media-controller
        class="player-controller"
        attr:aria-label={props.title ? `Player: ${props.title}` : "Player"}
        attr:fullscreenelement={frameId}
        breakpoints="sm:420 md:720"
        nohotkeys
        novolumepref
        nomutedpref
        nosubtitleslangpref
      >
        {/* biome-ignore lint/a11y/useMediaCaption: a video has the captions that its uploader gave it */}
        <video ref={video} slot="media" playsinline preload="auto" data-testid="player-video">
          <For each={grant()?.captions}>
            {({ language, label, url }) => (
              <track kind="subtitles" srclang={language} label={label} src={url} />
            )}
          </For>
          <Show when={!isStarting() && grant()?.storyboardVttUrl}>
            {(url) => <track kind="metadata" label="thumbnails" src={url()} default />}
          </Show>
        </video>
        <Show when={isStarting() && isPosterDue() && (grant()?.posterUrl ?? props.posterUrl)}>
          {(url) => <media-poster-image slot="poster" src={url()} />}
        </Show>
        <media-loading-indicator slot="centered-chrome" noautohide />
        <Show when={!hasEnded() && !failure()}>
          <media-play-button slot="centered-chrome" class="player-big-play" notooltip />
        </Show>
        <Show when={stage()}>
          {(owner) => (
            <PlayerControls
              playback={owner().playback}
              video={owner().video}
              hasCaptions={(grant()?.captions.length ?? 0) > 0}
              areCaptionsShown={captionLanguage() !== null}
              isTheatre={props.isTheatre ?? false}
              hasTheatre={props.onTheatreChange !== undefined}
              toggleCaptions={() => act({ name: "toggleCaptions" })}
              toggleTheatre={() => act({ name: "toggleTheatre" })}
              menu={
                <SettingsMenu
                  playback={owner().playback}
                  rate={rate()}
                  captionLanguage={captionLanguage()}
                  isStatsOpen={isStatsOpen()}
                  setRate={setPlaybackRate}
                  setCaptions={(language) => video && showCaptions(video, language)}
                  setStatsOpen={setStatsOpen}
                />
              }
            />
          )}
        </Show>
      </media-controller>

      <Show when={stage()}>
        {(owner) => (
          <>
            <Show when={isStatsOpen()}>
              <StatsOverlay
                playback={owner().playback}
                video={owner().video}
                videoId={props.videoId}
                close={() => setStatsOpen(false)}
              />
            </Show>
            <Show
              when={
                owner().playback.state.sharing.name === "asking" &&
                owner().playback.state.phase.name === "started"
              }
            >
              <ConsentPanel answer={owner().playback.answerSharing} />
            </Show>
            <Show when={isResumedHintDue() && !failure() && owner().playback.state.resumedAtSeconds}>
              {(seconds) => <ResumedHint seconds={seconds()} startOver={owner().playback.startOver} />}
            </Show>
            <Show when={hasEnded() && !failure()}>
              <EndScreen replay={() => act({ name: "togglePlay" })}>{props.endScreen}</EndScreen>
            </Show>
            <Show when={failure()}>
              {(reason) => <FailurePanel failure={reason()} retry={owner().playback.retry} />}
            </Show>
          </>
        )}
      </Show>
      <Show when={isHelpOpen()}>
        <HelpDialog close={() => setHelpOpen(false)} />
      </Show>
    </div>
  );
}

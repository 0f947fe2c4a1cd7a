import { createEffect, createSignal, For, Match, onCleanup, Show, Switch } from "solid-js";
import { formatDuration, formatSpokenDuration } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/icon.tsx";
import type { StageSource } from "../capture/capture.rules.ts";
import { listSources } from "../capture/open-media.ts";
import { formatViewers } from "../live-format.ts";
import type { Broadcast } from "./broadcast.store.ts";
import { qualityLabels, sourceHints, sourceLabels } from "./studio-texts.ts";
import "./stage.css";

export const sourceIcons: Record<StageSource, IconName> = {
  camera: "camera",
  screen: "screen",
  screen_with_camera: "screenCamera",
  sound: "sound",
};

/** A clock that ticks while it is looked at. */
export function createNow(): () => number {
  const [nowMs, setNowMs] = createSignal(Date.now());
  const timer = setInterval(() => setNowMs(Date.now()), 1000);
  onCleanup(() => clearInterval(timer));
  return nowMs;
}

/** How long it has been on air. */
export function AirTime(props: { startedAt: string | null }) {
  const now = createNow();
  const seconds = () => (props.startedAt ? Math.max(0, (now() - Date.parse(props.startedAt)) / 1000) : 0);
  return (
    <span class="numeric" data-testid="air-time">
      <span aria-hidden="true">{formatDuration(seconds())}</span>
      <span class="visually-hidden">{formatSpokenDuration(Math.floor(seconds() / 60) * 60)}</span>
    </span>
  );
}

function SourceTiles(props: { onChoose: (source: StageSource) => void }) {
  return (
    <div class="stage-empty">
      <p class="stage-question">What do you want to show?</p>
      <ul class="stage-tiles">
        <For each={listSources()}>
          {(source) => (
            <li>
              <button type="button" class="stage-tile" onClick={() => props.onChoose(source)}>
                <Icon name={sourceIcons[source]} />
                <span class="stage-tile-label">{sourceLabels[source]}</span>
                <span class="stage-tile-hint">{sourceHints[source]}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <p class="stage-promise">
        Your browser asks before anything opens. Nothing is sent before you go live.
      </p>
    </div>
  );
}

function Picture(props: { track: MediaStreamTrack | undefined }) {
  let video: HTMLVideoElement | undefined;
  createEffect(() => {
    const { track } = props;
    if (video) video.srcObject = track ? new MediaStream([track]) : null;
  });
  return (
    <video
      ref={video}
      class="stage-picture"
      muted
      autoplay
      playsinline
      aria-label="What viewers see"
      data-testid="stage-picture"
    />
  );
}

/** What viewers wait for while the line is away, in front of the picture. */
function AwaySlate(props: { broadcast: Broadcast }) {
  const now = createNow();
  const leftSeconds = () => {
    const { silentSinceMs } = props.broadcast.life();
    const windowSeconds = props.broadcast.own.stream.value()?.reconnectWindowSeconds ?? 0;
    return silentSinceMs === null ? 0 : Math.max(0, windowSeconds - (now() - silentSinceMs) / 1000);
  };
  return (
    <div class="stage-slate" role="status">
      <span class="spinner" />
      <p class="stage-slate-title">Connection lost. Reconnecting…</p>
      <p>
        Your stream is kept
        <Show when={leftSeconds() > 0}>
          {" for "}
          <span class="numeric" aria-hidden="true">
            {formatDuration(leftSeconds())}
          </span>
          <span class="visually-hidden">a while</span>
        </Show>
        . Viewers see a notice and stay.
      </p>
    </div>
  );
}

/** The picture in the middle of the studio, with what must be seen at a glance. */
export function StageView(props: { broadcast: Broadcast }) {
  const { stage, life, own } = props.broadcast;
  const isAway = () => ["wavering", "restarting", "rejoining", "waiting"].includes(life().state);
  const quality = () => props.broadcast.quality().word;
  return (
    <div class="stage" data-life={life().state} data-phase={stage.phase()}>
      <Switch>
        <Match when={stage.phase() === "empty"}>
          <SourceTiles onChoose={(source) => void stage.setSource(source)} />
        </Match>
        <Match when={stage.phase() === "opening"}>
          <div class="stage-slate" role="status">
            <span class="spinner" />
            <p>Your browser may ask for permission now.</p>
          </div>
        </Match>
        <Match when={stage.picture()}>{(track) => <Picture track={track()} />}</Match>
      </Switch>
      <Show when={isAway()}>
        <AwaySlate broadcast={props.broadcast} />
      </Show>
      <Show when={stage.phase() === "open"}>
        <div class="stage-marks">
          <Show when={props.broadcast.sending()} fallback={<span class="stage-mark">Preview</span>}>
            <span class="stage-mark stage-mark-live">
              <Icon name="live" />
              <Show when={life().state !== "connecting"} fallback="Connecting…">
                On air <AirTime startedAt={own.stream.value()?.startedAt ?? null} />
              </Show>
            </span>
            <span class="stage-mark">
              <Icon name="eye" />
              {formatViewers(own.stream.value()?.viewerCount ?? 0)}
            </span>
            <span class={`stage-mark stage-mark-${quality()}`}>
              <span class="stage-dot" />
              <span class="visually-hidden">Connection: </span>
              {qualityLabels[quality()]}
            </span>
          </Show>
        </div>
      </Show>
    </div>
  );
}

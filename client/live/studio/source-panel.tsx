import { createUniqueId, For, Show } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { type Choice, Select } from "../../ui/select.tsx";
import {
  cameraSizes,
  corners,
  frameRates,
  noDevice,
  pictureHeights,
  type StageChoice,
  usesCamera,
} from "../capture/capture.rules.ts";
import { type CaptureProblem, toCaptureWords } from "../capture/capture-problem.ts";
import { createDevices, type Device } from "../capture/devices.ts";
import { listSources } from "../capture/open-media.ts";
import type { SoundInput } from "../capture/sound-mixer.ts";
import { isWorthRetrying } from "../capture/stage.rules.ts";
import type { Stage } from "../capture/stage.ts";
import { SoundMeter } from "./sound-meter.tsx";
import { sourceIcons } from "./stage-view.tsx";
import {
  cameraSizeLabels,
  cornerLabels,
  frameRateLabels,
  heightLabels,
  sourceLabels,
} from "./studio-texts.ts";
import "./source-panel.css";

function toChoices<Value extends string>(values: readonly Value[], labels: Record<Value, string>) {
  return values.map((value) => ({ value, label: labels[value] }));
}

/** The devices, the browser's own choice first; a device that is chosen but away keeps its place. */
function toDeviceChoices(devices: readonly Device[], chosenId: string, own: string): Choice<string>[] {
  const isKnown = chosenId === "" || chosenId === noDevice || devices.some(({ id }) => id === chosenId);
  return [
    { value: "", label: own },
    ...devices.filter(({ id }) => id !== "default").map(({ id, label }) => ({ value: id, label })),
    ...(isKnown ? [] : [{ value: chosenId, label: "Not plugged in" }]),
  ];
}

function SourceChoice(props: { stage: Stage }) {
  const name = createUniqueId();
  return (
    <fieldset class="sources">
      <legend class="field-label">What viewers see</legend>
      <For each={listSources()}>
        {(source) => (
          <label class="source">
            <input
              type="radio"
              name={name}
              checked={props.stage.choice().source === source}
              onChange={() => void props.stage.setSource(source)}
            />
            <Icon name={sourceIcons[source]} />
            <span>{sourceLabels[source]}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

/** What is wrong with a device, with a way on. */
export function CaptureNotice(props: { stage: Stage; problem: CaptureProblem }) {
  const words = () => toCaptureWords(props.problem);
  const isScreen = () => props.problem.kind === "screen";
  return (
    <div class="problem" role="alert">
      <Icon name="alert" />
      <div>
        <p class="problem-title">{words().title}</p>
        <p class="problem-text">{words().text}</p>
        <div class="button-row">
          <Show when={props.problem.code !== "insecure" && props.problem.code !== "no_screen"}>
            <button
              type="button"
              class="button button-small button-line"
              onClick={() => void props.stage.retry(props.problem.kind)}
            >
              <Icon name="refresh" />
              {isScreen() ? "Choose a screen" : "Try again"}
            </button>
          </Show>
          <Show when={isScreen() && props.stage.choice().source !== "camera"}>
            <button
              type="button"
              class="button button-small button-line"
              onClick={() => void props.stage.setSource("camera")}
            >
              Show the camera
            </button>
          </Show>
          <Show when={props.problem.kind === "microphone"}>
            <button
              type="button"
              class="button button-small button-line"
              onClick={() => void props.stage.choose({ microphoneId: noDevice })}
            >
              Go on without
            </button>
          </Show>
        </div>
      </div>
    </div>
  );
}

function VolumeRow(props: { stage: Stage; input: SoundInput; label: string }) {
  const id = createUniqueId();
  return (
    <div class="volume">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <SoundMeter stage={props.stage} input={props.input} />
      <input
        id={id}
        class="volume-slider"
        type="range"
        min="0"
        max="150"
        step="5"
        value={Math.round(props.stage.volumes()[props.input] * 100)}
        aria-valuetext={`${Math.round(props.stage.volumes()[props.input] * 100)} percent`}
        onInput={(event) => props.stage.setVolume(props.input, event.currentTarget.valueAsNumber / 100)}
      />
      <label class="tick">
        <input
          type="checkbox"
          class="choice-input"
          checked={props.stage.muted()[props.input]}
          onChange={(event) => props.stage.setMuted(props.input, event.currentTarget.checked)}
        />
        Mute<span class="visually-hidden">: {props.label}</span>
      </label>
    </div>
  );
}

/** Sources, devices, quality and sound; all of it can be changed on air. */
export function SourcePanel(props: { stage: Stage }) {
  const { stage } = props;
  const problems = () => Object.values(stage.problems());
  const { devices, refresh } = createDevices((list) => {
    // what was unplugged is taken again when it is back
    for (const problem of problems()) {
      const isThere = problem.kind === "camera" ? list.cameras.length > 0 : list.microphones.length > 0;
      if (problem.kind !== "screen" && isThere && isWorthRetrying(problem)) void stage.retry(problem.kind);
    }
  });
  const change = (changes: Partial<StageChoice>) => void stage.choose(changes).then(refresh);
  return (
    <section class="card source-panel" aria-labelledby="source-panel-title">
      <h2 id="source-panel-title" class="panel-title">
        Picture and sound
      </h2>
      <For each={problems()}>{(problem) => <CaptureNotice stage={stage} problem={problem} />}</For>
      <SourceChoice stage={stage} />
      <div class="field-pair">
        <Show when={usesCamera(stage.choice().source)}>
          <Select
            label="Camera"
            choices={toDeviceChoices(devices().cameras, stage.choice().cameraId, "The usual camera")}
            value={stage.choice().cameraId}
            onChange={(cameraId) => change({ cameraId })}
          />
        </Show>
        <Select
          label="Microphone"
          choices={[
            ...toDeviceChoices(devices().microphones, stage.choice().microphoneId, "The usual microphone"),
            { value: noDevice, label: "No microphone" },
          ]}
          value={stage.choice().microphoneId}
          onChange={(microphoneId) => change({ microphoneId })}
        />
        <Select
          label="Quality"
          choices={toChoices(pictureHeights, heightLabels)}
          value={stage.choice().height}
          onChange={(height) => change({ height })}
        />
        <Select
          label="Smoothness"
          choices={toChoices(frameRates, frameRateLabels)}
          value={stage.choice().frameRate}
          onChange={(frameRate) => change({ frameRate })}
        />
        <Show when={stage.choice().source === "screen_with_camera"}>
          <Select
            label="Corner of the camera"
            choices={toChoices(corners, cornerLabels)}
            value={stage.choice().corner}
            onChange={(corner) => change({ corner })}
          />
          <Select
            label="Size of the camera"
            choices={toChoices(cameraSizes, cameraSizeLabels)}
            value={stage.choice().cameraSize}
            onChange={(cameraSize) => change({ cameraSize })}
          />
        </Show>
      </div>
      <Show when={stage.open().hasMicrophone}>
        <VolumeRow stage={stage} input="microphone" label="Microphone" />
      </Show>
      <Show when={stage.open().hasScreenSound}>
        <VolumeRow stage={stage} input="screen" label="Sound of the screen" />
      </Show>
      <Show when={stage.choice().microphoneId !== noDevice}>
        <label class="tick">
          <input
            type="checkbox"
            class="choice-input"
            checked={stage.choice().isVoiceCleaned}
            onChange={(event) => change({ isVoiceCleaned: event.currentTarget.checked })}
          />
          Take noise and echo out of my voice (switch off for music)
        </label>
      </Show>
    </section>
  );
}

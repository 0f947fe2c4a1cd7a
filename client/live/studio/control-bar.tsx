import { createSignal, Show } from "solid-js";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toast.tsx";
import { noDevice, usesScreen } from "../capture/capture.rules.ts";
import { canShareScreen } from "../capture/open-media.ts";
import type { Broadcast } from "./broadcast.store.ts";
import { SoundMeter } from "./sound-meter.tsx";

function MicrophoneButton(props: { broadcast: Broadcast }) {
  const { stage } = props.broadcast;
  const isMuted = () => stage.muted().microphone;
  return (
    <div class="control-sound">
      <button
        type="button"
        class="button button-icon control"
        classList={{ "control-off": isMuted() }}
        aria-pressed={isMuted()}
        aria-label="Mute the microphone"
        title={isMuted() ? "Unmute the microphone" : "Mute the microphone"}
        onClick={() => stage.setMuted("microphone", !isMuted())}
      >
        <Icon name={isMuted() ? "microphoneOff" : "microphone"} />
      </button>
      <SoundMeter stage={stage} input="microphone" />
    </div>
  );
}

function PictureButtons(props: { broadcast: Broadcast }) {
  const { stage } = props.broadcast;
  const isSharing = () => stage.open().hasScreen;
  const toggleScreen = () => {
    if (isSharing()) return void stage.setSource("camera");
    const { source } = stage.choice();
    void (usesScreen(source) ? stage.retry("screen") : stage.setSource("screen"));
  };
  return (
    <>
      <button
        type="button"
        class="button button-icon control"
        classList={{ "control-off": stage.isHidden() }}
        aria-pressed={stage.isHidden()}
        aria-label="Hide the picture"
        title={
          stage.isHidden() ? "Show the picture again" : "Hide the picture: viewers see a card with the title"
        }
        onClick={() => stage.setHidden(!stage.isHidden())}
      >
        <Icon name={stage.isHidden() ? "cameraOff" : "camera"} />
      </button>
      <Show when={canShareScreen()}>
        <button
          type="button"
          class="button button-icon control"
          classList={{ "control-on": isSharing() }}
          aria-pressed={isSharing()}
          aria-label="Share the screen"
          title={isSharing() ? "Stop sharing the screen" : "Share the screen"}
          onClick={toggleScreen}
        >
          <Icon name="screen" />
        </button>
      </Show>
    </>
  );
}

function EndButton(props: { broadcast: Broadcast }) {
  const [isAsking, setIsAsking] = createSignal(false);
  const isRecorded = () => props.broadcast.own.stream.value()?.isRecorded ?? true;
  return (
    <>
      <button type="button" class="button control-end" onClick={() => setIsAsking(true)}>
        End
      </button>
      <ConfirmDialog
        title="End the broadcast?"
        text={
          isRecorded()
            ? "Viewers are told that it is over. The recording is ready to watch a moment later."
            : "Viewers are told that it is over. It is not recorded: nothing of it stays."
        }
        action="End it"
        isOpen={isAsking()}
        onClose={() => setIsAsking(false)}
        onConfirm={() => props.broadcast.end()}
      />
    </>
  );
}

/** What is at hand while one shows something. */
export function ControlBar(props: { broadcast: Broadcast }) {
  const { stage, life } = props.broadcast;
  const goLive = () => {
    if (stage.isReady()) return props.broadcast.go();
    showToast("Choose what to show first.", "note");
  };
  return (
    <fieldset class="control-bar">
      <legend class="visually-hidden">Controls</legend>
      <Show when={stage.phase() === "open"}>
        <div class="control-group">
          <Show when={stage.choice().microphoneId !== noDevice}>
            <MicrophoneButton broadcast={props.broadcast} />
          </Show>
          <PictureButtons broadcast={props.broadcast} />
        </div>
      </Show>
      <div class="control-main">
        <Show
          when={props.broadcast.sending()}
          fallback={
            <Show when={stage.phase() === "open"}>
              <button
                type="button"
                class="button button-live"
                aria-disabled={!stage.isReady()}
                onClick={goLive}
                data-testid="go-live"
              >
                <Icon name="live" />
                Go live
              </button>
            </Show>
          }
        >
          <EndButton broadcast={props.broadcast} />
        </Show>
      </div>
      <p class="visually-hidden" role="status">
        {life().state === "on_air" ? "You are on air." : ""}
      </p>
    </fieldset>
  );
}

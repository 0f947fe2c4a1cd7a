import { createSignal, Show } from "solid-js";
import type { OwnStream } from "#common/live/stream.ts";
import { api } from "../../app/api.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { CopyField } from "./copy-field.tsx";
import { findFreshKey, keepFreshKey } from "./fresh-keys.ts";

function StreamKey(props: { stream: OwnStream; onRolled: (keyHint: string) => void }) {
  const [key, setKey] = createSignal(findFreshKey(props.stream.id));
  const [isAsking, setIsAsking] = createSignal(false);
  const roll = async () => {
    const { streamKey } = await api.streams.rollKey.mutate({ id: props.stream.id });
    keepFreshKey(props.stream.id, streamKey);
    setKey(streamKey);
    props.onRolled(streamKey.slice(-4));
  };
  return (
    <>
      <Show
        when={key()}
        fallback={
          <p>
            Your key ends in <code>{props.stream.keyHint}</code>. It was shown once, when it was made, and
            cannot be shown again.
          </p>
        }
      >
        {(fresh) => (
          <CopyField
            label="Stream key"
            value={fresh()}
            done="The key is in your clipboard."
            hint="Copy it now: it is shown once. Whoever has it can send in your name."
          />
        )}
      </Show>
      <div>
        <button type="button" class="button button-small" onClick={() => setIsAsking(true)}>
          <Icon name="key" />
          Make a new key
        </button>
      </div>
      <ConfirmDialog
        title="Make a new key?"
        text="The old key stops working at once. Programs that use it must be given the new one."
        action="Make a new key"
        isOpen={isAsking()}
        onClose={() => setIsAsking(false)}
        onConfirm={roll}
      />
    </>
  );
}

/** Addresses and key for OBS and its like, with the few steps that it takes. */
export function EncoderPanel(props: { stream: OwnStream; onRolled: (keyHint: string) => void }) {
  return (
    <details class="card panel-fold" open={findFreshKey(props.stream.id) !== undefined}>
      <summary class="panel-title">Send from OBS or another program</summary>
      <div class="form">
        <StreamKey stream={props.stream} onRolled={props.onRolled} />
        <CopyField
          label="WHIP address"
          value={props.stream.whipUrl}
          done="The address is in your clipboard."
          hint="Under a second behind you."
        />
        <Show when={props.stream.rtmpUrl}>
          {(url) => (
            <CopyField
              label="RTMP address"
              value={url()}
              done="The address is in your clipboard."
              hint="For programs without WHIP; a second or two more."
            />
          )}
        </Show>
        <div class="how-to">
          <h3>In OBS</h3>
          <ol>
            <li>
              Open <b>Settings</b>, then <b>Stream</b>.
            </li>
            <li>
              Choose <b>WHIP</b> as the service, paste the WHIP address as <b>Server</b> and the key as{" "}
              <b>Bearer Token</b>.
            </li>
            <li>
              Under <b>Output</b> choose H.264, a key frame every 2 s and no B-frames: then the picture is
              passed on as it comes.
            </li>
            <li>
              Press <b>Start Streaming</b>. This page shows what arrives.
            </li>
          </ol>
          <Show when={props.stream.rtmpUrl}>
            <p class="field-hint">
              With RTMP: service <b>Custom</b>, the RTMP address as <b>Server</b>, the key as{" "}
              <b>Stream Key</b>.
            </p>
          </Show>
        </div>
      </div>
    </details>
  );
}

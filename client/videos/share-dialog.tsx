import { createEffect, createSignal, createUniqueId, Show } from "solid-js";
import { Dialog } from "../ui/dialog.tsx";
import { formatDuration } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { showToast } from "../ui/toast.tsx";
import "../ui/field.css";

interface ShareDialogProps {
  readonly videoId: string;
  readonly isOpen: boolean;
  /** Where the player stands. */
  readonly atSeconds: number;
  readonly onClose: () => void;
  readonly note?: string | undefined;
}

/** The address of a video, to take along. */
export function ShareDialog(props: ShareDialogProps) {
  const [isTimed, setIsTimed] = createSignal(false);
  const id = createUniqueId();
  const seconds = () => Math.floor(props.atSeconds);
  const address = () => `${location.origin}/watch/${props.videoId}${isTimed() ? `?t=${seconds()}` : ""}`;
  let input: HTMLInputElement | undefined;
  createEffect(() => props.isOpen && setIsTimed(false));

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address());
      showToast("The link is in your clipboard.");
      props.onClose();
    } catch {
      // no clipboard without a secure page: the person can still copy what is marked
      input?.focus();
      input?.select();
    }
  };
  return (
    <Dialog title="Share" isOpen={props.isOpen} onClose={props.onClose}>
      <div class="share">
        <label class="field-label" for={id}>
          Link
        </label>
        <div class="share-row">
          <input
            id={id}
            ref={input}
            class="field-input"
            readonly
            value={address()}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" class="button button-primary" onClick={() => void copy()}>
            <Icon name="link" />
            Copy
          </button>
        </div>
      </div>
      <Show when={seconds() > 0}>
        <label class="check">
          <input
            type="checkbox"
            class="choice-input"
            checked={isTimed()}
            onChange={(event) => setIsTimed(event.currentTarget.checked)}
          />
          Start at {formatDuration(seconds())}
        </label>
      </Show>
      <Show when={props.note}>
        <p class="field-hint">{props.note}</p>
      </Show>
    </Dialog>
  );
}

import { createUniqueId, Show } from "solid-js";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toast.tsx";
import "../../ui/field.css";

/** Something to take along: marked by a click, copied by the button. */
export function CopyField(props: {
  label: string;
  value: string;
  /** What the toast says after copying. */
  done: string;
  hint?: string;
}) {
  const id = createUniqueId();
  let input: HTMLInputElement | undefined;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.value);
      showToast(props.done);
    } catch {
      // no clipboard without a secure page: the person can still copy what is marked
      input?.focus();
      input?.select();
    }
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <div class="copy-row">
        <input
          id={id}
          ref={input}
          class="field-input copy-input"
          readonly
          value={props.value}
          spellcheck={false}
          aria-describedby={props.hint ? `${id}-hint` : undefined}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon name="copy" />
          Copy<span class="visually-hidden"> {props.label}</span>
        </button>
      </div>
      <Show when={props.hint}>
        <p class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      </Show>
    </div>
  );
}

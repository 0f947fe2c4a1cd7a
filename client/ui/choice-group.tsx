import { createUniqueId, For, Show } from "solid-js";
import "./choice-group.css";

interface ChoiceGroupProps<Value extends string> {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly hint?: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** Side by side where there is room. */
  readonly isRow?: boolean;
}

/** One of a few, all in sight with what they mean: native radio buttons. */
export function ChoiceGroup<Value extends string>(props: ChoiceGroupProps<Value>) {
  const name = createUniqueId();
  return (
    <fieldset class="choices" classList={{ "choices-row": props.isRow ?? false }}>
      <legend class="field-label">{props.label}</legend>
      <For each={props.choices}>
        {(choice) => (
          <label class="choice">
            <input
              type="radio"
              class="choice-input"
              name={name}
              checked={props.value === choice.value}
              onChange={() => props.onChange(choice.value)}
            />
            <span>
              <span class="choice-label">{choice.label}</span>
              <Show when={choice.hint}>
                <span class="choice-hint">{choice.hint}</span>
              </Show>
            </span>
          </label>
        )}
      </For>
    </fieldset>
  );
}

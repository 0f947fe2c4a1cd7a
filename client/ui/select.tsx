import { Select as KobalteSelect } from "@kobalte/core/select";
import { createMemo } from "solid-js";
import { Icon } from "./icon.tsx";
import { findLayerPlace } from "./layer-place.ts";
import "./field.css";
import "./select.css";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** A filter beside others: the label is only spoken, the box is small. */
  readonly isCompact?: boolean;
  readonly hint?: string;
}

/** One of several, from a list. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const options = createMemo(() => [...props.choices]);
  const chosen = createMemo(() => options().find((choice) => choice.value === props.value) ?? null);
  return (
    <KobalteSelect<Choice<Value>>
      class="field select"
      classList={{ "select-compact": props.isCompact ?? false }}
      options={options()}
      // an empty value is a choice too; an empty key would be none
      optionValue={(choice) => `=${choice.value}`}
      optionTextValue="label"
      value={chosen()}
      // a list that is made anew is no choice of the user's
      onChange={(choice) => choice && choice.value !== props.value && props.onChange(choice.value)}
      disallowEmptySelection
      gutter={6}
      sameWidth={!props.isCompact}
      itemComponent={(item) => (
        <KobalteSelect.Item item={item.item} class="select-item">
          <KobalteSelect.ItemLabel>{item.item.rawValue.label}</KobalteSelect.ItemLabel>
          <KobalteSelect.ItemIndicator>
            <Icon name="check" />
          </KobalteSelect.ItemIndicator>
        </KobalteSelect.Item>
      )}
    >
      <KobalteSelect.Label class={props.isCompact ? "visually-hidden" : "field-label"}>
        {props.label}
      </KobalteSelect.Label>
      <KobalteSelect.Trigger class="field-input select-trigger">
        <KobalteSelect.Value<Choice<Value>>>{(state) => state.selectedOption().label}</KobalteSelect.Value>
        <KobalteSelect.Icon class="select-arrow">
          <Icon name="chevronDown" />
        </KobalteSelect.Icon>
      </KobalteSelect.Trigger>
      {props.hint && <KobalteSelect.Description class="field-hint">{props.hint}</KobalteSelect.Description>}
      <KobalteSelect.Portal mount={findLayerPlace()}>
        <KobalteSelect.Content class="select-content">
          <KobalteSelect.Listbox class="select-list" />
        </KobalteSelect.Content>
      </KobalteSelect.Portal>
    </KobalteSelect>
  );
}

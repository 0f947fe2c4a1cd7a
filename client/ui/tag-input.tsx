import { createSignal, createUniqueId, For, Show } from "solid-js";
import { Icon } from "./icon.tsx";
import "./field.css";
import "./tag-input.css";

interface TagInputProps {
  readonly label: string;
  readonly hint: string;
  readonly error?: string | undefined;
  readonly tags: readonly string[];
  readonly onChange: (tags: string[]) => void;
}

/** Words one by one: Enter or a comma adds, Backspace takes the last one back. */
export function TagInput(props: TagInputProps) {
  const [text, setText] = createSignal("");
  const id = createUniqueId();
  const add = () => {
    const words = text()
      .split(",")
      .map((word) => word.trim().replace(/^#/, "").toLowerCase())
      .filter((word) => word && !props.tags.includes(word));
    setText("");
    if (words.length > 0) props.onChange([...new Set([...props.tags, ...words])]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && text() === "" && props.tags.length > 0) {
      props.onChange(props.tags.slice(0, -1));
    }
  };
  return (
    <div class="field" classList={{ "field-wrong": Boolean(props.error) }}>
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <div class="field-input tag-input">
        <For each={props.tags}>
          {(tag) => (
            <span class="tag">
              {tag}
              <button
                type="button"
                class="tag-remove"
                aria-label={`Remove ${tag}`}
                onClick={() => props.onChange(props.tags.filter((one) => one !== tag))}
              >
                <Icon name="close" />
              </button>
            </span>
          )}
        </For>
        <input
          id={id}
          class="tag-text"
          value={text()}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={add}
          autocomplete="off"
          aria-invalid={props.error ? "true" : undefined}
          aria-describedby={`${id}-hint`}
        />
      </div>
      <Show
        when={props.error}
        fallback={
          <p class="field-hint" id={`${id}-hint`}>
            {props.hint}
          </p>
        }
      >
        <p class="field-error" id={`${id}-hint`}>
          {props.error}
        </p>
      </Show>
    </div>
  );
}

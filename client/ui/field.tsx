import { createUniqueId, type JSX, Show, splitProps } from "solid-js";
import "./field.css";

interface FieldProps {
  readonly label: string;
  /** One line that helps before anything is wrong. */
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

function FieldFrame(props: FieldProps & { id: string; children: JSX.Element }) {
  return (
    <div class="field" classList={{ "field-wrong": Boolean(props.error) }}>
      <label class="field-label" for={props.id}>
        {props.label}
      </label>
      {props.children}
      <Show when={props.hint && !props.error}>
        <p class="field-hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      </Show>
      <Show when={props.error}>
        <p class="field-error" id={`${props.id}-error`}>
          {props.error}
        </p>
      </Show>
    </div>
  );
}

function describedBy(id: string, props: FieldProps): string | undefined {
  if (props.error) return `${id}-error`;
  return props.hint ? `${id}-hint` : undefined;
}

/** A line of text with its label, hint and error. */
export function TextField(props: FieldProps & JSX.InputHTMLAttributes<HTMLInputElement>) {
  const [own, input] = splitProps(props, ["label", "hint", "error"]);
  const id = createUniqueId();
  return (
    <FieldFrame id={id} {...own}>
      <input
        {...input}
        id={id}
        class="field-input"
        aria-invalid={own.error ? "true" : undefined}
        aria-describedby={describedBy(id, own)}
      />
    </FieldFrame>
  );
}

/** Several lines of text. */
export function TextArea(props: FieldProps & JSX.TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const [own, input] = splitProps(props, ["label", "hint", "error"]);
  const id = createUniqueId();
  return (
    <FieldFrame id={id} {...own}>
      <textarea
        {...input}
        id={id}
        class="field-input field-area"
        aria-invalid={own.error ? "true" : undefined}
        aria-describedby={describedBy(id, own)}
      />
    </FieldFrame>
  );
}

import { createSignal } from "solid-js";
import type { ZodType } from "zod";
import type { Problem, ProblemCode } from "../app/error-text.ts";
import { toProblem } from "../app/problem.ts";

interface FormOptions<Name extends string, Output> {
  readonly initial: Readonly<Record<Name, string>>;
  readonly schema: ZodType<Output>;
  readonly submit: (values: Output) => Promise<void>;
  /** Refusals that belong to one field. */
  readonly fieldOfCode?: Partial<Record<ProblemCode, NoInfer<Name>>>;
}

/**
 * A form of text fields: the schema of the API checks it before the API does, and its sentences stand at the fields.
 */
export function createForm<Name extends string, Output>(options: FormOptions<Name, Output>) {
  const [values, setValues] = createSignal<Readonly<Record<Name, string>>>(options.initial);
  const [errors, setErrors] = createSignal<Partial<Record<Name, string>>>({});
  const [problem, setProblem] = createSignal<Problem>();
  const [state, setState] = createSignal<"editing" | "sending">("editing");

  const isName = (text: unknown): text is Name =>
    typeof text === "string" && Object.hasOwn(options.initial, text);

  function check(): Output | undefined {
    const parsed = options.schema.safeParse(values());
    if (parsed.success) return parsed.data;
    const found: Partial<Record<Name, string>> = {};
    for (const issue of parsed.error.issues) {
      const name = issue.path[0];
      if (isName(name)) found[name] ??= issue.message;
    }
    setErrors(() => found);
    return undefined;
  }

  function refuse(error: unknown): void {
    const refusal = toProblem(error);
    const name = options.fieldOfCode?.[refusal.code];
    if (name === undefined) setProblem(refusal);
    else setErrors((before) => ({ ...before, [name]: refusal.text }));
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (state() === "sending") return;
    setErrors(() => ({}));
    setProblem(undefined);
    const output = check();
    if (output === undefined) {
      focusFirstError(event.currentTarget);
      return;
    }
    setState("sending");
    try {
      await options.submit(output);
    } catch (error) {
      refuse(error);
    } finally {
      setState("editing");
    }
  }

  /** The properties of one field. */
  function field(name: Name) {
    return {
      name,
      get value() {
        return values()[name];
      },
      get error() {
        return errors()[name];
      },
      onInput: (event: InputEvent & { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
        const { value } = event.currentTarget;
        setValues((before) => ({ ...before, [name]: value }));
        setErrors((before) => ({ ...before, [name]: undefined }));
      },
    };
  }

  return {
    field,
    problem,
    submit,
    isSending: () => state() === "sending",
    reset: () => {
      setValues(() => options.initial);
    },
  };
}

function focusFirstError(form: EventTarget | null): void {
  // the errors are drawn when this task is done
  queueMicrotask(() => {
    const wrong = form instanceof HTMLElement ? form.querySelector("[aria-invalid=true]") : null;
    if (wrong instanceof HTMLElement) wrong.focus();
  });
}

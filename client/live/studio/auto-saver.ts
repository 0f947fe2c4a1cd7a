import { createSignal } from "solid-js";
import { toProblem } from "../../app/problem.ts";

/** Where what was written stands on its way to the front desk. */
export type SaveState =
  | { readonly state: "clean" | "dirty" | "saving" | "saved" }
  | { readonly state: "failed"; readonly text: string };

export type FieldErrors<Values> = Partial<Record<keyof Values, string>>;

const debounceMs = 700;

interface AutoSaverOptions<Values> {
  readonly initial: Values;
  readonly check: (values: Values) => FieldErrors<Values>;
  readonly send: (values: Values) => Promise<unknown>;
}

/** Sends what was written a moment after the last key; the last words win. Closed by `close`, which sends what is left. */
export function createAutoSaver<Values extends object>({ initial, check, send }: AutoSaverOptions<Values>) {
  const [values, setValues] = createSignal<Values>(initial);
  const [errors, setErrors] = createSignal<FieldErrors<Values>>({});
  const [saving, setSaving] = createSignal<SaveState>({ state: "clean" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sent = initial;

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), debounceMs);
  }

  async function save(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const wanted = values();
    if (wanted === sent || Object.keys(errors()).length > 0 || saving().state === "saving") return;
    setSaving({ state: "saving" });
    try {
      await send(wanted);
      sent = wanted;
      setSaving({ state: "saved" });
      // more was written while these words travelled
      if (values() !== wanted) schedule();
    } catch (error) {
      setSaving({ state: "failed", text: toProblem(error).text });
    }
  }

  return {
    values,
    errors,
    saving,
    change(changes: Partial<Values>): void {
      setValues((before) => ({ ...before, ...changes }));
      setErrors(() => check(values()));
      if (saving().state !== "saving") setSaving({ state: "dirty" });
      schedule();
    },
    save,
    close(): void {
      if (timer !== undefined) void save();
    },
  };
}
export type AutoSaver<Values extends object> = ReturnType<typeof createAutoSaver<Values>>;

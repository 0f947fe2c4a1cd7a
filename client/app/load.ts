import { type Accessor, createEffect, createSignal, onCleanup, untrack } from "solid-js";

/** What a fetch has come to. */
export type LoadState<Value> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: Value }
  | { readonly state: "failed"; readonly error: unknown };

export interface Load<Value> {
  readonly current: Accessor<LoadState<Value>>;
  /** The value when there is one. */
  readonly value: Accessor<Value | undefined>;
  /** Fetches again; a value that is there stays in sight meanwhile. */
  retry(): void;
  /** Puts the owner's answer in the place of what was fetched. */
  set(value: Value): void;
}

/**
 * Fetches whenever `source` changes; `null` waits. Closed with the component: what is under way is aborted.
 */
export function createLoad<Source, Value>(
  source: Accessor<Source | null>,
  fetchValue: (source: Source, signal: AbortSignal) => Promise<Value>,
): Load<Value> {
  const [current, setCurrent] = createSignal<LoadState<Value>>({ state: "loading" });
  const [attempt, setAttempt] = createSignal(0);
  let loadedAttempt = 0;

  createEffect(() => {
    const wanted = source();
    const isRetry = attempt() !== loadedAttempt;
    loadedAttempt = attempt();
    const controller = new AbortController();
    onCleanup(() => controller.abort());
    // a retry keeps what is in sight; another source must not show the old one's value
    const keeps = isRetry && untrack(current).state === "ready";
    if (!keeps) setCurrent({ state: "loading" });
    if (wanted === null) return;
    fetchValue(wanted, controller.signal).then(
      (value) => !controller.signal.aborted && setCurrent({ state: "ready", value }),
      (error) => !controller.signal.aborted && setCurrent({ state: "failed", error }),
    );
  });

  return {
    current,
    value: () => {
      const now = current();
      return now.state === "ready" ? now.value : undefined;
    },
    retry: () => setAttempt((count) => count + 1),
    set: (value) => setCurrent({ state: "ready", value }),
  };
}

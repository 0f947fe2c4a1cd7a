import { type Accessor, type JSX, Match, Switch } from "solid-js";
import type { Load } from "../app/load.ts";
import { toProblem } from "../app/problem.ts";
import { ProblemNotice } from "./problem-notice.tsx";

interface LoadedProps<Value> {
  readonly of: Load<Value>;
  /** What stands there until the value does: a skeleton of the same shape. */
  readonly loading: JSX.Element;
  /** In place of the usual notice. */
  readonly failed?: (error: unknown) => JSX.Element;
  readonly children: (value: Accessor<Value>) => JSX.Element;
}

/** The three faces of everything that is fetched: on its way, failed with a retry, there. */
export function Loaded<Value extends object>(props: LoadedProps<Value>) {
  const failure = () => {
    const now = props.of.current();
    return now.state === "failed" ? now : undefined;
  };
  return (
    <Switch fallback={props.loading}>
      <Match when={props.of.value()}>{(value) => props.children(value)}</Match>
      <Match when={failure()}>
        {(failed) =>
          props.failed?.(failed().error) ?? (
            <ProblemNotice problem={toProblem(failed().error)} onRetry={() => props.of.retry()} />
          )
        }
      </Match>
    </Switch>
  );
}

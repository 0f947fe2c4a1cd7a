import { type JSX, Show } from "solid-js";
import type { Problem } from "../app/error-text.ts";
import { Icon } from "./icon.tsx";
import "./empty-state.css";

/** What went wrong, in place, with a way on. */
export function ProblemNotice(props: { problem: Problem; onRetry?: () => void; children?: JSX.Element }) {
  return (
    <div class="problem" role="alert">
      <Icon name={props.problem.code === "network.unreachable" ? "offline" : "alert"} />
      <div>
        <p class="problem-title">{props.problem.title}</p>
        <p class="problem-text">{props.problem.text}</p>
        {props.children}
        <Show when={props.onRetry && props.problem.canRetry}>
          <button type="button" class="button button-small button-line" onClick={() => props.onRetry?.()}>
            <Icon name="refresh" />
            Try again
          </button>
        </Show>
      </div>
    </div>
  );
}

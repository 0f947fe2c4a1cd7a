import { createEffect } from "solid-js";
import { formatPercent } from "./format.ts";
import "./progress-bar.css";

type ProgressTone = "moving" | "still" | "broken" | "done";

/** How far something is; `label` says what, for who does not see the bar. */
export function ProgressBar(props: { label: string; progress: number; tone?: ProgressTone }) {
  let fill: HTMLSpanElement | undefined;
  createEffect(() => fill?.style.setProperty("scale", `${Math.min(1, props.progress)} 1`));
  return (
    <span
      class={`progress progress-${props.tone ?? "moving"}`}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow={Math.round(props.progress * 100)}
      aria-valuetext={formatPercent(props.progress)}
    >
      <span class="progress-fill" ref={fill} />
    </span>
  );
}

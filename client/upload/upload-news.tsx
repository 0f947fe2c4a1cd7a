import { createEffect, createSignal, on } from "solid-js";
import type { UploadState } from "./upload-state.ts";
import type { UploadTask } from "./upload-task.port.ts";

const news: Partial<Record<UploadState, string>> = {
  paused: "paused",
  interrupted: "the connection is broken, it continues by itself",
  queued: "uploaded",
  playable: "can be watched",
  ready: "ready",
  failed: "failed",
  cancelled: "cancelled",
};

/** Says to a screen reader what happens to uploads; progress itself would be noise. */
export function UploadNews(props: { tasks: readonly UploadTask[] }) {
  const [text, setText] = createSignal("");
  const told = new WeakMap<UploadTask, UploadState>();
  createEffect(
    on(
      () => props.tasks.map((task) => ({ task, state: task.state() })),
      (now) => {
        for (const { task, state } of now) {
          const before = told.get(task);
          told.set(task, state);
          const words = news[state];
          if (before !== undefined && before !== state && words)
            setText(`${task.saver.details().title}: ${words}.`);
        }
      },
    ),
  );
  return (
    <p class="visually-hidden" role="status">
      {text()}
    </p>
  );
}

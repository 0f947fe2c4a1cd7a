import { createSignal, Show } from "solid-js";
import type { Problem } from "../app/error-text.ts";
import { toProblem } from "../app/problem.ts";
import { Dialog } from "./dialog.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

interface ConfirmDialogProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => Promise<void>;
}

/** Asks before what cannot be taken back; stays open and says why when it fails. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [state, setState] = createSignal<"asking" | "working">("asking");
  const [problem, setProblem] = createSignal<Problem>();
  const confirm = async () => {
    setState("working");
    setProblem(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setState("asking");
    }
  };
  return (
    <Dialog title={props.title} text={props.text} isOpen={props.isOpen} onClose={props.onClose}>
      <Show when={problem()}>{(what) => <ProblemNotice problem={what()} />}</Show>
      <div class="button-row button-row-end">
        <button type="button" class="button button-quiet" onClick={() => props.onClose()}>
          Keep it
        </button>
        <button type="button" class="button button-danger" disabled={state() === "working"} onClick={confirm}>
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}

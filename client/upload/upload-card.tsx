import { A } from "@solidjs/router";
import { createSignal, createUniqueId, For, Show } from "solid-js";
import { toProblem } from "../app/problem.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { formatBytes } from "../ui/format.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { showToast } from "../ui/toast.tsx";
import { visibilityChoices } from "../videos/video-details.ts";
import { SaveNote, VideoFields } from "../videos/video-fields.tsx";
import { actionsOf, type UploadAction } from "./upload-state.ts";
import type { UploadTask } from "./upload-task.port.ts";
import { actionLabels, stateLabels, toBarProgress, toUploadLine, type UploadMoment } from "./upload-texts.ts";

const actionIcons: Record<UploadAction, IconName> = {
  pause: "pause",
  resume: "play",
  retry: "refresh",
  cancel: "close",
  dismiss: "close",
};
/** Trying again cannot help these; another file can. */
const finalCodes: readonly string[] = ["upload.too_large", "encode.empty"];

interface UploadCardProps {
  readonly task: UploadTask;
  readonly isOpenAtFirst: boolean;
  readonly onDismiss: () => void;
  /** Picks the file again. */
  readonly onPick: () => void;
}

function toTone(task: UploadTask) {
  switch (task.state()) {
    case "ready":
      return "done";
    case "failed":
    case "interrupted":
      return "broken";
    case "paused":
    case "remembered":
    case "waiting":
    case "cancelled":
      return "still";
    default:
      return "moving";
  }
}

function WatchLink(props: { task: UploadTask }) {
  const isWatchable = () => ["playable", "ready"].includes(props.task.state());
  return (
    <Show when={isWatchable() && props.task.videoId()}>
      {(id) => (
        <A class="button button-primary button-small" href={`/watch/${id()}`}>
          <Icon name="play" filled />
          Watch it
        </A>
      )}
    </Show>
  );
}

/** One file: where it is, what can be done, what is written about it. */
export function UploadCard(props: UploadCardProps) {
  const { task } = props;
  const detailsId = createUniqueId();
  const [isOpen, setIsOpen] = createSignal(props.isOpenAtFirst);
  const [isAsking, setIsAsking] = createSignal(false);
  const title = () => task.saver.details().title || task.fileName;
  const visibility = () =>
    visibilityChoices.find((choice) => choice.value === task.saver.details().visibility)?.label;
  const moment = (): UploadMoment => ({
    state: task.state(),
    sentBytes: task.sentBytes(),
    sizeBytes: task.sizeBytes,
    bytesPerSecond: task.bytesPerSecond(),
    encode: task.encode(),
  });
  const actions = () =>
    actionsOf(task.state()).filter(
      (one) => one !== "retry" || !finalCodes.includes(task.problem()?.code ?? ""),
    );
  const hasDetails = () =>
    !["failed", "cancelled"].includes(task.state()) ||
    (task.videoId() !== null && task.state() !== "cancelled");
  const isHidden = () => task.saver.details().visibility === "private" && task.state() === "ready";

  const run = async (action: UploadAction) => {
    try {
      if (action === "pause") task.pause();
      else if (action === "resume") task.resume();
      else if (action === "dismiss") props.onDismiss();
      else if (action === "retry") await task.retry();
      else if (task.sentBytes() > 0) setIsAsking(true);
      else await task.cancel();
    } catch (error) {
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <li class="upload-card">
      <div class="upload-card-head">
        <span class={`upload-card-icon upload-card-icon-${toTone(task)}`}>
          <Icon name={task.state() === "ready" ? "check" : task.state() === "failed" ? "alert" : "film"} />
        </span>
        <div class="upload-card-names">
          <h3 class="upload-card-title">{title()}</h3>
          <p class="upload-card-file">
            {visibility()} <span aria-hidden="true">·</span> {formatBytes(task.sizeBytes)}{" "}
            <span aria-hidden="true">·</span> {task.fileName}
          </p>
        </div>
        <span class={`badge badge-${toTone(task)}`}>{stateLabels[task.state()]}</span>
      </div>
      <Show when={task.problem()}>
        {(problem) => <ProblemNotice problem={{ ...problem(), canRetry: false }} />}
      </Show>
      <Show when={!["failed", "cancelled"].includes(task.state())}>
        <ProgressBar
          label={`${title()}: ${stateLabels[task.state()]}`}
          progress={toBarProgress(moment())}
          tone={toTone(task)}
        />
      </Show>
      <div class="upload-card-foot">
        <p class="upload-card-line numeric">{toUploadLine(moment())}</p>
        <div class="button-row">
          <Show when={task.state() === "remembered"}>
            <button type="button" class="button button-primary button-small" onClick={() => props.onPick()}>
              <Icon name="film" />
              Pick the file
            </button>
          </Show>
          <Show when={isHidden()}>
            <button
              type="button"
              class="button button-small"
              onClick={() => task.saver.change({ visibility: "public" })}
            >
              <Icon name="globe" />
              Publish
            </button>
          </Show>
          <WatchLink task={task} />
          <For each={actions()}>
            {(action) => (
              <button
                type="button"
                class="button button-small button-quiet"
                aria-label={`${actionLabels[action]}: ${title()}`}
                onClick={() => void run(action)}
              >
                <Icon name={actionIcons[action]} />
                {actionLabels[action]}
              </button>
            )}
          </For>
        </div>
      </div>
      <Show when={hasDetails()}>
        <div class="upload-card-more">
          <button
            type="button"
            class="button button-small button-quiet upload-card-toggle"
            aria-expanded={isOpen()}
            aria-controls={detailsId}
            onClick={() => setIsOpen(!isOpen())}
          >
            <Icon name="chevronDown" />
            Details
          </button>
          <SaveNote saver={task.saver} />
        </div>
        <div id={detailsId} hidden={!isOpen()}>
          <VideoFields saver={task.saver} />
        </div>
      </Show>
      <ConfirmDialog
        title="Cancel this upload?"
        text={`“${title()}” and what has arrived of it are deleted.`}
        action="Cancel the upload"
        isOpen={isAsking()}
        onClose={() => setIsAsking(false)}
        onConfirm={() => task.cancel()}
      />
    </li>
  );
}

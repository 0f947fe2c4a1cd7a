import { A, useNavigate, useParams } from "@solidjs/router";
import { createSignal, onCleanup, Show } from "solid-js";
import { isWatchable } from "#common/videos/video-state.ts";
import { RequireAccount } from "../accounts/require-account.tsx";
import { api } from "../app/api.ts";
import { toProblemOfCode } from "../app/error-text.ts";
import { toProblem } from "../app/problem.ts";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { formatBytes, formatDate, formatDuration, formatPercent } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { showToast } from "../ui/toast.tsx";
import { createDetailsSaver } from "./details-saver.ts";
import { createOwnVideo, type LiveVideo } from "./own-video.ts";
import { ThumbnailEditor } from "./thumbnail-editor.tsx";
import { toDetails, toVideoInput } from "./video-details.ts";
import { SaveNote, VideoFields } from "./video-fields.tsx";
import { isUnderWay, videoStateLabels, videoStateTones } from "./video-state-text.ts";
import "../discovery/video-card.css";
import "./studio.css";

function Facts(props: { video: LiveVideo }) {
  const rungs = () => props.video.renditions.map((rendition) => rendition.name).join(", ");
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <span class={`badge badge-${videoStateTones[props.video.state]}`}>
          {videoStateLabels[props.video.state]}
        </span>
      </dd>
      <Show when={props.video.fileName}>
        <dt>File</dt>
        <dd>
          {props.video.fileName} ({formatBytes(props.video.sizeBytes)})
        </dd>
      </Show>
      <Show when={props.video.durationSeconds > 0}>
        <dt>Length</dt>
        <dd class="numeric">{formatDuration(props.video.durationSeconds)}</dd>
      </Show>
      <Show when={rungs()}>
        <dt>Qualities</dt>
        <dd>{rungs()}</dd>
      </Show>
      <dt>Made</dt>
      <dd>{formatDate(props.video.createdAt)}</dd>
    </dl>
  );
}

function Editor(props: { video: LiveVideo; onChanged: () => void }) {
  const navigate = useNavigate();
  const [isRemoving, setIsRemoving] = createSignal(false);
  const { id } = props.video;
  const saver = createDetailsSaver({
    videoId: () => id,
    initial: toDetails(props.video),
    send: (videoId, details) => api.videos.update.mutate({ id: videoId, ...toVideoInput(details) }),
  });
  onCleanup(saver.close);
  const retry = async () => {
    try {
      await api.videos.retry.mutate({ id });
      props.onChanged();
    } catch (error) {
      showToast(toProblem(error).text, "problem");
    }
  };
  return (
    <>
      <div class="page-head">
        <div>
          <A class="crumb" href="/studio">
            <Icon name="chevronLeft" />
            Studio
          </A>
          <h1>Edit video</h1>
          <SaveNote saver={saver} whenClean="Changes are saved as you make them." />
        </div>
        <div class="button-row">
          <Show when={isWatchable(props.video.state)}>
            <A class="button button-primary" href={`/watch/${id}`}>
              <Icon name="play" filled />
              Watch it
            </A>
          </Show>
          <button type="button" class="button button-danger" onClick={() => setIsRemoving(true)}>
            <Icon name="trash" />
            Delete
          </button>
        </div>
      </div>
      <div class="edit">
        <VideoFields saver={saver} />
        <div class="edit-side">
          <ThumbnailEditor video={props.video} onChanged={props.onChanged} />
          <Show when={props.video.state === "failed"}>
            <ProblemNotice
              problem={{ ...toProblemOfCode(props.video.error?.code), canRetry: true }}
              onRetry={() => void retry()}
            />
          </Show>
          <Show when={isUnderWay(props.video.state) && props.video.state !== "queued"}>
            <ProgressBar label={videoStateLabels[props.video.state]} progress={props.video.progress} />
            <p class="studio-step numeric">
              {formatPercent(props.video.progress)}
              {props.video.step && ` · ${props.video.step}`}
            </p>
          </Show>
          <Facts video={props.video} />
        </div>
      </div>
      <ConfirmDialog
        title="Delete this video?"
        text="The video and everything made of it are gone for good. Links to it stop working."
        action="Delete it"
        isOpen={isRemoving()}
        onClose={() => setIsRemoving(false)}
        onConfirm={async () => {
          await api.videos.remove.mutate({ id });
          showToast("The video is deleted.");
          navigate("/studio", { replace: true });
        }}
      />
    </>
  );
}

export function EditVideoPage() {
  const params = useParams();
  createPageTitle(() => "Edit video");
  return (
    <div class="page page-studio">
      <RequireAccount>
        {() => {
          const video = createOwnVideo(() => params.id ?? null);
          return (
            <Loaded
              of={video}
              loading={<div class="shell-loading" aria-busy="true" />}
              failed={(error) => {
                const problem = toProblem(error);
                return problem.canRetry ? (
                  <ProblemNotice problem={problem} onRetry={video.retry} />
                ) : (
                  <EmptyState seed="edit" heading="h1" title={problem.title} text={problem.text}>
                    <A class="button button-primary" href="/studio">
                      To the studio
                    </A>
                  </EmptyState>
                );
              }}
            >
              {(loaded) => <Editor video={loaded()} onChanged={video.retry} />}
            </Loaded>
          );
        }}
      </RequireAccount>
    </div>
  );
}

import { createSignal, For, onCleanup, onMount, Show } from "solid-js";
import type { OwnUser } from "#common/accounts/user.ts";
import { RequireAccount } from "../accounts/require-account.tsx";
import { formatBytes } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { School } from "../ui/school.tsx";
import { showToast } from "../ui/toast.tsx";
import { UploadCard } from "./upload-card.tsx";
import { UploadNews } from "./upload-news.tsx";
import { type AddedFiles, addFiles, dismiss, tasks } from "./uploads.store.ts";
import "./upload.css";

const acceptedTypes = "video/*,audio/*,.mkv,.ts,.m2ts,.mts,.avi,.mov,.webm,.flv,.mpg,.mpeg,.ogv,.opus,.flac";

function tellAdded({ continuedCount, repeatedCount }: AddedFiles): void {
  if (continuedCount > 0)
    showToast(continuedCount === 1 ? "Continuing where it stood." : `Continuing ${continuedCount} uploads.`);
  if (repeatedCount > 0) showToast("That file is on its way already.", "note");
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Files that are dropped anywhere on the page; folders have no bytes of their own and are left out. */
function readDroppedFiles(event: DragEvent): File[] {
  return [...(event.dataTransfer?.items ?? [])]
    .filter((item) => !item.webkitGetAsEntry()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}

function createPageDrop(onFiles: (files: File[]) => void) {
  const [isOver, setIsOver] = createSignal(false);
  const onDragOver = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setIsOver(true);
  };
  const onDragLeave = (event: DragEvent) => {
    // leaving the window has no related target; moving between its elements has
    if (event.relatedTarget === null) setIsOver(false);
  };
  const onDrop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setIsOver(false);
    onFiles(readDroppedFiles(event));
  };
  onMount(() => {
    document.addEventListener("dragover", onDragOver);
    document.addEventListener("dragleave", onDragLeave);
    document.addEventListener("drop", onDrop);
  });
  onCleanup(() => {
    document.removeEventListener("dragover", onDragOver);
    document.removeEventListener("dragleave", onDragLeave);
    document.removeEventListener("drop", onDrop);
  });
  return isOver;
}

function RoomNote(props: { user: OwnUser }) {
  const leftBytes = () => Math.max(0, props.user.limits.storedBytes - props.user.storedBytes);
  return (
    <p class="upload-room">
      {formatBytes(props.user.limits.fileBytes)} per file at most, {formatBytes(leftBytes())} of your storage
      left.
    </p>
  );
}

function Uploader(props: { user: OwnUser }) {
  let picker: HTMLInputElement | undefined;
  const take = (files: readonly File[]) => files.length > 0 && tellAdded(addFiles(files));
  const isOver = createPageDrop(take);
  const pick = () => picker?.click();
  const hasTasks = () => tasks().length > 0;
  return (
    <>
      <div class="drop" classList={{ "drop-over": isOver(), "drop-small": hasTasks() }}>
        <div class="drop-water">
          <School seed="drop" count={40} />
        </div>
        <div class="drop-words">
          <p class="drop-title">{isOver() ? "Let go" : "Drop videos here"}</p>
          <p class="drop-text">One or many, any format. They continue after a reload or a lost network.</p>
          <button type="button" class="button button-primary" onClick={pick}>
            <Icon name="plus" />
            Choose files
          </button>
          <RoomNote user={props.user} />
        </div>
        <input
          ref={picker}
          class="visually-hidden"
          type="file"
          multiple
          accept={acceptedTypes}
          aria-label="Choose video files"
          tabindex="-1"
          onChange={(event) => {
            take([...(event.currentTarget.files ?? [])]);
            // the same file may be picked again
            event.currentTarget.value = "";
          }}
        />
      </div>
      <Show when={hasTasks()}>
        <ul class="upload-list" aria-label="Your uploads">
          <For each={tasks()}>
            {(task) => (
              <UploadCard
                task={task}
                isOpenAtFirst={tasks().length === 1}
                onDismiss={() => dismiss(task)}
                onPick={pick}
              />
            )}
          </For>
        </ul>
      </Show>
      <UploadNews tasks={tasks()} />
    </>
  );
}

export function UploadPage() {
  createPageTitle(() => "Upload");
  return (
    <div class="page page-upload">
      <div class="page-head">
        <div>
          <h1>Upload</h1>
          <p class="page-lead">Write about your video while its bytes travel.</p>
        </div>
      </div>
      <RequireAccount>{(user) => <Uploader user={user()} />}</RequireAccount>
    </div>
  );
}

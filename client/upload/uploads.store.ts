import { createEffect, createMemo, createRoot, createSignal, on, onCleanup, untrack } from "solid-js";
import type { OwnUser } from "#common/accounts/user.ts";
import { currentUser, refreshSession } from "../accounts/session.store.ts";
import { api } from "../app/api.ts";
import { toProblem } from "../app/problem.ts";
import { listenToServer } from "../app/socket.ts";
import { readLastVisibility, rememberVisibility } from "../videos/last-visibility.ts";
import { toDetails, toTitle, toVideoInput, type VideoDetails } from "../videos/video-details.ts";
import { setActiveUploads } from "./active-uploads.ts";
import { createRememberedUploads, type RememberedUpload, toFingerprint } from "./remembered-uploads.ts";
import { startTransfer } from "./transfer.ts";
import { holdsSlot, isOnServer, isTravelling } from "./upload-state.ts";
import type { UploadPorts, UploadTask } from "./upload-task.port.ts";
import { createUploadTask } from "./upload-task.ts";

const mostAtOnce = 3;

const remembered = createRememberedUploads({
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, text) => localStorage.setItem(key, text),
});

const ports: UploadPorts = {
  async createVideo(details) {
    rememberVisibility(details.visibility);
    const { id, uploadUrl } = await api.videos.create.mutate(toVideoInput(details));
    // a path, not an address: the page may be reached under another name than the front desk knows
    return { id, creationPath: new URL(uploadUrl, location.href).pathname };
  },
  updateVideo(id, details) {
    rememberVisibility(details.visibility);
    return api.videos.update.mutate({ id, ...toVideoInput(details) });
  },
  fetchVideo: (id) => api.videos.getOwn.query({ id }),
  removeVideo: (id) => api.videos.remove.mutate({ id }),
  cancelEncode: (id) => api.videos.cancel.mutate({ id }),
  retryEncode: (id) => api.videos.retry.mutate({ id }),
  startTransfer,
  remembered,
  startTimer(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const [tasks, setTasks] = createSignal<readonly UploadTask[]>([]);

export { tasks };

function makeDetails(fileName: string): VideoDetails {
  return {
    title: toTitle(fileName),
    description: "",
    tags: [],
    category: "other",
    language: "",
    visibility: readLastVisibility(),
  };
}

/** Why a file need not even begin. */
function findRefusal(user: OwnUser, sizeBytes: number): string | undefined {
  if (sizeBytes === 0) return "encode.empty";
  if (sizeBytes > user.limits.fileBytes) return "upload.too_large";
  const underWayBytes = tasks()
    .filter((task) => isTravelling(task.state()) || task.state() === "paused")
    .reduce((sum, task) => sum + task.sizeBytes, 0);
  return user.storedBytes + underWayBytes + sizeBytes > user.limits.storedBytes
    ? "upload.quota_exceeded"
    : undefined;
}

/** What became of picked files: `repeated` ones are on their way already. */
export interface AddedFiles {
  readonly newCount: number;
  readonly continuedCount: number;
  readonly repeatedCount: number;
}

/** Takes files into the queue; one that was begun before continues where it stood. */
export function addFiles(files: readonly File[]): AddedFiles {
  const user = untrack(currentUser);
  if (!user) throw new Error("an upload needs an account");
  const counts = { newCount: 0, continuedCount: 0, repeatedCount: 0 };
  for (const file of files) {
    const key = toFingerprint(file);
    const known = tasks().find(
      (task) => task.key === key && !["failed", "cancelled", "ready"].includes(task.state()),
    );
    if (known?.state() === "remembered") {
      known.attachFile(file);
      counts.continuedCount += 1;
    } else if (known) {
      counts.repeatedCount += 1;
    } else {
      const source = { key, ownerId: user.id, fileName: file.name, sizeBytes: file.size, file };
      const refusal = findRefusal(user, file.size);
      const task = createUploadTask({ ...source, details: makeDetails(file.name) }, ports);
      if (refusal) task.refuse(refusal);
      setTasks((before) => [...before.filter((one) => one.key !== key || one.state() !== "failed"), task]);
      counts.newCount += 1;
    }
  }
  return counts;
}

/** Takes a finished upload off the list. */
export function dismiss(task: UploadTask): void {
  task.close();
  setTasks((before) => before.filter((one) => one !== task));
}

async function restoreOne(upload: RememberedUpload): Promise<void> {
  const video = await api.videos.getOwn.query({ id: upload.videoId });
  const isHere = tasks().some((task) => task.videoId() === upload.videoId);
  if (isHere) return;
  if (video.state !== "draft" && video.state !== "uploading") return remembered.forget(upload.videoId);
  const task = createUploadTask(
    {
      key: upload.fingerprint,
      ownerId: upload.ownerId,
      fileName: upload.fileName,
      sizeBytes: upload.sizeBytes,
      file: null,
      details: toDetails(video),
      begun: {
        videoId: upload.videoId,
        creationPath: upload.creationPath,
        uploadPath: upload.uploadPath,
        sentBytes: Math.round(video.progress * upload.sizeBytes),
      },
    },
    ports,
  );
  setTasks((before) => [...before, task]);
}

/** Brings back what an earlier page began. What the front desk no longer has is forgotten. */
async function restore(ownerId: string): Promise<void> {
  for (const upload of remembered.list(ownerId)) {
    try {
      await restoreOne(upload);
    } catch (error) {
      if (toProblem(error).code === "video.not_found") remembered.forget(upload.videoId);
    }
  }
}

function warnBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

// one queue for the page's whole life: uploads go on while other pages are looked at
createRoot(() => {
  const ownerId = createMemo(() => currentUser()?.id);
  const travelling = createMemo(() => tasks().filter((task) => isTravelling(task.state())));
  const onServer = createMemo(() => tasks().some((task) => task.videoId() !== null));

  createEffect(() => {
    const id = ownerId();
    if (!id) return;
    void restore(id);
    onCleanup(() => {
      for (const task of untrack(tasks)) task.close();
      setTasks([]);
    });
  });

  createEffect(() => {
    const active = tasks().filter((task) => holdsSlot(task.state())).length;
    const next = tasks().find((task) => task.state() === "waiting");
    if (next && active < mostAtOnce) untrack(() => next.begin());
  });

  createEffect(() => setActiveUploads(travelling().length));

  const arrivedCount = createMemo(() => tasks().filter((task) => isOnServer(task.state())).length);
  // what is stored has grown: the room that is left is the front desk's to say
  createEffect(
    on(arrivedCount, (count) => count > 0 && untrack(() => void refreshSession()), { defer: true }),
  );

  createEffect(() => {
    if (travelling().length === 0) return;
    window.addEventListener("beforeunload", warnBeforeLeaving);
    onCleanup(() => window.removeEventListener("beforeunload", warnBeforeLeaving));
  });

  createEffect(() => {
    if (!onServer()) return;
    onCleanup(
      listenToServer({
        connected: () => {
          for (const task of tasks()) void task.refresh();
        },
        "video.progressed": (news) =>
          tasks()
            .find((task) => task.videoId() === news.videoId)
            ?.hear(news),
        "video.deleted": ({ videoId }) => {
          const task = tasks().find((one) => one.videoId() === videoId);
          task?.hearDeleted();
          if (task && isOnServer(task.state())) dismiss(task);
        },
      }),
    );
  });

  const noticeNetwork = (event: Event) => {
    for (const task of tasks()) task.noticeNetwork(event.type === "online");
  };
  window.addEventListener("online", noticeNetwork);
  window.addEventListener("offline", noticeNetwork);
});

import { batch, createSignal } from "solid-js";
import type { VideoProgress } from "#common/videos/video-events.ts";
import { type Problem, toProblemOfCode } from "../app/error-text.ts";
import { toProblem } from "../app/problem.ts";
import { createDetailsSaver } from "../videos/details-saver.ts";
import { createSpeedMeter } from "./speed-meter.ts";
import type { Transfer, TransferEnd } from "./transfer.ts";
import {
  assertUploadTransition,
  isUploadTransition,
  toUploadState,
  type UploadState,
} from "./upload-state.ts";
import type { UploadPorts, UploadSource, UploadTask } from "./upload-task.port.ts";

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** One file on its way to being a video; see {@link UploadTask}. */
export function createUploadTask(source: UploadSource, ports: UploadPorts): UploadTask {
  const [state, setState] = createSignal<UploadState>(source.file ? "waiting" : "remembered");
  const [videoId, setVideoId] = createSignal<string | null>(source.begun?.videoId ?? null);
  const [sentBytes, setSentBytes] = createSignal(source.begun?.sentBytes ?? 0);
  const [bytesPerSecond, setBytesPerSecond] = createSignal(0);
  const [encode, setEncode] = createSignal({ progress: 0, step: "" });
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const saver = createDetailsSaver({ videoId, initial: source.details, send: ports.updateVideo });

  let file = source.file;
  let creationPath = source.begun?.creationPath ?? "";
  let uploadPath = source.begun?.uploadPath ?? null;
  let transfer: Transfer | undefined;
  let stopTimer: (() => void) | undefined;
  let failureCount = 0;
  let meter = createSpeedMeter(0);
  /** Has the front desk the whole file? */
  let arrival: "open" | "arrived" = "open";

  function move(to: UploadState): void {
    assertUploadTransition(state(), to);
    batch(() => {
      setState(to);
      if (to !== "uploading") setBytesPerSecond(0);
      if (to !== "failed" && to !== "remembered") setProblem(null);
    });
  }
  const fail = (what: Problem) => {
    move("failed");
    setProblem(what);
  };
  const halt = () => {
    transfer?.stop();
    transfer = undefined;
    stopTimer?.();
    stopTimer = undefined;
  };
  const isState = (...states: UploadState[]) => states.includes(state());

  function remember(): void {
    const id = videoId();
    if (id === null) return;
    ports.remembered.remember({
      fingerprint: source.key,
      ownerId: source.ownerId,
      videoId: id,
      title: saver.details().title,
      fileName: source.fileName,
      sizeBytes: source.sizeBytes,
      creationPath,
      uploadPath,
      rememberedAt: new Date().toISOString(),
    });
  }

  /** Tries again, each time a little later. */
  function tryLater(run: () => void): void {
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failureCount);
    failureCount += 1;
    stopTimer?.();
    stopTimer = ports.startTimer(run, delayMs);
  }

  async function createVideo(): Promise<boolean> {
    const details = saver.details();
    try {
      const created = await ports.createVideo(details);
      if (!isState("creating")) {
        // cancelled while the question was under way
        void ports.removeVideo(created.id);
        return false;
      }
      setVideoId(created.id);
      creationPath = created.creationPath;
      saver.markSent(details);
      remember();
      return true;
    } catch (error) {
      if (!isState("creating")) return false;
      const what = toProblem(error);
      if (!what.canRetry) fail(what);
      else interrupt();
      return false;
    }
  }

  function interrupt(): void {
    halt();
    move("interrupted");
    tryLater(() => void attempt());
  }

  async function attempt(): Promise<void> {
    stopTimer?.();
    stopTimer = undefined;
    if (videoId() === null) {
      move("creating");
      if (!(await createVideo())) return;
    }
    send();
  }

  function send(): void {
    if (!file) throw new Error("an upload needs its file");
    transfer?.stop();
    meter = createSpeedMeter(sentBytes());
    transfer = ports.startTransfer({
      file,
      creationPath,
      uploadPath,
      onUploadPath: (path) => {
        uploadPath = path;
        remember();
        // the way is open again
        if (isState("interrupted")) move("uploading");
      },
      onProgress: (bytes) => {
        failureCount = 0;
        meter.record(bytes);
        batch(() => {
          setSentBytes(bytes);
          setBytesPerSecond(meter.bytesPerSecond());
        });
        if (bytes >= source.sizeBytes && isState("uploading", "interrupted")) move("finishing");
      },
      onArrived: arrive,
      onBroken: end,
    });
    if (isState("waiting", "creating")) move("uploading");
  }

  function arrive(): void {
    halt();
    arrival = "arrived";
    const id = videoId();
    if (id !== null) ports.remembered.forget(id);
    setSentBytes(source.sizeBytes);
    if (!isState("finishing")) move("finishing");
    void refresh();
  }

  function end(how: TransferEnd): void {
    halt();
    if (!isState("uploading", "interrupted", "finishing")) return;
    switch (how.kind) {
      case "interrupted":
        interrupt();
        break;
      case "lost":
        startAnew();
        break;
      case "file_gone":
        file = null;
        move("remembered");
        setProblem(toProblemOfCode("upload.file_gone"));
        break;
      case "refused":
        if (how.code === "upload.already_complete") arrive();
        else fail(toProblemOfCode(how.code));
    }
  }

  /** The front desk forgot the bytes, not the video. */
  function startAnew(): void {
    if (uploadPath === null) {
      fail(toProblemOfCode("upload.not_found"));
      return;
    }
    uploadPath = null;
    setSentBytes(0);
    interrupt();
  }

  async function refresh(): Promise<void> {
    const id = videoId();
    if (id === null || arrival === "open") return;
    try {
      const video = await ports.fetchVideo(id);
      hear({
        state: video.state,
        progress: video.progress,
        step: "",
        ...(video.error && { error: video.error }),
      });
      // the answer to the last byte may be there before the state is
      if (isState("finishing")) tryLater(() => void refresh());
    } catch (error) {
      const what = toProblem(error);
      if (what.code === "video.not_found") move("cancelled");
      else if (isState("finishing")) tryLater(() => void refresh());
    }
  }

  function hear(news: Pick<VideoProgress, "state" | "progress" | "step" | "error">): void {
    const next = toUploadState(news.state);
    if (arrival === "open" || next === undefined || !isUploadTransition(state(), next)) return;
    batch(() => {
      move(next);
      const step = news.step || encode().step;
      setEncode({ progress: news.progress, step });
      if (next === "failed") setProblem(toServerProblem(news.error));
    });
  }

  return {
    key: source.key,
    fileName: source.fileName,
    sizeBytes: source.sizeBytes,
    state,
    videoId,
    sentBytes,
    bytesPerSecond,
    encode,
    problem,
    saver,
    begin() {
      failureCount = 0;
      if (videoId() === null) move("creating");
      void (videoId() === null ? createVideo().then((isCreated) => isCreated && send()) : send());
    },
    attachFile(picked) {
      file = picked;
      move("waiting");
    },
    refuse: (code) => fail(toProblemOfCode(code)),
    pause() {
      // the last byte may have gone between the look and the press
      if (!isUploadTransition(state(), "paused")) return;
      halt();
      move("paused");
    },
    resume() {
      if (isState("paused")) move("waiting");
    },
    async retry() {
      if (isState("interrupted")) return void attempt();
      const id = videoId();
      if (arrival === "open" || id === null) return move("waiting");
      await ports.retryEncode(id);
      hear({ state: "queued", progress: 0, step: "" });
    },
    async cancel() {
      const id = videoId();
      if (id !== null && isState("queued", "encoding")) return void (await ports.cancelEncode(id));
      halt();
      if (id !== null) {
        // stands still while the front desk is asked; when it does not answer, it can be cancelled again
        if (isState("waiting", "uploading", "interrupted")) move("paused");
        await ports.removeVideo(id);
        ports.remembered.forget(id);
      }
      // the news that it is gone may have been quicker
      move("cancelled");
    },
    noticeNetwork(isOnline) {
      if (isOnline && isState("interrupted")) void attempt();
      if (!isOnline && isState("uploading")) interrupt();
    },
    hear,
    hearDeleted() {
      halt();
      const id = videoId();
      if (id !== null) ports.remembered.forget(id);
      if (isUploadTransition(state(), "cancelled")) move("cancelled");
    },
    refresh,
    close() {
      halt();
      saver.close();
    },
  };
}

/** A code that this page does not know still comes with a sentence. */
function toServerProblem(error: VideoProgress["error"]): Problem {
  const known = toProblemOfCode(error?.code);
  return known.code === "unknown" && error ? { ...known, text: error.message } : known;
}

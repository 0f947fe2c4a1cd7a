import { describe, expect, it } from "vitest";
import type { VideoDetails } from "../videos/video-details.ts";
import { createRememberedUploads } from "./remembered-uploads.ts";
import type { Transfer, TransferEnd } from "./transfer.ts";
import type { UploadPorts, UploadSource } from "./upload-task.port.ts";
import { createUploadTask } from "./upload-task.ts";

const details: VideoDetails = {
  title: "Herring",
  description: "",
  tags: [],
  category: "animals",
  language: "",
  visibility: "private",
};
const sizeBytes = 1000;

/** A world in memory: transfers that the test moves, and a clock that rings when it is told to. */
function createWorld() {
  const texts = new Map<string, string>();
  const remembered = createRememberedUploads({
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => void texts.set(key, text),
  });
  const transfers: (Parameters<UploadPorts["startTransfer"]>[0] & { isOpen: boolean })[] = [];
  const timers: { run: () => void; delayMs: number }[] = [];
  const removed: string[] = [];
  const retried: string[] = [];
  const server: { state: "uploading" | "queued" | "failed"; refusal: unknown } = {
    state: "queued",
    refusal: undefined,
  };
  const ports: UploadPorts = {
    createVideo: async () => {
      if (server.refusal !== undefined) throw server.refusal;
      return { id: "video1", creationPath: "/upload/video1" };
    },
    updateVideo: async () => undefined,
    fetchVideo: async () => ({ state: server.state, progress: 0, error: undefined }),
    removeVideo: async (id) => removed.push(id),
    cancelEncode: async () => undefined,
    retryEncode: async (id) => retried.push(id),
    startTransfer(options): Transfer {
      const transfer = { ...options, isOpen: true };
      transfers.push(transfer);
      return {
        stop() {
          transfer.isOpen = false;
        },
      };
    },
    remembered,
    startTimer(run, delayMs) {
      const timer = { run, delayMs };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  return {
    ports,
    remembered,
    removed,
    retried,
    server,
    timers,
    transfers,
    latest: () => {
      const transfer = transfers.at(-1);
      if (!transfer) throw new Error("nothing was sent");
      return transfer;
    },
    ring() {
      const timer = timers.shift();
      if (!timer) throw new Error("no timer is set");
      timer.run();
      return timer.delayMs;
    },
  };
}

const file = new File([new Uint8Array(sizeBytes)], "herring.mp4", { lastModified: 1 });
const source: UploadSource = {
  key: "herring.mp4|1000|1",
  ownerId: "owner",
  fileName: file.name,
  sizeBytes,
  file,
  details,
};

/** Lets promises that are settled already be heard. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function startUpload(world: ReturnType<typeof createWorld>) {
  const task = createUploadTask(source, world.ports);
  task.begin();
  await settle();
  world.latest().onUploadPath("/upload/video1/a");
  return task;
}

describe("an upload", () => {
  it("goes from waiting to ready", async () => {
    const world = createWorld();
    const task = createUploadTask(source, world.ports);
    expect(task.state()).toBe("waiting");
    task.begin();
    expect(task.state()).toBe("creating");
    await settle();
    expect(task.state()).toBe("uploading");
    world.latest().onUploadPath("/upload/video1/a");
    world.latest().onProgress(400);
    expect(task.sentBytes()).toBe(400);
    expect(world.remembered.list("owner")[0]?.uploadPath).toBe("/upload/video1/a");
    world.latest().onProgress(sizeBytes);
    expect(task.state()).toBe("finishing");
    world.latest().onArrived();
    await settle();
    expect(task.state()).toBe("queued");
    expect(world.remembered.list("owner")).toEqual([]);
    task.hear({ state: "encoding", progress: 0.5, step: "720p" });
    expect(task.encode()).toEqual({ progress: 0.5, step: "720p" });
    task.hear({ state: "playable", progress: 0.7, step: "1080p" });
    task.hear({ state: "encoding", progress: 0.6, step: "late news" });
    expect(task.state()).toBe("playable");
    task.hear({ state: "ready", progress: 1, step: "" });
    expect(task.state()).toBe("ready");
  });

  it("continues where it stood when the way breaks, each time a little later", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onProgress(400);
    const delaysMs: number[] = [];
    for (let tries = 0; tries < 9; tries++) {
      world.latest().onBroken({ kind: "interrupted" });
      expect(task.state()).toBe("interrupted");
      delaysMs.push(world.ring());
      expect(world.latest().uploadPath).toBe("/upload/video1/a");
    }
    expect(delaysMs).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    world.latest().onUploadPath("/upload/video1/a");
    expect(task.state()).toBe("uploading");
    world.latest().onProgress(500);
    world.latest().onBroken({ kind: "interrupted" });
    expect(world.ring()).toBe(500);
  });

  it("stops at once when the network goes, and tries at once when it is back", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    task.noticeNetwork(false);
    expect(task.state()).toBe("interrupted");
    expect(world.latest().isOpen).toBe(false);
    task.noticeNetwork(true);
    await settle();
    expect(world.transfers).toHaveLength(2);
    world.latest().onUploadPath("/upload/video1/a");
    expect(task.state()).toBe("uploading");
  });

  it("begins the bytes again when the front desk lost them, but not for ever", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onBroken({ kind: "lost" });
    world.ring();
    expect(world.latest().uploadPath).toBeNull();
    world.latest().onBroken({ kind: "lost" });
    expect(task.state()).toBe("failed");
    expect(task.problem()?.code).toBe("upload.not_found");
  });

  it("waits for the file when it changed on the way, and continues with the same one", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onBroken({ kind: "file_gone" });
    expect(task.state()).toBe("remembered");
    expect(task.problem()?.code).toBe("upload.file_gone");
    task.attachFile(file);
    expect(task.state()).toBe("waiting");
    task.begin();
    expect(world.latest().uploadPath).toBe("/upload/video1/a");
  });

  it("pauses and resumes", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    task.pause();
    expect(task.state()).toBe("paused");
    expect(world.latest().isOpen).toBe(false);
    task.resume();
    expect(task.state()).toBe("waiting");
  });

  it("says why it was refused", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onBroken({ kind: "refused", code: "upload.quota_exceeded" });
    expect(task.state()).toBe("failed");
    expect(task.problem()?.code).toBe("upload.quota_exceeded");
    await task.retry();
    expect(task.state()).toBe("waiting");
  });

  it("takes an upload that has arrived already as arrived", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onBroken({ kind: "refused", code: "upload.already_complete" });
    await settle();
    expect(task.state()).toBe("queued");
  });

  it("waits for the front desk before the first byte", async () => {
    const world = createWorld();
    world.server.refusal = new TypeError("Failed to fetch");
    const task = createUploadTask(source, world.ports);
    task.begin();
    await settle();
    expect(task.state()).toBe("interrupted");
    world.server.refusal = undefined;
    world.ring();
    await settle();
    expect(task.state()).toBe("uploading");
  });

  it("leaves nothing behind when it is cancelled, even while the video is being created", async () => {
    const world = createWorld();
    const early = createUploadTask(source, world.ports);
    early.begin();
    await early.cancel();
    await settle();
    expect(early.state()).toBe("cancelled");
    expect(world.transfers).toEqual([]);
    const task = await startUpload(world);
    await task.cancel();
    expect(task.state()).toBe("cancelled");
    expect(world.removed).toEqual(["video1", "video1"]);
    expect(world.remembered.list("owner")).toEqual([]);
  });

  it("lets the front desk encode again what it has", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.latest().onArrived();
    await settle();
    task.hear({ state: "failed", progress: 0, step: "", error: { code: "encode.timeout", message: "x" } });
    expect(task.problem()?.code).toBe("encode.timeout");
    await task.retry();
    expect(world.retried).toEqual(["video1"]);
    expect(task.state()).toBe("queued");
    expect(task.problem()).toBeNull();
  });

  it("asks again for the state when the news did not come", async () => {
    const world = createWorld();
    const task = await startUpload(world);
    world.server.state = "uploading";
    world.latest().onArrived();
    await settle();
    expect(task.state()).toBe("finishing");
    world.server.state = "queued";
    world.ring();
    await settle();
    expect(task.state()).toBe("queued");
  });

  it.each<TransferEnd>([
    { kind: "interrupted" },
    { kind: "lost" },
    { kind: "refused", code: "auth.required" },
  ])("hears nothing more after it was cancelled: %o", async (end) => {
    const world = createWorld();
    const task = await startUpload(world);
    await task.cancel();
    world.latest().onBroken(end);
    expect(task.state()).toBe("cancelled");
  });
});

import type { ComposerMessage } from "./composer-message.ts";
import { type Picture, paintScene, type Scene } from "./composer-scene.ts";
import { createFramePacer } from "./frame-pacer.ts";

/**
 * Composes frames off the page's thread: browsers put pages that nobody looks at to sleep, but not their workers. Frames
 * come and go as streams; the newest of each input is kept, and closed when the next one comes.
 */
type Input = "screen" | "camera";

const latest: Record<Input, VideoFrame | undefined> = { screen: undefined, camera: undefined };
const readers: Partial<Record<Input, ReadableStreamDefaultReader<VideoFrame>>> = {};
let scene: Scene | undefined;
let canvas: OffscreenCanvas | undefined;
let writer: WritableStreamDefaultWriter<VideoFrame> | undefined;
let ticker: ReturnType<typeof setInterval> | undefined;
let isWriting = false;
const pacer = createFramePacer(() => scene?.frameRate ?? 30);

function keep(input: Input, frame: VideoFrame | undefined): void {
  latest[input]?.close();
  latest[input] = frame;
}

function toPicture(frame: VideoFrame | undefined): Picture | undefined {
  return frame && { image: frame, width: frame.displayWidth, height: frame.displayHeight };
}

async function take(input: Input, frames: ReadableStream<VideoFrame> | undefined): Promise<void> {
  const before = readers[input];
  delete readers[input];
  await before?.cancel().catch(() => {});
  keep(input, undefined);
  if (!frames) return;
  const reader = frames.getReader();
  readers[input] = reader;
  for (;;) {
    const { value } = await reader.read();
    if (!value) break;
    // another source has taken this one's place while its frame was on the way
    if (readers[input] !== reader) {
      value.close();
      break;
    }
    keep(input, value);
    if (pacer.isDueForFrame(performance.now())) paint();
  }
  if (readers[input] === reader) keep(input, undefined);
}

function paint(): void {
  // a slow reader drops pictures here rather than collecting them
  if (!scene || !writer || isWriting) return;
  if (canvas?.width !== scene.widthPx || canvas.height !== scene.heightPx) {
    canvas = new OffscreenCanvas(scene.widthPx, scene.heightPx);
  }
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return;
  const nowMs = performance.now();
  paintScene(context, scene, { screen: toPicture(latest.screen), camera: toPicture(latest.camera) }, nowMs);
  pacer.notePainted(nowMs);
  isWriting = true;
  writer.write(new VideoFrame(canvas, { timestamp: Math.round(nowMs * 1000) })).then(
    () => {
      isWriting = false;
    },
    // the track was stopped: nobody wants pictures any more
    () => close(),
  );
}

function tick(): void {
  if (pacer.isDueForTick(performance.now())) paint();
}

function restartTicker(): void {
  clearInterval(ticker);
  // twice the rate, so that a late tick is at most half a picture late
  ticker = setInterval(tick, 500 / (scene?.frameRate ?? 30));
}

function close(): void {
  clearInterval(ticker);
  for (const input of ["screen", "camera"] as const) void take(input, undefined);
  writer?.close().catch(() => {});
  writer = undefined;
}

addEventListener("message", ({ data }: MessageEvent<ComposerMessage>) => {
  switch (data.name) {
    case "open":
      writer = data.frames.getWriter();
      break;
    case "scene": {
      const rateBefore = scene?.frameRate;
      scene = data.scene;
      if (rateBefore !== scene.frameRate) restartTicker();
      paint();
      break;
    }
    case "input":
      void take(data.input, data.frames);
      break;
  }
});

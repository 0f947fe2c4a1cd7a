import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "#common/node/log.ts";
import type { ToolPipe, ToolPipeRun } from "../../media/ffmpeg-runner.ts";
import { type LiveRung, transcodeArgs } from "../live-args.ts";
import { createMp4StreamReader } from "../mp4-stream.ts";
import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import { chooseLiveRungs } from "./live-ladder.rules.ts";
import { createPictureFeed } from "./picture-feed.ts";
import { toRestartMs } from "./restart.rules.ts";

const hangMs = 6000;
/** FFmpeg that does not keep up is fed no more than this. */
const maxUnreadBytes = 32 * 1024 ** 2;
/** Times are given to FFmpeg from here on, so that none is negative. */
const originTicks = 90_000;
const maxArrivals = 600;
const flushTimeoutMs = 1500;

/** What {@link PictureEncoder} needs. */
export interface PictureEncoderOptions {
  readonly codec: string;
  readonly threads: number;
  readonly segmentSeconds: number;
  readonly openPipe: (run: ToolPipeRun) => ToolPipe;
  /** The rungs are known, from the smallest to the largest: layer 0 is the smallest. */
  readonly onRungs: (count: number) => void;
  /** Frames of H.264 with the times, and the arrivals, that they had on their way in. */
  readonly onFrame: (layer: number, frame: MediaFrame) => void;
  /** FFmpeg has to begin with a key frame. */
  readonly onKeyFrameNeeded: () => void;
  readonly onRestart: () => void;
  readonly log: Logger;
}

/** Makes a small ladder of a picture that cannot be copied. FFmpeg that dies or hangs is started again with the next key frame. */
export class PictureEncoder {
  readonly #options: PictureEncoderOptions;
  #rungs: LiveRung[] = [];
  #head: MediaHead | undefined;
  #pipe: ToolPipe | undefined;
  #feed: ReturnType<typeof createPictureFeed>;
  #firstTicks: number | undefined;
  #heads: Array<MediaHead | undefined> = [];
  /** When the frames on their way through FFmpeg came, by their times. */
  readonly #arrivals = new Map<number, number>();
  #deaths = 0;
  #fedAtMs: number | undefined;
  #startAtMs = 0;
  #isClosing = false;

  constructor(options: PictureEncoderOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#pipe?.pid;
  }

  push(frame: MediaFrame): void {
    if (this.#isClosing) return;
    if (frame.head) this.#head = frame.head;
    if (!this.#pipe) {
      if (!frame.isKey || !this.#head || frame.arrivedMs < this.#startAtMs) return;
      this.#start(this.#head);
    }
    this.#firstTicks ??= frame.ticks;
    const pipe = this.#pipe;
    if (!pipe || !this.#feed) return;
    if (pipe.stdin.writableLength > maxUnreadBytes) {
      this.#options.log.warn("the picture's encoder does not keep up and is started again");
      void pipe.close();
      return;
    }
    this.#fedAtMs ??= frame.arrivedMs;
    this.#arrivals.set(frame.ticks, frame.arrivedMs);
    const [oldest] = this.#arrivals.keys();
    if (this.#arrivals.size > maxArrivals && oldest !== undefined) this.#arrivals.delete(oldest);
    pipe.stdin.write(this.#feed.add(frame, frame.ticks - this.#firstTicks + originTicks));
  }

  /** Looks after FFmpeg; to be called several times a second. */
  poll(nowMs: number): void {
    if (!this.#pipe || this.#fedAtMs === undefined || nowMs - this.#fedAtMs < hangMs) return;
    this.#options.log.warn("the picture's encoder hangs and is started again");
    void this.#pipe.close();
  }

  /** Ends FFmpeg; with `isFlushed` when it has given back everything, within bounds. */
  async close(options: { isFlushed: boolean }): Promise<void> {
    this.#isClosing = true;
    const pipe = this.#pipe;
    if (options.isFlushed && pipe) {
      pipe.stdin.end();
      await Promise.race([pipe.ended, sleep(flushTimeoutMs)]);
    }
    await pipe?.close();
  }

  #start(head: MediaHead): void {
    this.#feed = createPictureFeed(this.#options.codec);
    if (!this.#feed) return;
    const { threads, segmentSeconds } = this.#options;
    if (this.#rungs.length === 0) {
      this.#rungs = chooseLiveRungs(head).reverse();
      this.#options.onRungs(this.#rungs.length);
    }
    const rungs = this.#rungs;
    const pipe = this.#options.openPipe({
      args: transcodeArgs({ format: this.#feed.format, rungs, threads, segmentSeconds }),
      outputCount: rungs.length,
      network: "none",
    });
    this.#pipe = pipe;
    this.#fedAtMs = undefined;
    pipe.stdin.write(this.#feed.begin(head));
    for (const [layer, output] of pipe.outputs.entries()) this.#readFrom(pipe, output, layer);
    void pipe.ended.then(({ exit, output }) => {
      if (this.#pipe !== pipe) return;
      this.#pipe = undefined;
      if (this.#isClosing) return;
      this.#options.onRestart();
      this.#startAtMs = performance.now() + toRestartMs(this.#deaths);
      this.#deaths += 1;
      this.#options.onKeyFrameNeeded();
      this.#options.log.warn(
        { exit, output: output.slice(-300) },
        "the picture's encoder ended and is started again",
      );
    });
  }

  #readFrom(pipe: ToolPipe, output: NodeJS.ReadableStream, layer: number): void {
    const read = createMp4StreamReader();
    output.on("data", (chunk: Buffer) => {
      try {
        for (const frame of read(chunk, performance.now())) this.#take(frame, layer);
      } catch (err) {
        this.#options.log.warn({ err }, "the picture's encoder wrote what cannot be read");
        void pipe.close();
      }
    });
  }

  #take(frame: MediaFrame, layer: number): void {
    this.#deaths = 0;
    this.#fedAtMs = undefined;
    const ticks = frame.ticks - originTicks + (this.#firstTicks ?? 0);
    // the same settings give the same head again: then nothing has changed
    const known = this.#heads[layer];
    if (frame.head && !known?.initSegment.equals(frame.head.initSegment)) this.#heads[layer] = frame.head;
    const arrivedMs = this.#arrivals.get(ticks) ?? frame.arrivedMs;
    this.#options.onFrame(layer, { ...frame, ticks, arrivedMs, head: frame.head && this.#heads[layer] });
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "#common/node/log.ts";
import type { ToolPipe, ToolPipeRun } from "../../media/ffmpeg-runner.ts";
import { makeInitSegment } from "../../media/mp4-init.ts";
import { makeSegment } from "../../media/mp4-segment.ts";
import { aacBlockSamples, audioArgs, sampleRateHz } from "../live-args.ts";
import { makeOpusMoov } from "../mp4-head.ts";
import { createMp4StreamReader } from "../mp4-stream.ts";
import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import { toRestartMs } from "./restart.rules.ts";
import type { FedPacket } from "./sound-feed.ts";

const bitrateBps = 128_000;
/** Opus needs some packets before it decodes as if it had heard all (RFC 7845 §4.6). */
const prerollSamples = 0.08 * sampleRateHz;
/** Sound that was fed and did not come out: FFmpeg hangs. */
const hangSamples = 2 * sampleRateHz;
const hangMs = 3000;
const maxKeptPackets = 3000;
const flushTimeoutMs = 1500;

/** What {@link SoundEncoder} needs. */
export interface SoundEncoderOptions {
  readonly openPipe: (run: ToolPipeRun) => ToolPipe;
  /** Blocks of AAC; their ticks count samples of 48 kHz from the feed's beginning, without gaps. */
  readonly onFrame: (frame: MediaFrame) => void;
  readonly onRestart: () => void;
  readonly log: Logger;
}

/**
 * Makes AAC of a gapless Opus feed by FFmpeg. When FFmpeg dies or hangs, another one goes on at the very block where it stopped:
 * what it had not given back is fed again.
 */
export class SoundEncoder {
  readonly #options: SoundEncoderOptions;
  /** Packets whose sound has not come back yet, and some before them. */
  #kept: FedPacket[] = [];
  #waiting: FedPacket[] = [];
  #pipe: ToolPipe | undefined;
  #head: MediaHead | undefined;
  #nextBlock = 0;
  #sequenceNumber = 0;
  #deaths = 0;
  #heardAtMs = 0;
  #startAtMs = 0;
  #isClosing = false;

  constructor(options: SoundEncoderOptions) {
    this.#options = options;
  }

  /** Process id of the FFmpeg that runs now. */
  get pid(): number | undefined {
    return this.#pipe?.pid;
  }

  feed(packets: readonly FedPacket[]): void {
    this.#kept.push(...packets);
    if (this.#kept.length > maxKeptPackets) this.#kept.splice(0, this.#kept.length - maxKeptPackets);
    this.#waiting.push(...packets);
  }

  /** Hands over what was fed and looks after FFmpeg; to be called several times a second. */
  poll(nowMs: number): void {
    if (this.#isClosing) return;
    if (!this.#pipe && this.#kept.length > 0 && nowMs >= this.#startAtMs) this.#start(nowMs);
    this.#write();
    const last = this.#kept.at(-1);
    const owed = last ? last.position + last.samples - this.#nextBlock * aacBlockSamples : 0;
    if (owed < hangSamples) this.#heardAtMs = nowMs;
    if (this.#pipe && nowMs - this.#heardAtMs > hangMs) {
      this.#options.log.warn("the sound encoder hangs and is started again");
      void this.#pipe.close();
    }
  }

  /** Ends FFmpeg; with `isFlushed` when it has given back everything, within bounds. */
  async close(options: { isFlushed: boolean }): Promise<void> {
    const pipe = this.#pipe;
    if (options.isFlushed && pipe) {
      this.#write();
      this.#isClosing = true;
      pipe.stdin.end();
      await Promise.race([pipe.ended, sleep(flushTimeoutMs)]);
    }
    this.#isClosing = true;
    await pipe?.close();
  }

  #start(nowMs: number): void {
    // block n comes out as the n-th when the samples begin one block before it
    const from = Math.max(0, (this.#nextBlock - 1) * aacBlockSamples);
    const firstAt = this.#kept.findLastIndex(({ position }) => position <= from - prerollSamples);
    this.#kept = this.#kept.slice(Math.max(0, firstAt));
    const begin = this.#kept[0]?.position ?? 0;
    if (begin > from) this.#nextBlock = Math.ceil(begin / aacBlockSamples) + 1;
    const firstBlock = Math.max(0, this.#nextBlock - 1);
    const skipSamples = firstBlock * aacBlockSamples - begin;
    const pipe = this.#options.openPipe({
      args: audioArgs({ skipSamples, bitrateBps }),
      outputCount: 1,
      network: "none",
    });
    this.#pipe = pipe;
    this.#heardAtMs = nowMs;
    this.#waiting = [...this.#kept];
    pipe.stdin.write(makeInitSegment(makeOpusMoov(2)));
    const read = createMp4StreamReader();
    let block = firstBlock;
    pipe.outputs[0]?.on("data", (chunk: Buffer) => {
      try {
        for (const frame of read(chunk, performance.now())) this.#take(frame, block++);
      } catch (err) {
        this.#options.log.warn({ err }, "the sound encoder wrote what cannot be read");
        void pipe.close();
      }
    });
    void pipe.ended.then(({ exit, output }) => {
      if (this.#pipe !== pipe) return;
      this.#pipe = undefined;
      if (this.#isClosing) return;
      this.#options.onRestart();
      this.#startAtMs = performance.now() + toRestartMs(this.#deaths);
      this.#deaths += 1;
      this.#options.log.warn(
        { exit, output: output.slice(-300) },
        "the sound encoder ended and is started again",
      );
    });
  }

  #take(frame: MediaFrame, block: number): void {
    if (frame.head) this.#head ??= frame.head;
    if (block < this.#nextBlock) return;
    this.#nextBlock = block + 1;
    this.#deaths = 0;
    const done = this.#nextBlock * aacBlockSamples - 2 * aacBlockSamples - prerollSamples;
    const keepAt = this.#kept.findIndex(({ position, samples }) => position + samples > done);
    if (keepAt > 0) this.#kept.splice(0, keepAt);
    this.#options.onFrame({ ...frame, ticks: block * aacBlockSamples, head: this.#head });
  }

  #write(): void {
    const [first] = this.#waiting;
    if (!this.#pipe || !first) return;
    const samples = this.#waiting.map(({ packet, samples: durationTicks }) => ({
      durationTicks,
      sizeBytes: packet.length,
      isSync: true,
      compositionOffsetTicks: 0,
      dataOffset: 0,
    }));
    this.#sequenceNumber += 1;
    const data = this.#waiting.map(({ packet }) => packet);
    const baseDecodeTicks = first.position;
    this.#pipe.stdin.write(
      makeSegment({ sequenceNumber: this.#sequenceNumber, baseDecodeTicks, samples, data }),
    );
    this.#waiting = [];
  }
}

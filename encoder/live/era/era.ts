import type { PublisherState, Tap } from "#common/live/sfu-control.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { ToolPipe, ToolPipeRun } from "../../media/ffmpeg-runner.ts";
import type { Cut } from "../cut/cut.ts";
import { Cutter, segmentSeconds } from "../cut/cutter.ts";
import { PictureEncoder } from "../encode/picture-encoder.ts";
import { SoundEncoder } from "../encode/sound-encoder.ts";
import { SoundFeed } from "../encode/sound-feed.ts";
import { createAv1Frames } from "../rtp/av1-frames.ts";
import { createH264Frames, type H264Frames } from "../rtp/h264-frames.ts";
import type { FrameAssembler, MediaFrame } from "../rtp/media-frame.ts";
import { openTappedTrack, type TappedTrack } from "../rtp/tapped-track.ts";
import { createVpxFrames } from "../rtp/vpx-frames.ts";
import type { SfuRoom } from "../sfu-client.ts";
import type { Spool } from "../spool/spool.ts";
import { ClockGuard } from "./clock-guard.ts";
import { type PicturePlan, planPicture } from "./era.rules.ts";

/** Why an era cannot go on as it is: the publisher is there, but another era has to begin. */
export type EraFault = "clock_jumped" | "not_copyable" | "layer_gone" | "nothing_comes" | "no_key_frames";

/** What an {@link Era} needs. */
export interface EraOptions {
  readonly room: SfuRoom;
  readonly publisher: PublisherState;
  /** Why H.264 cannot be copied, known from an era before; empty: it can. */
  readonly whyNotCopied: string;
  /** The broadcast had sound before: silence takes its place if there is none now. */
  readonly needsSound: boolean;
  /** Our address as the sfu reaches it. */
  readonly localHost: string;
  readonly openPipe: (run: ToolPipeRun) => ToolPipe;
  readonly threads: number;
  readonly log: Logger;
  /** Keeps frames over a crash. */
  readonly spool: Spool;
  /**
   * A segment of all tracks is complete; `zeroMs` is the wall time of the era's beginning (epoch). `onStored` is to be called when
   * no crash can lose it any more.
   */
  readonly onCut: (cut: Cut, zeroMs: number, onStored: () => void) => void;
  readonly onRestart: () => void;
}

const tickMs = 100;
/** Later than the sfu's own request, which comes every 2 s. */
const askKeyAfterSeconds = segmentSeconds + 0.2;
const askKeyEveryMs = 500;
/** Taps that bring nothing for so long are opened anew. */
const nothingComesMs = 5000;
const layerGoneMs = 3000;
const opusCodec = "opus";

/**
 * The time from a publisher's coming to its going: taps, decoding of RTP, encoders and cutting. It cannot be opened again; a
 * publisher that comes back is another era.
 */
export class Era implements Closable {
  readonly #options: EraOptions;
  readonly #closer = new Closer();
  readonly #cutter = new Cutter();
  readonly #pictures = new Map<number, TappedTrack>();
  readonly #guards = new Map<number, ClockGuard>();
  readonly #whyNot: Array<H264Frames["whyNotCopied"]> = [];
  readonly #openedMs = performance.now();
  #plan: PicturePlan = { kind: "none" };
  #sound: { track: TappedTrack | undefined; encoder: SoundEncoder; feed: SoundFeed } | undefined;
  #pictureEncoder: PictureEncoder | undefined;
  #publisher: PublisherState;
  #zeroEpochMs: number | undefined;
  #keyAskedMs = 0;
  #layerSeenMs = performance.now();
  #spoolNumber = 0;
  #hasJumped = false;
  #isClosed = false;

  private constructor(options: EraOptions) {
    this.#options = options;
    this.#publisher = options.publisher;
  }

  /** Opens taps and encoders; what was opened is closed again when that fails half-way. */
  static async open(options: EraOptions): Promise<Era> {
    const era = new Era(options);
    try {
      await era.#open();
      return era;
    } catch (error) {
      await era.#closer.close();
      throw error;
    }
  }

  /** Why H.264 cannot be copied; empty: it can. */
  get whyNotCopied(): string {
    return this.#whyNot.map((ask) => ask()).find((reason) => reason !== "") ?? this.#options.whyNotCopied;
  }

  /** Process ids of the FFmpegs that run for it. */
  get toolPids(): number[] {
    return [this.#sound?.encoder.pid, this.#pictureEncoder?.pid].filter((pid) => pid !== undefined);
  }

  /** Takes note of what the sfu says: layers and sound that have come. */
  async follow(publisher: PublisherState): Promise<void> {
    this.#publisher = publisher;
    if (this.#isClosed) return;
    if (this.#plan.kind === "copied") {
      const plan = planPicture(publisher, this.whyNotCopied);
      if (plan.kind === "copied") for (const layer of plan.layers) await this.#openLayer(layer);
    }
    if (publisher.audioCodec === opusCodec && this.#sound && !this.#sound.track) await this.#openSoundTap();
  }

  /** What keeps this era from going on; `undefined`: nothing. */
  findFault(nowMs = performance.now()): EraFault | undefined {
    // first: a clock that jumps back looks like B-frames
    if (this.#hasJumped) return "clock_jumped";
    if (this.#plan.kind === "copied" && this.whyNotCopied !== "") return "not_copyable";
    if (this.#cutter.isStuck) return "no_key_frames";
    if (nowMs - this.#layerSeenMs > layerGoneMs) return "layer_gone";
    const tracks = [...this.#pictures.values(), this.#sound?.track].filter((track) => track !== undefined);
    const lastMs = Math.max(this.#openedMs, ...tracks.map((track) => track.lastPacketMs() ?? 0));
    return nowMs - lastMs > nothingComesMs ? "nothing_comes" : undefined;
  }

  /** Ends it at once; with `isFlushed`, what has come so far becomes a last segment. */
  async close(options: { isFlushed: boolean } = { isFlushed: false }): Promise<void> {
    if (!this.#isClosed && options.isFlushed) {
      this.#isClosed = true;
      for (const track of this.#tracks()) track.poll(Number.POSITIVE_INFINITY);
      await Promise.all([
        this.#sound?.encoder.close({ isFlushed: true }),
        this.#pictureEncoder?.close({ isFlushed: true }),
      ]);
      this.#cut(Number.POSITIVE_INFINITY);
      const last = this.#cutter.finish();
      if (last) this.#hand([last]);
      // nothing is left in it
      this.#options.spool.drop(this.#spoolNumber);
    }
    this.#isClosed = true;
    await this.#closer.close();
  }

  async #open(): Promise<void> {
    const { publisher, whyNotCopied, needsSound } = this.#options;
    this.#plan = planPicture(publisher, whyNotCopied);
    this.#spoolNumber = this.#options.spool.begin(this.#cutter.rest, undefined, 0);
    const timer = setInterval(() => this.#tick(), tickMs);
    this.#closer.add("clock", () => clearInterval(timer));
    if (needsSound || publisher.audioCodec === opusCodec) this.#openSound();
    if (this.#plan.kind === "copied")
      await Promise.all(this.#plan.layers.map((layer) => this.#openLayer(layer)));
    if (this.#plan.kind === "transcoded") await this.#openTranscoded(this.#plan.layer);
    if (publisher.audioCodec === opusCodec) await this.#openSoundTap();
  }

  async #openLayer(layer: number): Promise<void> {
    if (this.#pictures.has(layer)) return;
    const hasLayers = this.#publisher.layers.length > 1;
    let frames: H264Frames | undefined;
    this.#cutter.addPicture(layer);
    const track = await this.#openTrack("video", hasLayers ? layer : null, (packets, tap) => {
      if (!frames) {
        frames = createH264Frames(tap.formatParameters);
        this.#whyNot.push(frames.whyNotCopied);
      }
      for (const packet of packets) {
        for (const frame of frames.push(packet)) this.#takePicture(layer, frame);
      }
    });
    this.#pictures.set(layer, track);
  }

  async #openTranscoded(layer: number | null): Promise<void> {
    const { openPipe, threads, log, onRestart } = this.#options;
    const codec = this.#publisher.videoCodec ?? "";
    // there will be one: sound alone is no broadcast of it
    this.#cutter.addPicture(0);
    const encoder = new PictureEncoder({
      codec,
      threads,
      segmentSeconds,
      openPipe,
      onRungs: (count) => {
        for (let rung = 0; rung < count; rung += 1) this.#cutter.addPicture(rung);
      },
      onFrame: (rung, frame) => this.#takePicture(rung, frame),
      onKeyFrameNeeded: () => this.#askKeyFrames(),
      onRestart,
      log,
    });
    this.#pictureEncoder = encoder;
    this.#closer.add("picture encoder", () => encoder.close({ isFlushed: false }));
    let frames: FrameAssembler | undefined;
    const track = await this.#openTrack("video", layer, (packets, tap) => {
      frames ??= createFrames(codec, tap);
      for (const packet of packets) for (const frame of frames?.push(packet) ?? []) encoder.push(frame);
    });
    this.#pictures.set(layer ?? 0, track);
  }

  #openSound(): void {
    const { openPipe, log, onRestart } = this.#options;
    this.#cutter.addSound();
    const encoder = new SoundEncoder({
      openPipe,
      onFrame: (frame) => this.#takeSound(frame),
      onRestart,
      log,
    });
    this.#closer.add("sound encoder", () => encoder.close({ isFlushed: false }));
    this.#sound = { track: undefined, encoder, feed: new SoundFeed(this.#openedMs) };
    // silence keeps our own time until a packet tells better
    this.#cutter.heardSound(0, this.#openedMs);
  }

  async #openSoundTap(): Promise<void> {
    const sound = this.#sound;
    if (!sound) return;
    sound.track = await this.#openTrack("audio", null, (packets) => {
      for (const { ticks, payload, arrivedMs } of packets) {
        sound.encoder.feed(sound.feed.push({ ticks, payload, arrivedMs }));
        const position = sound.feed.toPosition(ticks);
        if (position !== undefined) this.#cutter.heardSound(position, arrivedMs);
      }
    });
  }

  async #openTrack(
    kind: "audio" | "video",
    layer: number | null,
    onPackets: Parameters<typeof openTappedTrack>[0]["onPackets"],
  ): Promise<TappedTrack> {
    const { room, localHost, log } = this.#options;
    const track = await openTappedTrack({ room, kind, layer, localHost, log, onPackets });
    this.#closer.add(`tap of ${kind}`, () => track.close());
    return track;
  }

  #tracks(): TappedTrack[] {
    return [...this.#pictures.values(), ...(this.#sound?.track ? [this.#sound.track] : [])];
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const track of this.#tracks()) track.poll(nowMs);
    if (this.#sound) {
      this.#sound.encoder.feed(this.#sound.feed.poll(nowMs));
      this.#sound.encoder.poll(nowMs);
    }
    this.#pictureEncoder?.poll(nowMs);
    this.#cut(nowMs);
    if (this.#cutter.openSeconds > askKeyAfterSeconds && nowMs - this.#keyAskedMs > askKeyEveryMs) {
      this.#askKeyFrames();
    }
    const { layers } = this.#publisher;
    const used = this.#plan.kind === "transcoded" ? this.#plan.layer : null;
    if (used === null || layers.some(({ layer, isActive }) => layer === used && isActive))
      this.#layerSeenMs = nowMs;
  }

  #takePicture(layer: number, frame: MediaFrame): void {
    const guard = this.#guards.get(layer) ?? new ClockGuard();
    this.#guards.set(layer, guard);
    if (guard.hasJumped(frame)) this.#hasJumped = true;
    if (this.#hasJumped) return;
    this.#cutter.pushPicture(layer, frame);
    this.#options.spool.add(layer, frame);
  }

  #takeSound(frame: MediaFrame): void {
    this.#cutter.pushSound(frame);
    this.#options.spool.add(null, frame);
  }

  #askKeyFrames(): void {
    this.#keyAskedMs = performance.now();
    for (const track of this.#pictures.values()) track.requestKeyFrame();
  }

  #cut(nowMs: number): void {
    // a crash between here and the storage is made good by what is kept now
    this.#options.spool.flush(this.#cutter.places, this.#zeroEpoch());
    this.#hand(this.#cutter.poll(nowMs));
  }

  #hand(cuts: readonly Cut[]): void {
    if (cuts.length === 0) return;
    const { spool, onCut } = this.#options;
    const zeroMs = this.#zeroEpoch();
    const number = this.#spoolNumber;
    this.#spoolNumber = spool.begin(this.#cutter.rest, this.#cutter.places, zeroMs);
    for (const [at, cut] of cuts.entries()) {
      const isLast = at === cuts.length - 1;
      onCut(cut, zeroMs, () => isLast && spool.drop(number));
    }
  }

  /** Wall time of the era's beginning; the same once it is known. */
  #zeroEpoch(): number {
    const { zeroMs } = this.#cutter;
    if (zeroMs !== undefined) this.#zeroEpochMs ??= Math.round(Date.now() - performance.now() + zeroMs);
    return this.#zeroEpochMs ?? Date.now();
  }
}

function createFrames(codec: string, tap: Tap): FrameAssembler | undefined {
  if (codec === "h264") return createH264Frames(tap.formatParameters);
  if (codec === "vp8" || codec === "vp9") return createVpxFrames(codec);
  return codec === "av1" ? createAv1Frames() : undefined;
}

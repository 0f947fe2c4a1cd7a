import type { BroadcastOrder, BroadcastStatus } from "#common/live/broadcast.ts";
import type { PublisherState } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { ToolPipe, ToolPipeRun } from "../media/ffmpeg-runner.ts";
import type { Cut } from "./cut/cut.ts";
import { toIngestReport } from "./era/era.rules.ts";
import { Era, type EraFault } from "./era/era.ts";
import { openRoomWatch, type RoomWatch } from "./room-watch.ts";
import { findLocalAddress } from "./rtp/tap-socket.ts";
import type { SfuRoom } from "./sfu-client.ts";
import { liveMasterName, type Shelf } from "./shelf/shelf.ts";
import { recoverCuts } from "./spool/recover.ts";
import type { Spool } from "./spool/spool.ts";

/** What a {@link Recorder} needs. */
export interface RecorderOptions {
  readonly openShelf: (order: BroadcastOrder) => Promise<Shelf>;
  readonly openRoom: (order: BroadcastOrder) => SfuRoom;
  readonly openSpool: (order: BroadcastOrder) => Spool;
  readonly openPipe: (run: ToolPipeRun) => ToolPipe;
  /** Threads of an encode that cannot be avoided. */
  readonly threads: number;
  readonly log: Logger;
  /** Hears each segment too; `zeroMs` is the wall time of its time 0. */
  readonly onCut: (cut: Cut, zeroMs: number) => void;
}

/** What a recorder says of its broadcast; pictures and targets are others' business. */
export type RecorderStatus = Omit<
  BroadcastStatus,
  "thumbnailNumber" | "hasPoster" | "hasStoryboard" | "targets"
>;

/** What a recorder counted since it began. */
export interface RecorderCounts {
  readonly segments: number;
  readonly borrowed: number;
  readonly restarts: number;
  readonly eras: number;
}

const roundMs = 200;
/** A segment that the storage has already begins at the same time. */
const sameDateMs = 100;
const firstRetryMs = 300;
const longestRetryMs = 10_000;
/** Rungs that are announced and have not come yet hold up the first viewers for no more than so many segments. */
const segmentsBeforeLive = { least: 2, most: 4 };

/** Makes one broadcast's segments: eras as the publisher comes and goes, until the order says that it is finished. */
export class Recorder implements Closable {
  readonly #options: RecorderOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #spool: Spool;
  #order: BroadcastOrder;
  #shelf: Shelf | undefined;
  #watch: RoomWatch | undefined;
  #watchedUrl = "";
  #era: { readonly era: Era; readonly sessionId: string } | undefined;
  #publisher: PublisherState | undefined;
  #whyNotCopied = { sessionId: "", reason: "" };
  #retry = { atMs: 0, waitMs: firstRetryMs };
  #finished: { masterName: string } | undefined;
  #trouble = "";
  #counts = { restarts: 0, eras: 0, segments: 0 };
  #wake: () => void = () => undefined;

  constructor(order: BroadcastOrder, options: RecorderOptions) {
    this.#order = order;
    this.#options = options;
    this.#spool = options.openSpool(order);
    this.#running = this.#run();
  }

  /** Takes the newest order; the same broadcast's. */
  follow(order: BroadcastOrder): void {
    this.#order = order;
    this.#wake();
  }

  get counts(): RecorderCounts {
    return { ...this.#counts, borrowed: this.#shelf?.borrowedCount ?? 0 };
  }

  /** Process ids of the FFmpegs that run for it. */
  get toolPids(): number[] {
    return this.#era?.era.toolPids ?? [];
  }

  get status(): RecorderStatus {
    const catalog = this.#shelf?.catalog;
    const whyNot = this.#era?.era.whyNotCopied ?? "";
    return {
      broadcastId: this.#order.broadcastId,
      state: this.#finished ? "finished" : this.#era ? "writing" : "waiting",
      trouble: this.#shelf?.trouble || this.#trouble,
      liveName: this.#isWatchable() ? liveMasterName : "",
      masterName: this.#finished?.masterName ?? "",
      ingest: toIngestReport(this.#publisher, whyNot),
      renditions: catalog?.renditions() ?? [],
      audioTracks: catalog?.audioTracks() ?? [],
      durationSeconds: catalog?.durationSeconds ?? 0,
      sizeBytes: catalog?.sizeBytes ?? 0,
      aspectRatio: catalog?.aspectRatio ?? 0,
    };
  }

  /** Lets go: what has come so far is kept, and another recorder can go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && !this.#finished) {
      try {
        await this.#round();
      } catch (err) {
        this.#fail(err);
      }
      if (!this.#finished) await this.#pause();
    }
    await this.#endEra();
    await this.#watch?.close();
    await this.#shelf?.settle();
    await this.#spool.settle();
  }

  async #round(): Promise<void> {
    this.#shelf ??= await this.#openShelf();
    if (this.#order.wanted === "finished" || this.#shelf.catalog.end) return await this.#finish(this.#shelf);
    await this.#watchRoom();
    const publisher = this.#watch?.room()?.publisher ?? undefined;
    if (publisher) this.#publisher = publisher;
    const liveId = publisher?.state === "live" ? publisher.sessionId : undefined;
    const end = this.#era && this.#findEnd(this.#era, liveId);
    // what could not be copied is no picture
    if (end) await this.#endEra({ isFlushed: end !== "not_copyable" });
    if (this.#era && publisher) await this.#era.era.follow(publisher);
    if (!this.#era && publisher && liveId !== undefined && performance.now() >= this.#retry.atMs) {
      await this.#beginEra(this.#shelf, publisher);
    }
  }

  /** Goes on from the storage, and from what a process that was killed had not brought there. */
  async #openShelf(): Promise<Shelf> {
    const shelf = await this.#options.openShelf(this.#order);
    const { segments, end } = shelf.catalog;
    const isKnown = (dateMs: number) =>
      segments.some((segment) => Math.abs(segment.dateMs - dateMs) < sameDateMs);
    const left = end ? [] : recoverCuts(await this.#spool.readLeft());
    if (left.length > 0 && segments.length === 0) shelf.beginEra();
    for (const { cut, dateMs } of left) if (!isKnown(dateMs)) shelf.add(cut, dateMs);
    await shelf.settle();
    await this.#spool.forget();
    if (segments.length > 0) this.#options.log.info({ left: left.length }, "a broadcast goes on");
    return shelf;
  }

  #findEnd(
    { era, sessionId }: { era: Era; sessionId: string },
    liveId: string | undefined,
  ): EraFault | "left" | undefined {
    const fault = era.findFault();
    if (fault) this.#noteFault(fault, sessionId, era.whyNotCopied);
    // an sfu that does not answer may still send
    const isLeft = this.#watch?.room() !== undefined && liveId !== sessionId;
    return fault ?? (isLeft ? "left" : undefined);
  }

  #noteFault(fault: EraFault, sessionId: string, reason: string): void {
    this.#options.log.warn({ fault }, "the era ends, another one begins");
    if (fault === "not_copyable") this.#whyNotCopied = { sessionId, reason };
    else if (fault !== "layer_gone") this.#wait();
  }

  async #beginEra(shelf: Shelf, publisher: PublisherState): Promise<void> {
    const { openPipe, threads, log, openRoom } = this.#options;
    const { sessionId } = publisher;
    shelf.beginEra();
    let hasCut = false;
    const era = await Era.open({
      room: openRoom(this.#order),
      publisher,
      whyNotCopied: this.#whyNotCopied.sessionId === sessionId ? this.#whyNotCopied.reason : "",
      needsSound: shelf.catalog.hasSound,
      localHost: await findLocalAddress(new URL(this.#order.sfuUrl).hostname),
      openPipe,
      threads,
      log,
      spool: this.#spool,
      onCut: (cut, zeroMs, onStored) => {
        if (!hasCut) this.#retry.waitMs = firstRetryMs;
        hasCut = true;
        this.#counts.segments += 1;
        shelf.add(cut, zeroMs, onStored);
        this.#options.onCut(cut, zeroMs);
      },
      onRestart: () => {
        this.#counts.restarts += 1;
      },
    });
    this.#era = { era, sessionId };
    this.#counts.eras += 1;
    this.#trouble = "";
    log.info({ sessionId }, "media arrives");
  }

  async #endEra({ isFlushed } = { isFlushed: true }): Promise<void> {
    const ending = this.#era;
    if (!ending) return;
    await ending.era.close({ isFlushed });
    await this.#shelf?.settle();
    this.#era = undefined;
    this.#options.log.info({ sessionId: ending.sessionId }, "media ends");
  }

  async #finish(shelf: Shelf): Promise<void> {
    await this.#endEra();
    const masterName = await shelf.finish();
    this.#finished = { masterName };
    this.#options.log.info(
      { masterName, durationSeconds: shelf.catalog.durationSeconds },
      "broadcast finished",
    );
  }

  async #watchRoom(): Promise<void> {
    if (this.#watch && this.#watchedUrl === this.#order.sfuUrl) return;
    await this.#watch?.close();
    this.#watchedUrl = this.#order.sfuUrl;
    this.#watch = openRoomWatch(this.#options.openRoom(this.#order), () => this.#wake());
  }

  #isWatchable(): boolean {
    const catalog = this.#shelf?.catalog;
    if (!catalog || catalog.end) return false;
    const count = catalog.segments.length;
    const areAllThere = catalog.rungs.length >= (this.#publisher?.layers.length ?? 0);
    return count >= segmentsBeforeLive.most || (count >= segmentsBeforeLive.least && areAllThere);
  }

  #fail(err: unknown): void {
    this.#wait();
    this.#trouble = "The media server does not hand over what comes in. It is tried again.";
    this.#options.log.warn({ err }, "the broadcast has trouble");
  }

  #wait(): void {
    this.#retry.atMs = performance.now() + this.#retry.waitMs;
    this.#retry.waitMs = Math.min(longestRetryMs, this.#retry.waitMs * 2);
  }

  async #pause(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, roundMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

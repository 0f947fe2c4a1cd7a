import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import Flv from "node-media-server/src/protocol/flv.js";
import { assertNever, ShoalError } from "#common/errors.ts";
import type { IngestReport } from "#common/live/broadcast.ts";
import type { PlainPublisher } from "#common/live/sfu-control.ts";
import type { Logger } from "#common/node/log.ts";
import { planIngest } from "./ingest.rules.ts";
import { type RtpDestination, toIngestArgs } from "./ingest-args.ts";
import type { IngestProcess, StartIngestProcess } from "./ingest-process.port.ts";
import type { RtmpMessage } from "./rtmp-connection.ts";

/** What a {@link Publication} wants of the sfu: a room of the stream to send into. */
export interface IngestRoom {
  /** Throws `stream.already_live` while somebody else is heard there, and what the key is refused with. */
  publish(
    tracks: readonly { kind: "audio" | "video"; codec: string; payloadType: number; ssrc: number }[],
  ): Promise<PlainPublisher>;
  /** Is this still the publisher of the room? It is not when the sfu was started anew. */
  isThere(sessionId: string): Promise<boolean>;
  /** The publisher has left for good. */
  leave(sessionId: string): Promise<void>;
}

/** What a {@link Publication} is made of. */
export interface PublicationOptions {
  readonly room: IngestRoom;
  readonly startProcess: StartIngestProcess;
  readonly threadCount: number;
  readonly log: Logger;
  /** Holds the publisher back while FFmpeg cannot keep up. */
  setPaused(isPaused: boolean): void;
  /** Tells the publisher why it cannot go on, and lets it go. */
  refuse(sentence: string): void;
}

type State = "looking" | "opening" | "sending" | "closed";

/** A publisher that says nothing decisive is decided about by what it has said. */
const decideWithinMs = 3000;
/** What is kept until it is decided; a publisher that sends more is too eager to be one. */
const maxHeldBytes = 24 * 1024 * 1024;
const maxHeldMessages = 20_000;
/** Seconds of any real publisher: all of them are looked at with each that comes. */
const maxLookMessages = 1000;
/** FFmpeg that dies again and again is not started any more. */
const maxStarts = 5;
const startsKeptMs = 60_000;
const silentMs = 3000;
const watchEveryMs = 1000;
/** How long FFmpeg may take for what it still has of a publisher who has left. */
const finishMs = 1000;
const payloadTypes = { video: 102, audio: 111 } as const;

/** One RTMP publisher's media on its way to the sfu: looked at, then copied or encoded by FFmpeg. */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #timer: NodeJS.Timeout;
  #watch: NodeJS.Timeout | undefined;
  #receivedAtMs = performance.now();
  #state: State = "looking";
  #held: RtmpMessage[] = [];
  #heldBytes = 0;
  #report: IngestReport | null = null;
  #session: PlainPublisher | undefined;
  #args: readonly string[] = [];
  #process: IngestProcess | undefined;
  /** The newest metadata and headers: what a new FFmpeg needs to be told first. */
  readonly #headers = new Map<string, Buffer>();
  #waitsForKey = false;
  #startedAtMs: number[] = [];

  constructor(options: PublicationOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#decide(true), decideWithinMs);
  }

  /** What comes in and what is made of it; `null` until that is known. */
  get report(): IngestReport | null {
    return this.#report;
  }

  /** Has nothing come for so long that somebody else may take its place? */
  isSilent(): boolean {
    return performance.now() - this.#receivedAtMs > silentMs;
  }

  receive(message: RtmpMessage): void {
    this.#receivedAtMs = performance.now();
    this.#remember(message);
    if (this.#state === "closed") return;
    if (this.#state === "sending") {
      this.#send(message);
      return;
    }
    this.#held.push(message);
    this.#heldBytes += message.flvTag.length;
    const isTooMuch = this.#heldBytes > maxHeldBytes || this.#held.length > maxHeldMessages;
    if (isTooMuch) this.#giveUp("More comes than can be taken.");
    else if (this.#state === "looking") this.#decide(this.#held.length >= maxLookMessages);
  }

  /** Ends it; `hasLeft`: the publisher said so, so the broadcast need not wait for it. */
  async close(hasLeft: boolean): Promise<void> {
    if (this.#state === "closed" && !this.#session) return;
    this.#state = "closed";
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#held = [];
    const session = this.#session;
    this.#session = undefined;
    if (this.#process) await finish(this.#process, hasLeft ? finishMs : 0);
    if (session && hasLeft) {
      await this.#options.room.leave(session.sessionId).catch((error) => {
        this.#options.log.warn({ err: error }, "the sfu could not be told that a publisher has left");
      });
    }
  }

  #remember({ media, flvTag }: RtmpMessage): void {
    if (media === null) this.#headers.set("metadata", flvTag);
    else if (media.part === "header") this.#headers.set(media.kind, flvTag);
  }

  #decide(isAll: boolean): void {
    if (this.#state !== "looking") return;
    const messages = this.#held.flatMap(({ media }) => (media ? [media] : []));
    const plan = planIngest(messages, isAll);
    switch (plan.state) {
      case "undecided":
        return;
      case "refused":
        this.#giveUp(plan.reason);
        return;
      case "decided":
        this.#state = "opening";
        clearTimeout(this.#timer);
        this.#open(plan.report).catch((error) => {
          const isRefusal = error instanceof ShoalError;
          if (!isRefusal) this.#options.log.error({ err: error }, "a publisher could not be taken in");
          this.#giveUp(isRefusal ? error.message : "The server cannot take streams now. Try again soon.");
        });
        return;
      default:
        assertNever(plan);
    }
  }

  async #open(report: IngestReport): Promise<void> {
    this.#report = report;
    await this.#join();
    if (this.#state === "closed") return;
    this.#state = "sending";
    this.#start();
    const held = this.#held;
    this.#held = [];
    for (const message of held) if (!this.#isHeader(message)) this.#send(message);
    this.#watchRoom();
  }

  /** Becomes the publisher of the room, and learns where FFmpeg has to send. */
  async #join(): Promise<void> {
    const report = this.#report;
    if (!report) throw new Error("nothing is known of the media");
    const kinds = [
      ...(report.video === "none" ? [] : (["video"] as const)),
      ...(report.audioCodec === null ? [] : (["audio"] as const)),
    ];
    const tracks = kinds.map((kind) => ({
      kind,
      codec: kind === "video" ? "h264" : "opus",
      payloadType: payloadTypes[kind],
      ssrc: randomInt(1, 2 ** 31),
    }));
    const session = await this.#options.room.publish(tracks);
    if (this.#state === "closed") return await this.#options.room.leave(session.sessionId);
    this.#session = session;
    const destinationOf = (kind: "audio" | "video"): RtpDestination | null => {
      const at = tracks.findIndex((track) => track.kind === kind);
      const [track, port, rtcpPort] = [tracks[at], session.ports[at], session.rtcpPorts[at]];
      return track && port && rtcpPort ? { ...track, host: session.host, port, rtcpPort } : null;
    };
    this.#args = toIngestArgs({
      report,
      video: destinationOf("video"),
      audio: destinationOf("audio"),
      threadCount: this.#options.threadCount,
    });
  }

  /** UDP says nothing of an sfu that was started anew: it is asked. */
  #watchRoom(): void {
    this.#watch = setTimeout(() => {
      this.#rejoin()
        .catch((error) => {
          // an sfu or a database that is away is asked again
          const isRefusal = error instanceof ShoalError && error.code !== "service.unavailable";
          if (isRefusal) this.#giveUp(error.message);
        })
        .finally(() => this.#state === "sending" && this.#watchRoom());
    }, watchEveryMs);
  }

  async #rejoin(): Promise<void> {
    const session = this.#session;
    if (!session || (await this.#options.room.isThere(session.sessionId))) return;
    await this.#join();
    if (this.#state !== "sending") return;
    // its end starts the next one, with the new addresses
    await this.#process?.close();
  }

  #isHeader({ media }: RtmpMessage): boolean {
    return media === null || media.part === "header";
  }

  #start(): void {
    const now = Date.now();
    this.#startedAtMs = [...this.#startedAtMs.filter((startedAt) => now - startedAt < startsKeptMs), now];
    if (this.#startedAtMs.length > maxStarts) {
      this.#giveUp("What is sent cannot be read.");
      return;
    }
    const running = this.#options.startProcess(this.#args);
    this.#process = running;
    running.stdin.on("error", () => {});
    running.stdin.on("drain", () => this.#options.setPaused(false));
    running.stdin.write(
      Flv.createHeader(
        this.#headers.has("audio") || this.#report?.audioCodec !== null,
        this.#report?.video !== "none",
      ),
    );
    for (const kind of ["metadata", "video", "audio"]) {
      const header = this.#headers.get(kind);
      if (header) running.stdin.write(header);
    }
    running.ended.then(({ output }) => {
      if (this.#state !== "sending" || this.#process !== running) return;
      this.#options.log.warn(
        { output: output.slice(-300) },
        "FFmpeg of a publisher ended; it is started again",
      );
      this.#options.setPaused(false);
      this.#waitsForKey = true;
      this.#start();
    });
  }

  #send(message: RtmpMessage): void {
    if (this.#waitsForKey) {
      if (message.media?.kind === "video" && message.media.part !== "key") return;
      if (message.media?.kind === "video") this.#waitsForKey = false;
    }
    const stdin = this.#process?.stdin;
    if (stdin?.writable && !stdin.write(message.flvTag)) this.#options.setPaused(true);
  }

  #giveUp(sentence: string): void {
    if (this.#state === "closed") return;
    this.#options.refuse(sentence);
    this.close(false).catch((error) =>
      this.#options.log.warn({ err: error }, "a publisher could not be let go"),
    );
  }
}

async function finish(running: IngestProcess, patienceMs: number): Promise<void> {
  running.stdin.end();
  const timer = new AbortController();
  const late = sleep(patienceMs, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([running.ended, late]);
  timer.abort();
  await running.close();
}

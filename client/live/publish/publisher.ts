import type { PublishTicket } from "#common/live/stream.ts";
import { toProblem } from "../../app/problem.ts";
import { type WhipClient, WhipError } from "../whip-client.ts";
import { Hearing } from "./hearing.ts";
import { listenForNetworkChange } from "./network-change.ts";
import {
  isSending,
  type PublishEffect,
  type PublishEvent,
  type PublishLife,
  preparedLife,
  stepPublish,
} from "./publish-life.ts";
import { PublishLink, type Show } from "./publish-link.ts";
import {
  type PublishNumbers,
  type PublishSample,
  toPublishNumbers,
  toPublishSample,
} from "./publish-numbers.rules.ts";

interface PublisherOptions {
  readonly whip: WhipClient;
  /** A ticket that is good for some time to come. */
  readonly getTicket: () => Promise<PublishTicket>;
  readonly getShow: () => Show;
  readonly windowMs: () => number;
  /** Does the server still keep the broadcast for us? Somebody may have ended it while we were away. */
  readonly isBroadcastKept: () => Promise<boolean>;
  readonly onLife: (life: PublishLife) => void;
}

const listenMs = 500;

/**
 * Sends a broadcast: moves along `publish-life.ts`, and does what each step asks for. Owns its connections; closed by
 * `close`, which says nothing to the server, or by the end of its life.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  #life = preparedLife;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listening: ReturnType<typeof setInterval> | undefined;
  #link: PublishLink | undefined;
  /** Made before the click, or before the next try. */
  #spare: PublishLink | undefined;
  #posting = new AbortController();
  #lastSample: PublishSample | undefined;
  #knownBps: number | undefined;
  #leaving: Promise<boolean> = Promise.resolve(false);
  readonly #stopListening: () => void;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#stopListening = listenForNetworkChange(() => this.#tell({ name: "network_changed" }));
  }

  get life(): PublishLife {
    return this.#life;
  }

  get layerCount(): number {
    return this.#link?.layerCount ?? 0;
  }

  /** Everything that can be done ahead: the ticket, the connection, the offer. Failing costs time, nothing else. */
  async prepare(): Promise<void> {
    if (this.#spare || isSending(this.#life)) return;
    try {
      const ticket = await this.#options.getTicket();
      if (this.#spare || isSending(this.#life)) return;
      this.#spare = this.#makeLink(ticket);
      this.#spare.prepare();
    } catch {
      // the click asks for it again, and says what is wrong
    }
  }

  go(isReturn: boolean): void {
    this.#tell({ name: "go", isReturn });
  }

  /** Stops sending at once. `true`: the server has heard that it is over. */
  async end(): Promise<boolean> {
    this.#leaving = Promise.resolve(false);
    this.#tell({ name: "end" });
    return this.#leaving;
  }

  /** The server says that the broadcast is over. */
  noteClosed(): void {
    this.#tell({ name: "closed" });
  }

  /** What is shown has changed. */
  refreshShow(): void {
    const show = this.#options.getShow();
    this.#link?.change(show);
    this.#spare?.change(show);
  }

  /** What went out since the last call; `undefined` at the first look at a connection, and without one. */
  async readNumbers(): Promise<PublishNumbers | undefined> {
    const link = this.#link;
    if (!link) return undefined;
    const stats = await readStats(link);
    const before = this.#lastSample;
    const sample = toPublishSample(stats, performance.now());
    if (this.#link !== link) return undefined;
    this.#lastSample = sample;
    if (sample.availableBps) this.#knownBps = sample.availableBps;
    return before && toPublishNumbers(before, sample);
  }

  close(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
    clearInterval(this.#listening);
    this.#hangUp();
    this.#spare?.close();
    this.#spare = undefined;
  }

  #makeLink(ticket: PublishTicket): PublishLink {
    const link: PublishLink = new PublishLink({
      iceServers: ticket.iceServers,
      show: this.#options.getShow(),
      knownBps: this.#knownBps,
      onState: (state) => link === this.#link && this.#noteState(state),
    });
    return link;
  }

  #noteState(state: RTCPeerConnectionState): void {
    if (state === "connected" || state === "disconnected" || state === "failed") this.#tell({ name: state });
  }

  #tell(event: PublishEvent): void {
    const { life, effects } = stepPublish(this.#life, event, {
      nowMs: Date.now(),
      windowMs: this.#options.windowMs(),
      random: Math.random(),
    });
    if (life === this.#life && effects.length === 0) return;
    if (life.state !== this.#life.state) this.#listen(life.state === "on_air");
    this.#life = life;
    clearTimeout(this.#timer);
    if (life.timerAtMs !== null) {
      this.#timer = setTimeout(() => this.#tell({ name: "timer" }), Math.max(0, life.timerAtMs - Date.now()));
    }
    for (const effect of effects) this.#do(effect);
    this.#options.onLife(life);
  }

  /** Asks the connection whether the server can be heard, for as long as all seems well. */
  #listen(isOnAir: boolean): void {
    clearInterval(this.#listening);
    if (!isOnAir) return;
    const hearing = new Hearing();
    this.#listening = setInterval(async () => {
      const link = this.#link;
      if (!link) return;
      const stats = await readStats(link);
      if (link === this.#link && hearing.isLost(stats, performance.now())) this.#tell({ name: "unheard" });
    }, listenMs);
  }

  #do(effect: PublishEffect): void {
    switch (effect) {
      case "post":
        void this.#post();
        break;
      case "restart_ice":
        void this.#restartIce();
        break;
      case "hang_up":
        this.#hangUp();
        break;
      case "delete":
        this.#leaving = this.#leave();
        break;
    }
  }

  #hangUp(): void {
    this.#posting.abort();
    this.#link?.close();
    this.#link = undefined;
    this.#lastSample = undefined;
  }

  async #post(): Promise<void> {
    this.#hangUp();
    const posting = new AbortController();
    this.#posting = posting;
    try {
      const [ticket, isKept] = await Promise.all([
        this.#options.getTicket(),
        // whoever comes with a ticket would begin another broadcast
        this.#life.isKept ? this.#options.isBroadcastKept() : true,
      ]);
      if (posting.signal.aborted) return;
      if (!isKept) return this.#tell({ name: "closed" });
      const link = this.#spare ?? this.#makeLink(ticket);
      this.#spare = undefined;
      this.#link = link;
      link.change(this.#options.getShow());
      await link.connect(this.#options.whip, ticket, posting.signal);
    } catch (error) {
      if (!posting.signal.aborted) this.#tell(toRefusal(error));
    }
  }

  async #restartIce(): Promise<void> {
    const link = this.#link;
    if (!link) return this.#tell({ name: "restart_refused" });
    let isRestarted = false;
    try {
      isRestarted = await link.restartIce(this.#options.whip, await this.#options.getTicket());
    } catch {
      // a server without this session, or none in reach: a new session finds out which
    }
    if (this.#link !== link || this.#life.state !== "restarting") return;
    if (!isRestarted) this.#tell({ name: "restart_refused" });
    // an old way that still works keeps its state: nobody would say so again
    else if (link.isConnected) this.#tell({ name: "connected" });
  }

  async #leave(): Promise<boolean> {
    const link = this.#link;
    this.#posting.abort();
    this.#link = undefined;
    try {
      return (await link?.end(this.#options.whip, await this.#options.getTicket())) ?? false;
    } catch {
      return false;
    } finally {
      link?.close();
    }
  }
}

async function readStats(link: PublishLink): Promise<Readonly<Record<string, unknown>>[]> {
  const stats: Readonly<Record<string, unknown>>[] = [];
  const report = await link.readStats();
  report.forEach((one) => {
    stats.push(one);
  });
  return stats;
}

function toRefusal(error: unknown): PublishEvent {
  if (error instanceof WhipError) {
    const { code, status, retryAfterMs } = error;
    return { name: "refused", code, canRetry: status === 429 || status >= 500, retryAfterMs };
  }
  const { code, canRetry } = toProblem(error);
  return { name: "refused", code, canRetry };
}

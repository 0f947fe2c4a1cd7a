import { randomUUID } from "node:crypto";
import type { Producer, Transport } from "mediasoup/types";
import type { PublisherState } from "#common/live/sfu-control.ts";
import { isPublisherOver, type PublisherSigns, toPublisherStateName } from "./publisher-state.rules.ts";
import type { Source } from "./source.ts";
import { StreamMeter } from "./stream-meter.ts";

/** A publisher as it was opened: transports that close together, and what they bring. */
export interface PublisherParts {
  readonly via: PublisherState["via"];
  readonly transports: readonly Transport[];
  readonly producers: readonly Producer[];
  /** Does the transport believe that the other side is there? Default: always. */
  readonly isLinked?: () => boolean;
}

/** Who sends into a room, from the offer to the end. */
export class PublisherSession implements Source {
  readonly sessionId = randomUUID();
  readonly producers: readonly Producer[];
  readonly #parts: PublisherParts;
  readonly #meter: StreamMeter;
  readonly #openedAtMs = performance.now();
  readonly #listeners = new Set<() => void>();
  #heardAtMs: number | null = null;
  #toldState: PublisherState["state"] = "connecting";
  #isMeasuring = false;
  #isClosed = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.producers = parts.producers;
    this.#meter = new StreamMeter(parts.producers);
    for (const producer of parts.producers) {
      // the first packet of a stream gives it a score
      producer.observer.on("score", (scores) => {
        if (scores.some(({ score }) => score > 0)) this.#hear();
      });
    }
    for (const transport of parts.transports) transport.observer.once("close", () => this.close());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get stateName(): PublisherState["state"] {
    return toPublisherStateName(this.#signs(), performance.now());
  }

  /** Has it had its time, in a state in which nothing comes? */
  get isOver(): boolean {
    return isPublisherOver(this.#signs(), performance.now());
  }

  describe(): PublisherState {
    return {
      sessionId: this.sessionId,
      via: this.#parts.via,
      state: this.stateName,
      videoCodec: this.#codecOf("video"),
      audioCodec: this.#codecOf("audio"),
      ...this.#meter.numbers,
    };
  }

  /** Measures what arrives; one round at a time. */
  async measure(): Promise<void> {
    if (this.#isMeasuring || this.#isClosed) return;
    this.#isMeasuring = true;
    try {
      if (await this.#meter.measure()) this.#hear();
      else this.tell();
    } catch (error) {
      // its worker has died or it was closed meanwhile
      if (!this.#isClosed) throw error;
    } finally {
      this.#isMeasuring = false;
    }
  }

  /** Called whenever its state has another name, and when it is closed. */
  onChanged(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Tells the listeners if its state has another name by now. */
  tell(): void {
    if (this.stateName === this.#toldState) return;
    this.#toldState = this.stateName;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const transport of this.#parts.transports) transport.close();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  #hear(): void {
    this.#heardAtMs = performance.now();
    this.tell();
  }

  #signs(): PublisherSigns {
    return {
      openedAtMs: this.#openedAtMs,
      heardAtMs: this.#heardAtMs,
      isLinked: !this.#isClosed && (this.#parts.isLinked?.() ?? true),
    };
  }

  #codecOf(kind: "audio" | "video"): string | null {
    const producer = this.producers.find((one) => one.kind === kind);
    return producer?.rtpParameters.codecs[0]?.mimeType.replace(/^.*\//, "").toLowerCase() ?? null;
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { ShoalError } from "#common/errors.ts";
import type { RestreamState } from "#common/live/restream.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import { toConfigTag, toSampleTag } from "./flv-tags.ts";
import type { RestreamSample, RestreamSource } from "./restream-sample.ts";
import type { RtmpPush, RtmpTarget } from "./rtmp-push.ts";

/** What a {@link Restream} is made of. */
export interface RestreamOptions {
  readonly target: RtmpTarget;
  readonly source: RestreamSource;
  readonly openPush: (target: RtmpTarget) => Promise<RtmpPush>;
  readonly log: Logger;
  /** The first wait before another try; it doubles up to 30 times as much. Default 1000. */
  readonly firstWaitMs?: number;
}

/** A target that was never reached is given up after so many tries; one that was live is tried for as long as it takes. */
const maxTries = 10;
const longestWaitFactor = 30;
/** A target that kept the stream for so long counts as well again. */
const healthyMs = 30_000;
const maxTroubleLength = 300;

/** Sends one broadcast to one other site, again and again until it is closed. */
export class Restream implements Closable {
  readonly #options: RestreamOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #state: RestreamState = "connecting";
  #trouble = "";
  #push: RtmpPush | undefined;

  constructor(options: RestreamOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** How it stands; `trouble` is a sentence, empty when all is well. */
  get status(): { readonly state: RestreamState; readonly trouble: string } {
    return { state: this.#state, trouble: this.#trouble };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#push?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const firstWaitMs = this.#options.firstWaitMs ?? 1000;
    let tries = 0;
    let wasLive = false;
    while (!signal.aborted) {
      this.#state = "connecting";
      const outcome = await this.#try();
      wasLive ||= outcome.livedMs > 0;
      tries = outcome.livedMs > healthyMs ? 0 : tries + 1;
      this.#trouble = outcome.trouble;
      if (signal.aborted) return;
      if (outcome.isFinal || (!wasLive && tries >= maxTries)) {
        this.#state = "failed";
        this.#options.log.warn({ trouble: outcome.trouble }, "a restream was given up");
        return;
      }
      this.#state = "waiting";
      const waitMs = firstWaitMs * Math.min(longestWaitFactor, 2 ** Math.min(tries, 10));
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One connection, from its beginning to its end. */
  async #try(): Promise<{ livedMs: number; trouble: string; isFinal: boolean }> {
    try {
      const push = await this.#options.openPush(this.#options.target);
      this.#push = push;
      if (this.#closing.signal.aborted) push.close();
      this.#state = "live";
      this.#trouble = "";
      const startedAt = performance.now();
      const stop = this.#options.source.subscribe(createSender(push));
      const trouble = await push.ended;
      stop();
      return { livedMs: performance.now() - startedAt, trouble, isFinal: false };
    } catch (error) {
      // an address that may not be used will not be better the next time
      const isFinal = error instanceof ShoalError;
      return { livedMs: 0, trouble: toTrouble(error), isFinal };
    }
  }
}

/** A sentence of bounded length: it may be the other site's, and is told every second. */
function toTrouble(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/\p{Cc}+/gu, " ").slice(0, maxTroubleLength);
}

/** Puts samples on the connection: from a key frame on, with times from 0 that never run back, and whole pictures only. */
export function createSender(push: Pick<RtmpPush, "send">): (sample: RestreamSample) => void {
  let startSeconds: number | undefined;
  let waitsForKey = true;
  let lastMs = 0;
  const told = new Map<RestreamSample["kind"], Buffer>();
  return (sample) => {
    const isVideo = sample.kind === "video";
    if (isVideo && waitsForKey && !sample.isSync) return;
    startSeconds ??= sample.decodeSeconds;
    lastMs = Math.max(lastMs, Math.round((sample.decodeSeconds - startSeconds) * 1000));
    const known = told.get(sample.kind);
    if (!known?.equals(sample.decoderConfig)) {
      if (!push.send(toConfigTag(sample, lastMs))) return;
      told.set(sample.kind, sample.decoderConfig);
    }
    const isSent = push.send(toSampleTag(sample, lastMs));
    // what was left out takes with it all that refers to it
    if (isVideo) waitsForKey = !isSent;
  };
}

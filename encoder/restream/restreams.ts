import type { BroadcastOrder, BroadcastStatus } from "#common/live/broadcast.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { Cut } from "../live/cut/cut.ts";
import { toSamples } from "./cut-samples.ts";
import { Pacer } from "./pacer.ts";
import { Restream } from "./restream.ts";
import { openRtmpPush } from "./rtmp-push.ts";

type Target = BroadcastOrder["targets"][number];

/** All other sites that one broadcast is sent to. */
export class Restreams implements Closable {
  readonly #allowInner: boolean;
  readonly #log: Logger;
  readonly #pacer = new Pacer();
  readonly #running = new Map<string, { target: Target; restream: Restream }>();
  /** What ends, until it has ended. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: { readonly allowInner: boolean; readonly log: Logger }) {
    this.#allowInner = options.allowInner;
    this.#log = options.log;
  }

  /** Begins with targets that are new, ends those that are absent, and those that have changed begin again. */
  follow(targets: readonly Target[]): void {
    for (const [id, { target, restream }] of this.#running) {
      const wanted = targets.find((other) => other.id === id);
      if (wanted?.url === target.url && wanted.key === target.key) continue;
      this.#running.delete(id);
      this.#end(restream);
    }
    for (const target of targets) if (!this.#running.has(target.id)) this.#begin(target);
  }

  /** Takes the next segment; `zeroMs` is the wall time of its time 0. */
  push(cut: Cut, zeroMs: number): void {
    if (this.#running.size > 0) this.#pacer.push(toSamples(cut, zeroMs));
  }

  get statuses(): BroadcastStatus["targets"] {
    return [...this.#running].map(([id, { restream }]) => ({ id, ...restream.status }));
  }

  async close(): Promise<void> {
    this.follow([]);
    await this.#pacer.close();
    await Promise.all(this.#ending);
  }

  #begin(target: Target): void {
    const restream = new Restream({
      target,
      source: this.#pacer,
      openPush: (to) => openRtmpPush(to, this.#allowInner),
      log: this.#log.child({ targetId: target.id }),
    });
    this.#running.set(target.id, { target, restream });
  }

  #end(restream: Restream): void {
    const ended = restream.close().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

import type { RouterRtpCodecCapability } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import { toNumberingKey } from "../sdp/codecs.ts";
import type { RtcWorker } from "../workers/rtc-worker.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import { Branch } from "./branch.ts";
import { choosePlace } from "./placement.rules.ts";
import type { Source } from "./source.ts";

/** The payload types that a router has to send with. */
export interface Numbering {
  /** The same for the same numbers. */
  readonly key: string;
  readonly codecs: RouterRtpCodecCapability[];
}

/** A place at a branch; `leave` gives it back. */
export interface Seat {
  readonly branch: Branch;
  leave(): void;
}

/** Every numbering is another set of routers and pipes: nobody may make a room open them without end. */
const maxNumberings = 8;

/** The routers of a room: one root, and others that repeat it on other workers or with other payload types. */
export class Branches {
  readonly #pool: WorkerPool;
  /** Keys are place and numbering. */
  readonly #others = new Map<string, Branch>();
  readonly #lock = createKeyedLock();
  #root: Branch;

  private constructor(pool: WorkerPool, root: Branch) {
    this.#pool = pool;
    this.#root = root;
  }

  /** Opens the root on the least loaded worker. */
  static async open(pool: WorkerPool, codecs: RouterRtpCodecCapability[]): Promise<Branches> {
    return new Branches(pool, await Branch.open(pool.leastLoaded(), codecs));
  }

  get root(): Branch {
    return this.#root;
  }

  /** All of them, the root first. */
  list(): Branch[] {
    return [this.#root, ...this.#others.values()];
  }

  /**
   * A place at a branch that has the source; `null`: any numbering will do. Throws `stream.full` when there are too many
   * numberings already.
   */
  async seat(source: Source, wanted: Numbering | null): Promise<Seat> {
    const key = wanted?.key ?? this.#rootKey;
    const codecs = wanted?.codecs ?? this.#root.codecs;
    const seat = await this.#lock.run("open", () => this.#take(key, codecs));
    try {
      await seat.branch.follow(source, this.#root);
      return seat;
    } catch (error) {
      seat.leave();
      throw error;
    }
  }

  /** Brings a new source to every branch; one that cannot have it is closed, and who is on it asks again. */
  async follow(source: Source): Promise<void> {
    await Promise.all(
      this.list().map((branch) => branch.follow(source, this.#root).catch(() => branch.close())),
    );
  }

  close(): void {
    for (const branch of this.list()) branch.close();
  }

  get #rootKey(): string {
    return toNumberingKey(this.#root.codecs);
  }

  async #take(key: string, codecs: RouterRtpCodecCapability[]): Promise<Seat> {
    const workers = this.#pool.list();
    const having = new Map<number, Branch>();
    if (key === this.#rootKey) having.set(this.#root.worker.place, this.#root);
    for (const { place } of workers) {
      const known = this.#others.get(toKey(place, key));
      if (known) having.set(place, known);
    }
    const place = choosePlace(workers, new Set(having.keys()));
    const worker = workers.find((one) => one.place === place);
    if (!worker) throw new ShoalError("service.unavailable", "Live media is starting again. Try again soon.");
    // one that is there is taken at once: it closes when its last user leaves
    const branch = having.get(worker.place) ?? (await this.#open(worker, key, codecs));
    const leave = branch.use();
    return { branch, leave: () => this.#leave(branch, leave) };
  }

  async #open(worker: RtcWorker, key: string, codecs: RouterRtpCodecCapability[]): Promise<Branch> {
    const keys = new Set([this.#rootKey, key, ...[...this.#others.keys()].map((known) => toNumbers(known))]);
    if (keys.size > maxNumberings) {
      throw new ShoalError("stream.full", "Too many kinds of players watch this stream. Watch it as HLS.");
    }
    const branch = await Branch.open(worker, toMediaCodecs(codecs));
    if (this.#root.isClosed) {
      branch.close();
      throw new ShoalError("stream.not_live", "The stream has just ended.");
    }
    const name = toKey(worker.place, key);
    this.#others.set(name, branch);
    branch.router.observer.once("close", () => {
      if (this.#others.get(name) === branch) this.#others.delete(name);
    });
    return branch;
  }

  /** A branch that nobody uses costs a pipe; the root stays. */
  #leave(branch: Branch, leave: () => void): void {
    leave();
    if (branch !== this.#root && !branch.isUsed) branch.close();
  }
}

function toKey(place: number, numbering: string): string {
  return `${place} ${numbering}`;
}

function toNumbers(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

/** mediasoup deals numbers for retransmissions itself and refuses to be told. */
function toMediaCodecs(codecs: readonly RouterRtpCodecCapability[]): RouterRtpCodecCapability[] {
  return codecs.filter(({ mimeType }) => !/\/rtx$/i.test(mimeType));
}

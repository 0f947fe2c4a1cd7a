import type { MediaKind, Producer, Router, RouterRtpCodecCapability } from "mediasoup/types";
import type { RtcWorker } from "../workers/rtc-worker.ts";
import { type LayerSplit, splitLayers } from "./layer-split.ts";
import type { Source } from "./source.ts";

/** A producer of this router, and the one of the root router that it repeats (or is). */
interface Followed {
  readonly originalId: string;
  readonly producer: Producer;
}

/**
 * One router of a room. The root has the publisher; the others, on other workers or with other payload types, are sent
 * what it has. Its worker's death closes it.
 */
export class Branch {
  readonly worker: RtcWorker;
  readonly router: Router;
  readonly #followed = new Map<MediaKind, Followed>();
  readonly #splits = new Map<string, Promise<LayerSplit>>();
  readonly #release: () => void;
  #following: Promise<void> = Promise.resolve();
  #userCount = 0;

  private constructor(worker: RtcWorker, router: Router) {
    this.worker = worker;
    this.router = router;
    // receiving costs about as much as sending to one viewer
    this.#release = worker.take(1);
    router.observer.once("close", this.#release);
  }

  static async open(worker: RtcWorker, mediaCodecs: RouterRtpCodecCapability[]): Promise<Branch> {
    return new Branch(worker, await worker.worker.createRouter({ mediaCodecs }));
  }

  get codecs(): RouterRtpCodecCapability[] {
    return this.router.rtpCapabilities.codecs ?? [];
  }

  get isClosed(): boolean {
    return this.router.closed;
  }

  get isUsed(): boolean {
    return this.#userCount > 0;
  }

  /** The producer of a kind that can be consumed here now. */
  producer(kind: MediaKind): Producer | undefined {
    const producer = this.#followed.get(kind)?.producer;
    return producer?.closed ? undefined : producer;
  }

  /** Somebody consumes here, until the answer is called; counts towards the worker's load. */
  use(): () => void {
    this.#userCount++;
    const release = this.worker.take(1);
    let isUsing = true;
    return () => {
      if (isUsing) this.#userCount--;
      isUsing = false;
      release();
    };
  }

  /** Brings the source's producers here from the root; one call after the other. */
  follow(source: Source, root: Branch): Promise<void> {
    const following = this.#following.then(() => this.#follow(source, root));
    this.#following = following.catch(() => {});
    return following;
  }

  /** One producer for each simulcast layer of the picture, the smallest first; closed when the picture's own is. */
  async layers(): Promise<readonly Producer[]> {
    const picture = this.producer("video");
    if (!picture) return [];
    const known = this.#splits.get(picture.id);
    if (known) return (await known).producers;
    const splitting = splitLayers(this.router, picture);
    this.#splits.set(picture.id, splitting);
    const forget = () => this.#splits.delete(picture.id);
    splitting.then(({ onClosed }) => onClosed(forget), forget);
    return (await splitting).producers;
  }

  /** Nobody wants single layers any more. */
  async stopLayers(): Promise<void> {
    const splits = await Promise.allSettled(this.#splits.values());
    for (const split of splits) if (split.status === "fulfilled") split.value.close();
  }

  close(): void {
    this.router.close();
  }

  async #follow(source: Source, root: Branch): Promise<void> {
    await Promise.all(source.producers.map((original) => this.#followOne(original, root)));
    for (const [kind, { originalId }] of this.#followed) {
      if (!source.producers.some(({ id }) => id === originalId)) this.#followed.delete(kind);
    }
  }

  async #followOne(original: Producer, root: Branch): Promise<void> {
    const { id: originalId, kind } = original;
    const known = this.#followed.get(kind);
    if (original.closed || (known?.originalId === originalId && !known.producer.closed)) return;
    if (root === this) {
      this.#followed.set(kind, { originalId, producer: original });
      return;
    }
    const { pipeProducer } = await root.router.pipeToRouter({
      producerId: originalId,
      router: this.router,
      // both routers may be of one worker
      keepId: false,
      enableSctp: false,
    });
    if (pipeProducer) this.#followed.set(kind, { originalId, producer: pipeProducer });
  }
}

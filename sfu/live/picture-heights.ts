import type { Producer, Router } from "mediasoup/types";
import type { Branch } from "./branch.ts";
import { assumeHeights, fillHeights } from "./display.rules.ts";
import { readHeightPx, toPayload } from "./picture-size.rules.ts";

/** A layer that has not begun a key frame by then is not sent now. */
const lookForMs = 3000;
/** The publisher may share a screen of another size meanwhile; looking costs it key frames. */
const againAfterMs = 60_000;
const againWhenIncompleteMs = 10_000;

/** How high the layers of the publisher's picture are: guessed at first, then read from its key frames. */
export class PictureHeights {
  #heightsPx: readonly number[] = [];
  #producerId: string | undefined;
  #nextAtMs = 0;
  #isLooking = false;

  /** The smallest first. */
  of(layerCount: number): readonly number[] {
    return this.#heightsPx.length === layerCount ? this.#heightsPx : assumeHeights(layerCount);
  }

  /** Looks, when it is time to; are they others than before? */
  async check(root: Branch): Promise<boolean> {
    const picture = root.producer("video");
    if (!picture || (picture.rtpParameters.encodings?.length ?? 1) < 2 || this.#isLooking) return false;
    if (picture.id !== this.#producerId) this.#nextAtMs = 0;
    this.#producerId = picture.id;
    if (performance.now() < this.#nextAtMs) return false;
    this.#isLooking = true;
    try {
      const seen = await seeHeights(root.router, picture);
      const isComplete = seen.every((heightPx) => heightPx !== null);
      this.#nextAtMs = performance.now() + (isComplete ? againAfterMs : againWhenIncompleteMs);
      const before = this.#heightsPx;
      this.#heightsPx = fillHeights(seen, this.#heightsPx);
      return this.#heightsPx.some((heightPx, layer) => heightPx !== before[layer]);
    } finally {
      this.#isLooking = false;
    }
  }
}

/** Looks at all layers until each has begun a key frame; `null`: one has not. */
async function seeHeights(router: Router, picture: Producer): Promise<Array<number | null>> {
  const transport = await router.createDirectTransport();
  try {
    const consumer = await transport.consume({
      producerId: picture.id,
      rtpCapabilities: router.rtpCapabilities,
      pipe: true,
      paused: true,
    });
    const { codecs, encodings = [] } = consumer.rtpParameters;
    const { mimeType = "" } = codecs[0] ?? {};
    const seen = new Map<number, number>();
    const done = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookForMs);
      transport.observer.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      consumer.on("rtp", (packet) => {
        const ssrc = packet.readUInt32BE(8);
        const heightPx = seen.has(ssrc) ? null : readHeightPx(mimeType, toPayload(packet));
        if (heightPx !== null) seen.set(ssrc, heightPx);
        if (seen.size === encodings.length) transport.close();
      });
    });
    consumer.observer.once("close", () => transport.close());
    // it asks for key frames
    await consumer.resume();
    await done;
    return encodings.map(({ ssrc = 0 }) => seen.get(ssrc) ?? null);
  } finally {
    transport.close();
  }
}

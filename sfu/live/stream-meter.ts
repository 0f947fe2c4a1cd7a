import type { Producer, ProducerStat } from "mediasoup/types";
import type { PublisherState } from "#common/live/sfu-control.ts";

/** What is sent into a room, in numbers. */
export type StreamNumbers = Pick<PublisherState, "layers" | "bitrateBps" | "packetLossRatio" | "roundTripMs">;

interface Totals {
  readonly receivedCount: number;
  readonly lostCount: number;
}

/** Loss is told of so many rounds. */
const lossRounds = 5;
const nothing: StreamNumbers = { layers: [], bitrateBps: 0, packetLossRatio: 0, roundTripMs: 0 };

/** Measures what arrives at a publisher's producers: one `getStats` each and round. */
export class StreamMeter {
  readonly #producers: readonly Producer[];
  readonly #totals: Totals[] = [];
  #byteCount = 0;
  #numbers: StreamNumbers;

  constructor(producers: readonly Producer[]) {
    this.#producers = producers;
    this.#numbers = { ...nothing, layers: toLayers(producers, []) };
  }

  get numbers(): StreamNumbers {
    return this.#numbers;
  }

  /** Measures once; has media arrived since the last round? */
  async measure(): Promise<boolean> {
    const stats = (await Promise.all(this.#producers.map((producer) => producer.getStats()))).flat();
    const sum = (toValue: (stat: ProducerStat) => number) =>
      stats.reduce((all, stat) => all + toValue(stat), 0);
    this.#totals.push({
      receivedCount: sum(({ packetCount }) => packetCount),
      lostCount: sum(({ packetsLost }) => Math.max(0, packetsLost)),
    });
    if (this.#totals.length > lossRounds + 1) this.#totals.shift();
    this.#numbers = {
      layers: toLayers(this.#producers, stats),
      bitrateBps: Math.round(sum(({ bitrate }) => bitrate)),
      packetLossRatio: toLossRatio(this.#totals),
      roundTripMs: Math.max(0, ...stats.map(({ roundTripTime = 0 }) => roundTripTime)),
    };
    const byteCount = sum((stat) => stat.byteCount);
    const hasGrown = byteCount > this.#byteCount;
    this.#byteCount = byteCount;
    return hasGrown;
  }
}

/** Of a picture whose layers are told apart by rid or SSRC, in the order of its encodings. */
function toLayers(producers: readonly Producer[], stats: readonly ProducerStat[]): StreamNumbers["layers"] {
  const encodings = producers.find(({ kind }) => kind === "video")?.rtpParameters.encodings ?? [];
  return encodings.map(({ rid, ssrc }, layer) => {
    const stat = stats.find((one) =>
      rid === undefined ? one.kind === "video" && isOf(one, ssrc) : one.rid === rid,
    );
    const bitrateBps = Math.round(stat?.bitrate ?? 0);
    return { layer, rid: rid ?? "", bitrateBps, isActive: bitrateBps > 0 };
  });
}

/** One picture whose SSRC was not said is the only one. */
function isOf(stat: ProducerStat, ssrc: number | undefined): boolean {
  return ssrc === undefined || stat.ssrc === ssrc;
}

function toLossRatio(totals: readonly Totals[]): number {
  const [first, last] = [totals[0], totals.at(-1)];
  if (!first || !last) return 0;
  const lost = Math.max(0, last.lostCount - first.lostCount);
  const received = Math.max(0, last.receivedCount - first.receivedCount);
  return lost + received > 0 ? lost / (lost + received) : 0;
}

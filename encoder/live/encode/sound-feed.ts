import { makeSilence, opusSamples, shortestSilenceSamples } from "./opus.rules.ts";

/** An Opus packet in the sound without gaps. */
export interface FedPacket {
  /** Samples of 48 kHz before it. */
  readonly position: number;
  readonly samples: number;
  readonly packet: Buffer;
}

const samplesPerMs = 48;
/** A clock that jumps further than this, or is so far ahead of ours, is another clock. */
const maxGapSamples = 5000 * samplesPerMs;
/** What comes so much too late has its place taken by silence. */
const overlapSamples = 10 * samplesPerMs;
/** Who says nothing for so long is silent: video must not wait. */
const silentAfterMs = 1000;

/**
 * Makes of Opus packets a sound without gaps: silence takes the place of what is lost, muted or not there at all. Positions
 * count from when the feed was opened, on our clock.
 */
export class SoundFeed {
  readonly #openedMs: number;
  #position = 0;
  /** Timestamp of position 0 on the clock of the packets. */
  #anchor: number | undefined;

  constructor(openedMs: number) {
    this.#openedMs = openedMs;
  }

  /** What the encoder gets for a packet: nothing, it, or silence and it. */
  push(packet: { ticks: number; payload: Buffer; arrivedMs: number }): FedPacket[] {
    const samples = opusSamples(packet.payload);
    if (samples === undefined) return [];
    const nowPosition = Math.round((packet.arrivedMs - this.#openedMs) * samplesPerMs);
    this.#anchor ??= packet.ticks - Math.max(this.#position, nowPosition);
    let gap = packet.ticks - this.#anchor - this.#position;
    const latestPosition = nowPosition + maxGapSamples;
    // more sound than there is time for
    if (this.#position > latestPosition) return [];
    if (Math.abs(gap) > maxGapSamples || this.#position + gap > latestPosition) {
      this.#anchor = packet.ticks - Math.max(this.#position, nowPosition);
      gap = packet.ticks - this.#anchor - this.#position;
    }
    if (gap <= -overlapSamples) return [];
    const fed = gap >= shortestSilenceSamples ? this.#addSilence(gap) : [];
    return [...fed, this.#add(samples, packet.payload)];
  }

  /** Silence for the time in which nothing came. */
  poll(nowMs: number): FedPacket[] {
    const dueSamples = Math.round((nowMs - this.#openedMs - silentAfterMs) * samplesPerMs);
    const missing = dueSamples - this.#position;
    return missing >= shortestSilenceSamples ? this.#addSilence(missing) : [];
  }

  /** Position of a timestamp, once a packet has come. */
  toPosition(ticks: number): number | undefined {
    return this.#anchor === undefined ? undefined : ticks - this.#anchor;
  }

  #addSilence(samples: number): FedPacket[] {
    return makeSilence(samples).map((silence) => this.#add(silence.samples, silence.packet));
  }

  #add(samples: number, packet: Buffer): FedPacket {
    const fed = { position: this.#position, samples, packet };
    this.#position += samples;
    return fed;
  }
}

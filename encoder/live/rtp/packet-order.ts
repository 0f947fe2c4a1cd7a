import { createUnwrapper, type RtpPacket } from "./rtp-packet.ts";

/** A packet in its place, with the time at which it came. */
export interface PlacedPacket extends RtpPacket {
  /** Timestamp that does not wrap around. */
  readonly ticks: number;
  readonly arrivedMs: number;
  /** Packets before this one are lost. */
  readonly isAfterLoss: boolean;
}

interface Waiting extends RtpPacket {
  readonly place: number;
  readonly ticks: number;
  readonly arrivedMs: number;
}

/** Live HLS is seconds behind: there is time for what the publisher has to send again. */
const patienceMs = 700;
const maxWaiting = 4096;

/** Brings the packets of one SSRC into their order; repeated and late ones are dropped. */
export class PacketOrder {
  readonly #waiting = new Map<number, Waiting>();
  #unwrapSequence = createUnwrapper(16);
  #unwrapTimestamp = createUnwrapper(32);
  #next: number | undefined;
  #gapSinceMs: number | undefined;

  /** Packets that can be used now, in order. */
  push(packet: RtpPacket, nowMs: number): PlacedPacket[] {
    const place = this.#unwrapSequence(packet.sequence);
    const ticks = this.#unwrapTimestamp(packet.timestamp);
    this.#next ??= place;
    if (place >= this.#next && !this.#waiting.has(place)) {
      this.#waiting.set(place, { ...packet, place, ticks, arrivedMs: nowMs });
    }
    return this.poll(nowMs);
  }

  /** What can be used now because nobody waits for the rest any longer. */
  poll(nowMs: number): PlacedPacket[] {
    const ready = this.#takeRow(false);
    while (this.#waiting.size > 0) {
      this.#gapSinceMs ??= nowMs;
      if (nowMs - this.#gapSinceMs < patienceMs && this.#waiting.size < maxWaiting) break;
      this.#next = Math.min(...this.#waiting.keys());
      ready.push(...this.#takeRow(true));
    }
    if (this.#waiting.size === 0 || ready.length > 0) this.#gapSinceMs = undefined;
    return ready;
  }

  #takeRow(isAfterLoss: boolean): PlacedPacket[] {
    const row: PlacedPacket[] = [];
    while (this.#next !== undefined) {
      const packet = this.#waiting.get(this.#next);
      if (!packet) break;
      this.#waiting.delete(this.#next);
      this.#next += 1;
      row.push({ ...packet, isAfterLoss: isAfterLoss && row.length === 0 });
    }
    return row;
  }
}

type Stats = Readonly<Record<string, unknown>>;

/** A server that is sent a picture reports about it many times a second, and answers checks of ICE. */
const unheardMs = 1_500;

/**
 * Listens whether the server is still there (W3C webrtc-stats): one that was killed is missed in a second and a half, where
 * ICE takes six and more to say so.
 */
export class Hearing {
  #heard = 0;
  #sent = 0;
  #heardAtMs = Number.POSITIVE_INFINITY;

  /** Takes a look; `true`: the server has been silent for too long. Without a picture it has little to say, and may be. */
  isLost(report: Iterable<Stats>, nowMs: number): boolean {
    let [heard, sent] = [0, 0];
    for (const stats of report) {
      if (stats.type === "transport") heard += toNumber(stats.bytesReceived);
      if (stats.type === "candidate-pair") heard += toNumber(stats.responsesReceived);
      if (stats.type === "outbound-rtp" && stats.kind === "video") sent += toNumber(stats.bytesSent);
    }
    const isSending = sent > this.#sent;
    this.#sent = sent;
    if (heard !== this.#heard || !isSending) {
      this.#heard = heard;
      this.#heardAtMs = nowMs;
    }
    return nowMs - this.#heardAtMs >= unheardMs;
  }
}

function toNumber(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

import type { LiveEngineFailure } from "./live-engine.port.ts";

/**
 * Asks for stereo where the answer takes Opus (RFC 7587 §7.1: a receiver that does not say `stereo=1` is sent, or plays,
 * one channel).
 */
export function withStereoSound(sdp: string): string {
  const [, payloadType] = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp) ?? [];
  if (payloadType === undefined) return sdp;
  const parameters = new RegExp(`^a=fmtp:${payloadType} (.*)$`, "m");
  const found = parameters.exec(sdp)?.[1];
  if (found === undefined) {
    return sdp.replace(/^(a=rtpmap:\d+ opus\/48000.*)$/im, `$1\r\na=fmtp:${payloadType} stereo=1`);
  }
  if (/(^|;)\s*stereo=/.test(found)) return sdp;
  return sdp.replace(parameters, `a=fmtp:${payloadType} ${found.trimEnd()};stereo=1`);
}

const reconnectDelaysMs = [0, 300, 500, 700, 1000] as const;

/** How long to wait before try number `attempt` (0 the first) to open a session again. */
export function toReconnectDelayMs(attempt: number): number {
  return reconnectDelaysMs[Math.min(attempt, reconnectDelaysMs.length - 1)] ?? 0;
}

/** What the refusal of a session means; `undefined`: it may go better in a moment. */
export function toSessionFailure(code: string | undefined): LiveEngineFailure | undefined {
  switch (code) {
    case "stream.full":
      return "full";
    case "stream.not_found":
      return "gone";
    case "auth.required":
    case "auth.invalid_token":
    case "auth.forbidden":
    case "stream.wrong_key":
    case "grant.invalid":
    case "grant.expired":
    case "grant.required":
      return "refused";
    case "stream.unsupported_media":
    case "stream.bad_sdp":
      return "unsupported";
    default:
      return undefined;
  }
}

/** Without a packet for this long something is wrong: sound alone comes fifty times a second. */
const silenceMs = 1_200;
/** The same before the first packet: ICE, DTLS and a key frame take their time on a poor network. */
const firstPacketMs = 3_000;

/** Watches over what arrives: tells once when it stops, and once when it goes on. */
export class ArrivalWatch {
  #receivedBytes = 0;
  #lastArrivalMs: number;
  #isSilent = false;

  constructor(nowMs: number) {
    this.#lastArrivalMs = nowMs;
  }

  /** Has anything arrived at all? */
  get hasBegun(): boolean {
    return this.#receivedBytes > 0;
  }

  get #patienceMs(): number {
    return this.hasBegun ? silenceMs : firstPacketMs;
  }

  /** Takes a reading; answers what changed with it. `isExpected`: packets should come. */
  read(receivedBytes: number, nowMs: number, isExpected: boolean): "silent" | "resumed" | undefined {
    if (receivedBytes > this.#receivedBytes || !isExpected) {
      const hasGrown = receivedBytes > this.#receivedBytes;
      this.#receivedBytes = receivedBytes;
      this.#lastArrivalMs = nowMs;
      if (!this.#isSilent || !hasGrown) return undefined;
      this.#isSilent = false;
      return "resumed";
    }
    if (this.#isSilent || nowMs - this.#lastArrivalMs < this.#patienceMs) return undefined;
    this.#isSilent = true;
    return "silent";
  }
}

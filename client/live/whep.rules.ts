import type { LiveEngineFailure } from "./live-engine.port.ts";
import type { WhepLink } from "./whep-client.ts";

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

const tryDelaysMs = [0, 300, 500, 700, 1000] as const;
/** The connection is well and the server silent: mostly the streamer's fault, who gets time to come back. */
const patienceMs = 3_000;
/** The same when the streamer has just come back: packets are to be expected at once. */
const urgedPatienceMs = 800;

/** What is known when another session might be opened. */
export interface TryCircumstances {
  readonly link: WhepLink;
  /** Is the streamer sending, as far as anybody said? */
  readonly isOnAir: boolean;
  /** Since nothing arrives although it should. */
  readonly silentForMs: number;
  /** There was news since, e.g. that the stream is on another node. */
  readonly isUrged: boolean;
  /** Tries in a row that brought nothing. */
  readonly attempt: number;
  readonly sinceTryMs: number;
}

/** Is it time to try another session? A crowd must not knock at the door because a streamer is silent. */
export function isTryDue(circumstances: TryCircumstances): boolean {
  const { link, isOnAir, silentForMs, isUrged, attempt, sinceTryMs } = circumstances;
  if (!isOnAir) return false;
  if (sinceTryMs < (tryDelaysMs[Math.min(attempt, tryDelaysMs.length - 1)] ?? 0)) return false;
  if (link === "unsteady" || link === "lost") return true;
  return silentForMs >= (isUrged ? urgedPatienceMs : patienceMs);
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

import type { PublishTicket } from "#common/live/stream.ts";
import { withStartBitrate, withStereo } from "../sdp-parameters.ts";
import type { WhipClient, WhipSession } from "../whip-client.ts";
import {
  type LayerEncoding,
  orderCodecs,
  type PictureFacts,
  toAudioBitrateBps,
  toEncodings,
  toScalabilityMode,
  toStartBitrateBps,
} from "./encodings.rules.ts";

/** What is sent. */
export interface Show {
  readonly picture: MediaStreamTrack | undefined;
  readonly facts: PictureFacts;
  readonly sound: MediaStreamTrack;
  /** Music, or what a computer plays, rather than a voice alone. */
  readonly isRich: boolean;
}

interface LinkOptions {
  readonly iceServers: PublishTicket["iceServers"];
  readonly show: Show;
  /** What the line carried before, when there was one. */
  readonly knownBps?: number | undefined;
  readonly onState: (state: RTCPeerConnectionState) => void;
}

/**
 * One connection to the server. Both senders are there from the start, so that every change of source is a `replaceTrack`
 * and nothing is ever negotiated twice. `prepare` does all that can be done before the click.
 */
export class PublishLink {
  readonly #peer: RTCPeerConnection;
  readonly #video: RTCRtpTransceiver;
  readonly #audio: RTCRtpTransceiver;
  readonly #startBps: number;
  #encodings: readonly LayerEncoding[];
  #offer: Promise<RTCSessionDescriptionInit> | undefined;
  #session: WhipSession | undefined;
  #change: Promise<void> = Promise.resolve();

  constructor({ iceServers, show, knownBps, onState }: LinkOptions) {
    this.#peer = new RTCPeerConnection({
      iceServers: iceServers.map(toIceServer),
      bundlePolicy: "max-bundle",
    });
    this.#peer.addEventListener("connectionstatechange", () => onState(this.#peer.connectionState));
    this.#encodings = toEncodings(show.facts);
    this.#startBps = toStartBitrateBps(this.#encodings, knownBps);
    const streams = [new MediaStream()];
    this.#audio = this.#peer.addTransceiver(show.sound, {
      direction: "sendonly",
      streams,
      sendEncodings: [
        { maxBitrate: toAudioBitrateBps(show.isRich), priority: "high", networkPriority: "high" },
      ],
    });
    const codecs = orderCodecs(RTCRtpSender.getCapabilities("video")?.codecs ?? []);
    const scalabilityMode = toScalabilityMode(codecs);
    this.#video = this.#peer.addTransceiver(show.picture ?? "video", {
      direction: "sendonly",
      streams,
      sendEncodings: this.#encodings.map((one) => ({ ...one, ...(scalabilityMode && { scalabilityMode }) })),
    });
    // browsers without it offer what they have, and the server chooses
    if ("setCodecPreferences" in this.#video && codecs.length > 0) this.#video.setCodecPreferences(codecs);
  }

  /** Makes the offer, so that going on air is one request; nothing leaves this device before `connect`. */
  prepare(): void {
    this.#offer ??= this.#peer.createOffer();
    this.#offer.catch(() => {});
  }

  async connect(whip: WhipClient, ticket: PublishTicket, signal: AbortSignal): Promise<void> {
    this.prepare();
    const offer = await this.#offer;
    // the server is ICE lite and reads the address of every packet: our own candidates need not be waited for
    const [session] = await Promise.all([
      whip.publish(ticket.whipUrl, ticket.token, withStereo(offer?.sdp ?? ""), signal),
      this.#peer.setLocalDescription(offer),
    ]);
    this.#session = session;
    await this.#accept(session);
    await this.#keepSize();
  }

  /** Looks for another way to the server (RFC 9725 §4.3.3). `false`: the server does not know this session any more. */
  async restartIce(whip: WhipClient, ticket: PublishTicket): Promise<boolean> {
    if (!this.#session || this.#peer.signalingState !== "stable") return false;
    const offer = await this.#peer.createOffer({ iceRestart: true });
    await this.#peer.setLocalDescription(offer);
    const session = await whip.restart(this.#session, ticket.token, offer.sdp ?? "");
    if (!session) return false;
    this.#session = session;
    await this.#accept(session);
    return true;
  }

  #accept({ answerSdp }: WhipSession): Promise<void> {
    const sdp = withStartBitrate(withStereo(answerSdp), this.#startBps);
    return this.#peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** A picture loses frames before it loses size: the recording and the crowd get it as it comes. */
  async #keepSize(): Promise<void> {
    const parameters = this.#video.sender.getParameters();
    await this.#video.sender
      .setParameters({ ...parameters, degradationPreference: "maintain-resolution" })
      .catch(() => {});
  }

  /** Shows something else; one change after the other, the last one counts. */
  change(show: Show): void {
    this.#change = this.#change.then(() => this.#apply(show)).catch(() => {});
  }

  async #apply(show: Show): Promise<void> {
    if (this.#peer.connectionState === "closed") return;
    const { sender } = this.#video;
    if (sender.track !== (show.picture ?? null)) await sender.replaceTrack(show.picture ?? null);
    const next = toEncodings(show.facts);
    const isSame = next.every(
      (one, place) =>
        one.scaleResolutionDownBy === this.#encodings[place]?.scaleResolutionDownBy &&
        one.maxBitrate === this.#encodings[place]?.maxBitrate,
    );
    this.#encodings = next;
    if (!isSame) {
      const parameters = sender.getParameters();
      const encodings = parameters.encodings.map((encoding, place) => ({ ...encoding, ...next[place] }));
      await sender.setParameters({ ...parameters, encodings });
    }
    const audio = this.#audio.sender.getParameters();
    const maxBitrate = toAudioBitrateBps(show.isRich);
    if (audio.encodings[0]?.maxBitrate !== maxBitrate) {
      const encodings = audio.encodings.map((encoding) => ({ ...encoding, maxBitrate }));
      await this.#audio.sender.setParameters({ ...audio, encodings });
    }
  }

  /** How many layers are meant to go out. */
  get layerCount(): number {
    return this.#encodings.filter((one) => one.active).length;
  }

  get isConnected(): boolean {
    return this.#peer.connectionState === "connected";
  }

  readStats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Tells the server that it is over. `false`: it never knew of this session. */
  async end(whip: WhipClient, ticket: PublishTicket): Promise<boolean> {
    if (!this.#session) return false;
    return whip.end(this.#session, ticket.token);
  }

  /** Idempotent; the server finds out by itself, and waits. */
  close(): void {
    this.#peer.close();
  }
}

function toIceServer({ urls, username, credential }: PublishTicket["iceServers"][number]): RTCIceServer {
  return { urls, ...(username && { username }), ...(credential && { credential }) };
}

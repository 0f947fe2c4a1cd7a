import { randomUUID } from "node:crypto";
import type { Consumer, MediaKind, Producer, RtpCapabilities } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import type { ViewAnswer, ViewerDisplay } from "#common/live/sfu-control.ts";
import {
  type ConsumerFacts,
  readViewAnswer,
  toViewerCapabilities,
  type ViewOffer,
  writeViewAnswer,
  writeViewOffer,
} from "../sdp/view.ts";
import type { Branch } from "./branch.ts";
import type { Seat } from "./branches.ts";
import { chooseLayer } from "./display.rules.ts";
import { IceSession } from "./ice-session.ts";
import type { PictureHeights } from "./picture-heights.ts";

/** Somebody who has not connected after this is gone. */
const connectWithinMs = 15_000;
/** A viewer whose link is lost asks again; the place is for others. */
const consentTimeoutSeconds = 15;
const midUri = "urn:ietf:params:rtp-hdrext:sdes:mid";

/** What a viewer's session is opened with. */
export interface ViewerOptions {
  readonly seat: Seat;
  /** `null`: it is to be given ours. */
  readonly offer: ViewOffer | null;
  readonly addresses: readonly string[];
  /** Of the layers. */
  readonly heights: PictureHeights;
  /** What the best layer and the sound need. */
  readonly initialBitrateBps: number;
}

/** A viewer's session: one transport, at most one consumer of each kind. */
export class ViewerSession {
  readonly id = randomUUID();
  readonly seat: Seat;
  readonly #ice: IceSession;
  readonly #heights: PictureHeights;
  readonly #capabilities: RtpCapabilities;
  /** The section of each kind that was agreed on; `null`: the viewer does not want this kind. */
  readonly #mids: Map<MediaKind, string | null>;
  readonly #consumers = new Map<MediaKind, Consumer>();
  readonly #deadline: NodeJS.Timeout;
  #display: ViewerDisplay = { heightPx: null, isVisible: true };
  #working: Promise<void> = Promise.resolve();
  #isAnswered: boolean;
  #isConnected = false;
  /**
   * `negotiating`: nothing is agreed on yet; `flexible`: streams are known by their section alone, so that another may come
   * in the place of one; `fixed`: the description names the streams themselves.
   */
  #agreement: "negotiating" | "flexible" | "fixed" = "negotiating";

  private constructor(options: ViewerOptions, ice: IceSession) {
    const { seat, offer } = options;
    const { branch } = seat;
    this.seat = seat;
    this.#ice = ice;
    this.#heights = options.heights;
    this.#isAnswered = offer !== null;
    this.#capabilities = offer
      ? toViewerCapabilities(offer, branch.router.rtpCapabilities)
      : branch.router.rtpCapabilities;
    this.#mids = offer ? toWantedMids(offer) : toOwnMids(listProducers(branch));
    this.#deadline = setTimeout(() => this.close(), connectWithinMs);
    const { transport } = ice;
    transport.observer.once("close", () => {
      clearTimeout(this.#deadline);
      seat.leave();
    });
    transport.observer.on("dtlsstatechange", (state) => {
      if (state === "connected") {
        this.#isConnected = true;
        clearTimeout(this.#deadline);
      } else if (state === "failed" || state === "closed") this.close();
    });
    transport.observer.on("icestatechange", (state) => {
      if (state === "disconnected") this.close();
    });
  }

  /** Opens a session and says what to answer; throws `stream.unsupported_media` when nothing can be sent. */
  static async open(options: ViewerOptions): Promise<{ session: ViewerSession; answer: ViewAnswer }> {
    const { seat, offer, addresses, initialBitrateBps } = options;
    const ice = await IceSession.open(seat.branch, { addresses, consentTimeoutSeconds, initialBitrateBps });
    const session = new ViewerSession(options, ice);
    try {
      await Promise.all([
        offer && ice.transport.connect({ dtlsParameters: offer.dtlsParameters }),
        session.follow(),
      ]);
      if (session.#consumers.size === 0 && listProducers(seat.branch).length === 0) {
        throw new ShoalError("stream.not_live", "The publisher has just left.");
      }
      if (session.#consumers.size === 0) {
        throw new ShoalError(
          "stream.unsupported_media",
          "Nothing that is sent here can be played by this player.",
        );
      }
      return { session, answer: session.#describe(offer) };
    } catch (error) {
      session.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#ice.transport.closed;
  }

  /** Has it ever been there, or is it still on its way? */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  /** What is sent to it now. */
  async measureBitrateBps(): Promise<number> {
    const stats = await this.#ice.transport.getStats();
    return stats.reduce((sum, { sendBitrate }) => sum + sendBitrate, 0);
  }

  /** Takes what the branch has now: another publisher's media in place of the last one's. */
  follow(): Promise<void> {
    const work = this.#working.then(() => this.#follow());
    this.#working = work.catch(() => {});
    return work;
  }

  /** Chooses the layer for what the page shows; a hidden one gets sound alone. */
  show(display: ViewerDisplay): Promise<void> {
    this.#display = display;
    return this.chooseAgain();
  }

  /** The layers have turned out to be of other heights. */
  chooseAgain(): Promise<void> {
    const work = this.#working.then(() => this.#applyDisplay());
    this.#working = work.catch(() => {});
    return work;
  }

  /** Our offer's answer; `request.invalid` when there was one already. */
  async answer(sdp: string): Promise<{ sdp: null; etag: string }> {
    const { usernameFragment, dtlsParameters, acceptedMids } = readViewAnswer(sdp);
    if (this.#isAnswered) throw new ShoalError("request.invalid", "This session has its answer already.");
    this.#isAnswered = true;
    for (const [kind, mid] of this.#mids) {
      if (mid !== null && acceptedMids.includes(mid)) continue;
      this.#mids.set(kind, null);
      this.#consumers.get(kind)?.close();
    }
    const [kind = "video"] = this.#mids.keys();
    this.#ice.meet(usernameFragment, { mid: "0", kind });
    await this.#ice.transport.connect({ dtlsParameters });
    return { sdp: null, etag: this.#ice.etag };
  }

  /** Candidates, or an ICE restart. */
  async patch(sdp: string, ifMatch: string | null): Promise<{ sdp: string | null; etag: string }> {
    const fragment = await this.#ice.patch(sdp, ifMatch);
    return { sdp: fragment, etag: this.#ice.etag };
  }

  onClosed(listener: () => void): void {
    this.#ice.transport.observer.once("close", listener);
  }

  close(): void {
    this.#ice.transport.close();
  }

  async #follow(): Promise<void> {
    const producers = listProducers(this.seat.branch).filter(({ kind }) => this.#mids.get(kind) !== null);
    const wanted = producers.filter(({ kind, id }) => this.#consumers.get(kind)?.producerId !== id);
    if (this.isClosed || wanted.length === 0) return;
    // the player has to ask again: what comes now cannot be told it
    if (this.#agreement !== "negotiating" && !this.#canTake(producers)) return this.close();
    await Promise.all(wanted.map((producer) => this.#consume(producer)));
  }

  /** Can these come in the place of those that were agreed on, without another description? */
  #canTake(producers: readonly Producer[]): boolean {
    return (
      this.#agreement === "flexible" &&
      producers.every((producer) => this.#mids.has(producer.kind) && this.#canPlay(producer))
    );
  }

  #canPlay({ id: producerId }: Producer): boolean {
    const rtpCapabilities = this.#capabilities;
    return this.seat.branch.router.canConsume({ producerId, rtpCapabilities });
  }

  async #consume(producer: Producer): Promise<void> {
    const { id: producerId, kind } = producer;
    const mid = this.#mids.get(kind);
    if (mid == null || !this.#canPlay(producer)) return;
    const hasLayers = toLayerCount(producer) > 1;
    const consumer = await this.#ice.transport.consume({
      producerId,
      rtpCapabilities: this.#capabilities,
      mid,
      paused: kind === "video" && !this.#display.isVisible,
      ...(hasLayers && { preferredLayers: { spatialLayer: this.#chooseLayer(producer) } }),
    });
    this.#consumers.set(kind, consumer);
    consumer.observer.once("close", () => {
      if (this.#consumers.get(kind) === consumer) this.#consumers.delete(kind);
    });
  }

  #chooseLayer(producer: Producer): number {
    return chooseLayer(this.#heights.of(toLayerCount(producer)), this.#display);
  }

  async #applyDisplay(): Promise<void> {
    const consumer = this.#consumers.get("video");
    const producer = this.seat.branch.producer("video");
    if (!consumer || !producer || consumer.closed) return;
    const spatialLayer = this.#chooseLayer(producer);
    if (toLayerCount(producer) > 1 && consumer.preferredLayers?.spatialLayer !== spatialLayer) {
      await consumer.setPreferredLayers({ spatialLayer });
    }
    if (consumer.paused === this.#display.isVisible) {
      await (this.#display.isVisible ? consumer.resume() : consumer.pause());
    }
  }

  #describe(offer: ViewOffer | null): ViewAnswer {
    const consumers = [...this.#consumers.values()];
    const isFlexible = offer === null && consumers.every(hasMids);
    this.#agreement = isFlexible ? "flexible" : "fixed";
    for (const [kind, mid] of this.#mids)
      if (mid !== null && !this.#consumers.has(kind)) this.#mids.delete(kind);
    const facts = consumers.map((consumer) => toFacts(consumer, isFlexible));
    const { etag, facts: transport } = this.#ice;
    if (offer) {
      this.#ice.meet(
        offer.usernameFragment,
        offer.tracks.find(({ mid }) => facts.some((fact) => fact.mid === mid)),
      );
    }
    const sdp = offer ? writeViewAnswer(offer, transport, facts) : writeViewOffer(transport, facts);
    return { sessionId: this.id, kind: offer ? "answer" : "offer", sdp, etag };
  }
}

function listProducers(branch: Branch): Producer[] {
  return [branch.producer("audio"), branch.producer("video")].filter((producer) => producer !== undefined);
}

function toOwnMids(producers: readonly Producer[]): Map<MediaKind, string | null> {
  return new Map(producers.map(({ kind }, at) => [kind, String(at)]));
}

function toWantedMids({ tracks }: ViewOffer): Map<MediaKind, string | null> {
  const toMid = (kind: MediaKind) =>
    tracks.find((track) => track.kind === kind && track.codecs.length > 0)?.mid ?? null;
  return new Map([
    ["audio", toMid("audio")],
    ["video", toMid("video")],
  ]);
}

function toLayerCount({ rtpParameters }: Producer): number {
  return rtpParameters.encodings?.length ?? 1;
}

function hasMids({ rtpParameters }: Consumer): boolean {
  return rtpParameters.headerExtensions?.some(({ uri }) => uri === midUri) ?? false;
}

/** A description that names no SSRC leaves it to the packets to say to which section they belong (RFC 8843 §9.2). */
function toFacts({ kind, rtpParameters }: Consumer, isFlexible: boolean): ConsumerFacts {
  const { mid = "" } = rtpParameters;
  return { mid, kind, rtpParameters: isFlexible ? { ...rtpParameters, encodings: [] } : rtpParameters };
}

import { ShoalError } from "#common/errors.ts";
import type { RoomState, ViewAnswer } from "#common/live/sfu-control.ts";
import { readPublishOffer, toRouterCodecs } from "../sdp/publish-offer.ts";
import { readViewOffer, toNumbering } from "../sdp/view.ts";
import type { IceSession } from "./ice-session.ts";
import { KeyFrameClock } from "./key-frames.ts";
import { PictureHeights } from "./picture-heights.ts";
import { OutgoingPipe, type PipeAnswer, type PipeRequest } from "./pipe.ts";
import { openPlainPublisher, type PlainTrack, toPlainCodecs } from "./plain-publisher.ts";
import type { PublisherSession } from "./publisher.ts";
import type { RoomHost } from "./room-host.ts";
import { Stage } from "./stage.ts";
import { openTap, type TapRequest, type TapSession } from "./tap.ts";
import { ViewerSession } from "./viewer.ts";
import { openWebRtcPublisher } from "./webrtc-publisher.ts";

/** Viewers wait for a publisher who may come back within the longest reconnect window, 30 minutes, and a little more. */
const emptyStageMs = 31 * 60_000;
/** Long enough for a publisher to be let in. */
const emptyRoomMs = 5000;
/** An edge whom nobody watches keeps its pipe for so long, and its room for longer. */
const pipeRestMs = 30_000;
const edgeRestMs = 5 * 60_000;
const maxTaps = 256;
const maxPipes = 64;
/** What is trusted of a viewer's link before the publisher's bitrate is known, and the bounds for it. */
const bitrateBps = { unknown: 3_000_000, least: 1_000_000, most: 10_000_000 };

/** One stream's media: who sends, who watches, who records. Its id is the stream's. */
export class Room {
  readonly id: string;
  readonly #host: RoomHost;
  readonly #stage: Stage;
  readonly #viewers = new Map<string, ViewerSession>();
  readonly #taps = new Map<string, TapSession>();
  readonly #pipes = new Map<string, OutgoingPipe>();
  readonly #keyFrames = new KeyFrameClock();
  readonly #heights = new PictureHeights();
  readonly #closeListeners = new Set<() => void>();
  /** ICE of a publisher by WebRTC. */
  #ice: IceSession | undefined;
  #sourceSeenAtMs = performance.now();
  #viewerSeenAtMs = performance.now();
  #hasLeft = false;
  /** Of who publishes, or published last. */
  #publisherId = "";
  #isClosed = false;

  constructor(id: string, host: RoomHost) {
    this.id = id;
    this.#host = host;
    this.#stage = new Stage(id, host, {
      onSource: () => this.#followAll(),
      onLost: () => {
        if (this.#isClosed) return;
        host.log.warn({ roomId: id }, "a room has lost its worker");
        // an edge finds its origin again; a publisher has to
        if (this.#stage.originUrl === null) this.close();
        else host.changed();
      },
    });
  }

  get viewers(): ReadonlyMap<string, ViewerSession> {
    return this.#viewers;
  }

  get publisher(): PublisherSession | undefined {
    return this.#stage.publisher;
  }

  get tapCount(): number {
    return this.#taps.size;
  }

  describe(): RoomState {
    return {
      roomId: this.id,
      publisher: this.#stage.publisher?.describe() ?? null,
      hasLeft: this.#hasLeft && !this.#stage.publisher,
      originUrl: this.#stage.originUrl,
      viewerCount: this.#viewers.size,
    };
  }

  async publish(sdpOffer: string): Promise<{ sessionId: string; sdp: string; etag: string }> {
    const offer = readPublishOffer(sdpOffer);
    const { session, ice, sdp } = await this.#stage.publish(toRouterCodecs(offer), (root) =>
      openWebRtcPublisher(root, offer, this.#host.addresses),
    );
    this.#ice = ice;
    this.#admit(session);
    return { sessionId: session.sessionId, sdp, etag: ice.etag };
  }

  async publishPlain(tracks: readonly PlainTrack[]) {
    const { media } = this.#host;
    const { session, ...addresses } = await this.#stage.publish(toPlainCodecs(tracks), (root) =>
      openPlainPublisher(root, tracks, media),
    );
    this.#ice = undefined;
    this.#admit(session);
    return { sessionId: session.sessionId, host: media.host, ...addresses };
  }

  async patchPublisher(sessionId: string, sdp: string, ifMatch: string | null) {
    this.#findPublisher(sessionId);
    if (!this.#ice) throw new ShoalError("request.invalid", "A publisher by plain RTP has no ICE session.");
    const fragment = await this.#ice.patch(sdp, ifMatch);
    return { sdp: fragment, etag: this.#ice.etag };
  }

  /** The publisher has left on purpose; browsers hang up before they say so. */
  unpublish(sessionId: string): void {
    if (sessionId !== this.#publisherId) refuse();
    // before it closes, which is told at once
    this.#hasLeft = true;
    if (this.#stage.publisher) this.#stage.publisher.close();
    else this.#host.changed();
  }

  /** Somebody wants to watch, with an offer or to be given one. */
  async view(sdpOffer: string | null): Promise<ViewAnswer> {
    const offer = sdpOffer === null ? null : readViewOffer(sdpOffer);
    const seat = await this.#stage.seat((rootCodecs) => {
      if (!offer) return null;
      const numbering = toNumbering(offer, rootCodecs);
      if (numbering) return numbering;
      throw new ShoalError(
        "stream.unsupported_media",
        "This player cannot play what is live. Watch it as HLS.",
      );
    });
    const { addresses } = this.#host;
    const opening = ViewerSession.open({
      seat,
      offer,
      addresses,
      heights: this.#heights,
      initialBitrateBps: this.#neededBitrateBps(),
    });
    const { session, answer } = await opening.catch((error) => {
      seat.leave();
      throw error;
    });
    this.#viewers.set(session.id, session);
    session.onClosed(() => this.#viewers.delete(session.id));
    if (session.isClosed) this.#viewers.delete(session.id);
    // what has changed since it was seated
    else session.follow().catch((err) => this.#host.log.warn({ err }, "a viewer could not follow"));
    return answer;
  }

  findViewer(sessionId: string): ViewerSession {
    return this.#viewers.get(sessionId) ?? refuse();
  }

  /** Ends every viewer's session: who may still watch asks for another. */
  dismissViewers(): void {
    for (const viewer of this.#viewers.values()) viewer.close();
  }

  async tap(request: TapRequest) {
    if (this.#taps.size >= maxTaps)
      throw new ShoalError("stream.full", "Too many receivers are on this stream.");
    const seat = await this.#stage.seat(() => null);
    const opening = openTap(seat.branch, request, this.#host.media);
    const tap = await opening.catch((error) => {
      seat.leave();
      throw error;
    });
    this.#taps.set(tap.id, tap);
    if (tap.isVideo) this.#keyFrames.add(tap);
    tap.onClosed(() => {
      this.#taps.delete(tap.id);
      const hasVideo = [...this.#taps.values()].some(
        ({ branch, isVideo }) => isVideo && branch === seat.branch,
      );
      if (!hasVideo) seat.branch.stopLayers();
      seat.leave();
    });
    return tap.describe();
  }

  findTap(tapId: string): TapSession {
    return this.#taps.get(tapId) ?? refuse();
  }

  /** Makes this node an edge of the room. */
  async followOrigin(url: string): Promise<void> {
    this.#viewerSeenAtMs = performance.now();
    await this.#stage.followOrigin(url);
  }

  /** An edge asks for what is live here. */
  async pipe(request: PipeRequest): Promise<PipeAnswer> {
    const { root, source, originUrl } = this.#stage;
    // a pipe of a pipe could go round in circles
    if (!root || !source || originUrl !== null) {
      throw new ShoalError("stream.not_live", "Nobody is live on this stream here.");
    }
    if (this.#pipes.size >= maxPipes) throw new ShoalError("stream.full", "Too many nodes have this stream.");
    const { pipe, answer } = await OutgoingPipe.open(root, source, request, this.#host.media);
    this.#pipes.set(pipe.id, pipe);
    pipe.onClosed(() => this.#pipes.delete(pipe.id));
    return answer;
  }

  findPipe(pipeId: string): OutgoingPipe {
    return this.#pipes.get(pipeId) ?? refuse();
  }

  /** Measures, and ends what has had its time; once a second. */
  async check(): Promise<void> {
    const nowMs = performance.now();
    const { publisher, originUrl, source } = this.#stage;
    if (source) this.#sourceSeenAtMs = nowMs;
    if (this.#viewers.size > 0 || this.#taps.size > 0) this.#viewerSeenAtMs = nowMs;
    if (publisher?.isOver) publisher.close();
    const unseenMs = nowMs - this.#viewerSeenAtMs;
    if (originUrl !== null) {
      if (unseenMs > edgeRestMs) this.close();
      else if (unseenMs > pipeRestMs) this.#stage.rest();
    } else if (!this.#stage.publisher) {
      const emptyMs = nowMs - this.#sourceSeenAtMs;
      if (emptyMs > (this.#viewers.size > 0 ? emptyStageMs : emptyRoomMs)) this.close();
    }
    await Promise.all([
      publisher?.measure(),
      this.#checkHeights(),
      ...[...this.#pipes.values()].map((pipe) => pipe.check()),
    ]);
  }

  onClosed(listener: () => void): void {
    this.#closeListeners.add(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.dismissViewers();
    for (const tap of this.#taps.values()) tap.close();
    for (const pipe of this.#pipes.values()) pipe.close();
    this.#stage.close();
    for (const listener of this.#closeListeners) listener();
  }

  async #checkHeights(): Promise<void> {
    const { root } = this.#stage;
    if (!root || this.#viewers.size === 0 || !(await this.#heights.check(root))) return;
    await Promise.all([...this.#viewers.values()].map((viewer) => viewer.chooseAgain()));
  }

  #followAll(): void {
    for (const viewer of this.#viewers.values()) {
      viewer.follow().catch((err) => {
        // the player asks again
        this.#host.log.warn({ err, roomId: this.id }, "a viewer could not follow the publisher");
        viewer.close();
      });
    }
  }

  #findPublisher(sessionId: string): PublisherSession {
    const { publisher } = this.#stage;
    return publisher?.sessionId === sessionId ? publisher : refuse();
  }

  #neededBitrateBps(): number {
    const { publisher } = this.#stage;
    const { layers, bitrateBps: allBps } = publisher?.describe() ?? { layers: [], bitrateBps: 0 };
    const layersBps = layers.map((layer) => layer.bitrateBps);
    const soundBps = allBps - layersBps.reduce((sum, bps) => sum + bps, 0);
    const neededBps = 1.25 * (Math.max(0, ...layersBps) + soundBps) || bitrateBps.unknown;
    return Math.round(Math.min(bitrateBps.most, Math.max(bitrateBps.least, neededBps)));
  }

  #admit({ sessionId }: PublisherSession): void {
    this.#hasLeft = false;
    this.#publisherId = sessionId;
    this.#host.log.info({ roomId: this.id, sessionId }, "publisher");
  }
}

function refuse(): never {
  throw new ShoalError("stream.session_not_found", "There is no such session here, or it has ended.");
}

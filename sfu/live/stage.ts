import type { RouterRtpCodecCapability } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Branch } from "./branch.ts";
import { Branches, type Numbering, type Seat } from "./branches.ts";
import { canCarry } from "./carry.rules.ts";
import { type IncomingPipe, openIncomingPipe } from "./origin-link.ts";
import type { PublisherSession } from "./publisher.ts";
import type { RoomHost } from "./room-host.ts";
import type { Source } from "./source.ts";

/** What the room does when its source changes. */
export interface StageEvents {
  /** There is another source, and every branch has it. */
  onSource(): void;
  /** The worker with the publisher has died. */
  onLost(): void;
}

interface Origin {
  readonly url: string;
  readonly stopWatching: () => void;
  /** The publisher that the origin has; `null`: none, `undefined`: not known yet. */
  sessionId: string | null | undefined;
  /** `false`: nobody watches here, and the pipe has been let go. */
  isWanted: boolean;
}

/**
 * Where a room's media comes from, and the routers that it is on: one publisher, or the pipe from the origin where this
 * node is an edge. One change after the other.
 */
export class Stage {
  readonly #roomId: string;
  readonly #host: RoomHost;
  readonly #events: StageEvents;
  readonly #lock = createKeyedLock();
  #branches: Branches | undefined;
  #publisher: PublisherSession | undefined;
  #pipe: IncomingPipe | undefined;
  #origin: Origin | undefined;
  #isClosed = false;

  constructor(roomId: string, host: RoomHost, events: StageEvents) {
    this.#roomId = roomId;
    this.#host = host;
    this.#events = events;
  }

  /** Who sends here now. */
  get publisher(): PublisherSession | undefined {
    return this.#publisher;
  }

  /** Base address of the origin where this is an edge. */
  get originUrl(): string | null {
    return this.#origin?.url ?? null;
  }

  /** What can be consumed now. */
  get source(): Source | undefined {
    if (this.#pipe && !this.#pipe.isClosed) return this.#pipe;
    return this.#publisher;
  }

  get root(): Branch | undefined {
    return this.#branches?.root;
  }

  /**
   * Lets somebody publish, in place of one who is not heard; `stream.already_live` while one is. Viewers stay where the
   * routers can carry what comes now.
   */
  publish<Opened extends { readonly session: PublisherSession }>(
    codecs: RouterRtpCodecCapability[],
    open: (root: Branch) => Promise<Opened>,
  ): Promise<Opened> {
    return this.#lock.run("source", async () => {
      this.#assertOpen();
      await this.#publisher?.measure();
      if (this.#publisher?.stateName === "live") {
        throw new ShoalError("stream.already_live", "Somebody is live on this stream already.");
      }
      const known =
        this.#branches && canCarry(this.#branches.root.codecs, codecs) ? this.#branches : undefined;
      const branches = known ?? (await Branches.open(this.#host.pool, codecs));
      try {
        const opened = await open(branches.root);
        this.#assertOpen();
        this.#leaveOrigin();
        const before = this.#publisher;
        this.#publisher = opened.session;
        before?.close();
        this.#stand(branches);
        this.#attend(opened.session);
        await this.#spread(opened.session, branches);
        return opened;
      } catch (error) {
        if (!known) branches.close();
        throw error;
      }
    });
  }

  /** Makes this node an edge of the room; `stream.already_live` while somebody publishes here. */
  async followOrigin(url: string): Promise<void> {
    await this.#lock.run("source", async () => {
      this.#assertOpen();
      if (this.#publisher?.stateName === "live") {
        throw new ShoalError("stream.already_live", "The publisher of this stream is here.");
      }
      if (this.#origin?.url !== url) {
        this.#leaveOrigin();
        const stopWatching = this.#host.origins.watch(url, (sessionIds) =>
          this.#hearOfOrigin(url, sessionIds.get(this.#roomId) ?? null),
        );
        this.#origin = { url, stopWatching, sessionId: undefined, isWanted: true };
        this.#host.changed();
      }
      this.#publisher?.close();
    });
    await this.#wantPipe();
  }

  /** A place for a viewer or a tap; `stream.not_live` while there is nothing to be had. */
  async seat(toWanted: (rootCodecs: RouterRtpCodecCapability[]) => Numbering | null): Promise<Seat> {
    if (this.#origin && !this.source) await this.#wantPipe();
    const { source } = this;
    if (!source || !this.#branches) throw new ShoalError("stream.not_live", "Nobody is live on this stream.");
    return this.#branches.seat(source, toWanted(this.#branches.root.codecs));
  }

  /** An edge whom nobody watches lets the pipe go. */
  rest(): void {
    if (this.#origin) this.#origin.isWanted = false;
    this.#pipe?.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leaveOrigin();
    this.#publisher?.close();
    this.#branches?.close();
  }

  /** Takes these routers from now on. */
  #stand(branches: Branches): void {
    const before = this.#branches;
    if (before === branches) return;
    this.#branches = branches;
    before?.close();
    branches.root.router.observer.once("close", () => {
      if (this.#branches !== branches) return;
      branches.close();
      this.#branches = undefined;
      this.#events.onLost();
    });
  }

  #attend(session: PublisherSession): void {
    session.onChanged(() => {
      if (session.isClosed && this.#publisher === session) this.#publisher = undefined;
      this.#host.changed();
    });
    this.#host.changed();
  }

  async #spread(source: Source, branches: Branches): Promise<void> {
    await branches.follow(source);
    this.#events.onSource();
  }

  #hearOfOrigin(url: string, sessionId: string | null): void {
    if (this.#origin?.url !== url || this.#isClosed) return;
    this.#origin.sessionId = sessionId;
    if (this.#pipe && this.#pipe.sessionId !== sessionId) this.#pipe.close();
    if (sessionId === null || !this.#origin.isWanted || this.source) return;
    this.#wantPipe().catch((err) =>
      this.#host.log.warn({ err, roomId: this.#roomId }, "the origin does not answer; it is asked again"),
    );
  }

  /** Brings what the origin has, as soon as it has something. */
  async #wantPipe(): Promise<void> {
    if (this.#origin) this.#origin.isWanted = true;
    try {
      await this.#lock.run("source", () => this.#pipeIn());
    } catch (error) {
      // it will be heard of when there is a publisher
      if (!(error instanceof ShoalError) || error.code !== "stream.not_live") throw error;
    }
  }

  /** Brings what the origin has, unless it is here already. */
  async #pipeIn(): Promise<void> {
    const origin = this.#origin;
    if (!origin || this.#isClosed) return;
    const isKnown = origin.sessionId === undefined || origin.sessionId === this.#pipe?.sessionId;
    if (this.#pipe && !this.#pipe.isClosed && isKnown) return;
    this.#pipe?.close();
    this.#pipe = undefined;
    const { client, media } = this.#host;
    const options = { client, media, originUrl: origin.url, roomId: this.#roomId };
    let branches = this.#branches ?? (await Branches.open(this.#host.pool, []));
    try {
      let pipe = await openIncomingPipe(branches.root, options);
      if (!pipe) {
        branches = await Branches.open(this.#host.pool, []);
        pipe = await openIncomingPipe(branches.root, options);
      }
      if (!pipe) throw new Error("a router without codecs refused the origin's");
      if (this.#isClosed || this.#origin !== origin) {
        pipe.close();
        throw new ShoalError("stream.not_live", "The stream has just ended.");
      }
      this.#pipe = pipe;
      this.#stand(branches);
      await this.#spread(pipe, branches);
    } catch (error) {
      if (this.#branches !== branches) branches.close();
      throw error;
    }
  }

  #leaveOrigin(): void {
    this.#origin?.stopWatching();
    this.#origin = undefined;
    this.#pipe?.close();
    this.#pipe = undefined;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new ShoalError("stream.not_live", "The stream has just ended.");
  }
}

import type { Socket } from "node:net";
import type { AvPacket } from "node-media-server/src/core/avpacket.js";
import Flv from "node-media-server/src/protocol/flv.js";
import Rtmp from "node-media-server/src/protocol/rtmp.js";
import { guardRtmp } from "./guard-rtmp.ts";
import type { MediaMessage } from "./ingest.rules.ts";

/** One message of a publisher: what the decision needs, and the bytes of its FLV tag. */
export interface RtmpMessage {
  /** `null` for metadata. */
  readonly media: MediaMessage | null;
  readonly flvTag: Buffer;
}

/** What a connection tells its owner. */
export interface RtmpConnectionEvents {
  /**
   * Somebody wants to publish under this app and name; until it is answered nothing more is read. A refusal is the
   * sentence that the program over there shows.
   */
  askedToPublish(app: string, name: string): Promise<{ refusal: string | null }>;
  received(message: RtmpMessage): void;
  /** `left`: the publisher said so; `lost`: the connection ended without a word; `broken`: nonsense or too slow. */
  closed(reason: "left" | "lost" | "broken"): void;
}

/** A command before the key was checked, and a message of media after it. */
const maxCommandBytes = 16 * 1024;
const maxMessageBytes = 6 * 1024 * 1024;
/** A publisher that sends nothing for so long is let go. */
const silenceMs = 15_000;
/** So long it may take to hear why it was refused. */
const farewellMs = 1000;
/** Answers are a few hundred bytes; who asks and asks and does not read them is let go. */
const maxUnreadBytes = 256 * 1024;

/** Speaks RTMP with one publisher; node-media-server reads the protocol. Ends with its socket. */
export class RtmpConnection {
  readonly #socket: Socket;
  readonly #events: RtmpConnectionEvents;
  readonly #rtmp = new Rtmp();
  #state: "asking" | "deciding" | "publishing" | "closed" = "asking";
  /** Of the admission, then of the farewell: whatever is sent meanwhile. */
  #deadline: NodeJS.Timeout | undefined;
  #name: { app: string; name: string } | undefined;
  /** What came in the same packet as the question. */
  #held: Buffer[] = [];
  #hasLeft = false;
  #isBroken = false;

  /** `admissionMs`: a publisher that has not named its stream by then is let go. */
  constructor(socket: Socket, admissionMs: number, events: RtmpConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    const rtmp = this.#rtmp;
    const respondPublish = rtmp.respondPublish.bind(rtmp);
    // "published" is said when the key was found good, not before
    rtmp.respondPublish = () => {};
    guardRtmp(rtmp, () => (this.#state === "publishing" ? maxMessageBytes : maxCommandBytes));
    rtmp.onOutputCallback = (bytes) => {
      if (socket.writableLength > maxUnreadBytes) this.#break();
      else if (socket.writable) socket.write(bytes);
    };
    rtmp.onConnectCallback = ({ app, name }) => {
      if (typeof app !== "string" || typeof name !== "string") throw new Error("a stream without a name");
      this.#name = { app: app.replace(/\/+$/, ""), name };
    };
    rtmp.onPlayCallback = () => this.#refuse("NetStream.Play.Failed", "Nothing is played here.");
    rtmp.onPushCallback = () => this.#decide(respondPublish);
    rtmp.onPacketCallback = (packet) => this.#receive(packet);
    rtmp.onDeleteStream = () => {
      this.#hasLeft = true;
      socket.end();
    };
    socket.setNoDelay(true);
    socket.once("timeout", () => this.#break());
    this.#deadline = setTimeout(() => this.#break(), admissionMs);
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(this.#deadline);
      this.#state = "closed";
      events.closed(this.#hasLeft ? "left" : this.#isBroken ? "broken" : "lost");
    });
  }

  /** Holds the publisher back, or lets it go on: TCP tells it. */
  setPaused(isPaused: boolean): void {
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Tells the program over there why, and lets it go. */
  refuse(sentence: string): void {
    this.#refuse("NetStream.Publish.BadName", sentence);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#state === "closed") return;
    if (this.#state === "deciding") {
      this.#held.push(bytes);
      return;
    }
    try {
      const trouble = this.#rtmp.parserData(bytes);
      if (trouble !== null) this.#break();
    } catch {
      // whatever they sent, it was no RTMP
      this.#break();
    }
  }

  #decide(respondPublish: () => void): void {
    const name = this.#name;
    if (!name || this.#state !== "asking") throw new Error("one stream for each connection");
    this.#state = "deciding";
    clearTimeout(this.#deadline);
    this.#socket.pause();
    this.#events.askedToPublish(name.app, name.name).then(
      ({ refusal }) => {
        if (this.#state === "closed") return;
        if (refusal !== null) return this.refuse(refusal);
        this.#state = "publishing";
        this.#socket.setTimeout(silenceMs);
        respondPublish();
        for (const bytes of this.#held.splice(0)) this.#read(bytes);
        this.#socket.resume();
      },
      () => this.refuse("The server cannot take streams now. Try again soon."),
    );
  }

  #receive(packet: AvPacket): void {
    // media before the key was found good is not looked at
    if (this.#state !== "publishing") throw new Error("media before admission");
    this.#events.received({ media: toMedia(packet), flvTag: Flv.createMessage(packet) });
  }

  #refuse(code: string, sentence: string): void {
    if (this.#state === "closed") return;
    this.#held = [];
    this.#rtmp.sendStatusMessage(this.#rtmp.streamId, "error", code, sentence);
    this.#isBroken = true;
    this.#socket.end();
    // who does not close its side, or goes on sending, is not waited for
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.destroy(), farewellMs);
    this.#socket.resume();
    this.#state = "closed";
  }

  #break(): void {
    this.#isBroken = true;
    this.#socket.destroy();
  }
}

const h264 = 7;
/** Adobe FLV §E.4.3.1, AVCPacketType 2: the end of the sequence, no picture. */
const endOfSequence = 2;

function toMedia(packet: AvPacket): MediaMessage | null {
  if (packet.codec_type !== 8 && packet.codec_type !== 9) return null;
  if (packet.codec_type === 9 && packet.codec_id === h264 && packet.data[1] === endOfSequence) return null;
  return {
    kind: packet.codec_type === 8 ? "audio" : "video",
    codecId: packet.codec_id,
    part: packet.flags === 0 || packet.flags === 2 ? "header" : packet.flags === 4 ? "delta" : "key",
    compositionMs: packet.pts - packet.dts,
    decodeMs: packet.dts,
  };
}

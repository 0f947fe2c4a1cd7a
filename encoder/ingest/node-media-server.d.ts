// the package has no types; these are of its protocol parts, the only ones that are used
declare module "node-media-server/src/protocol/rtmp.js" {
  import type { AvPacket } from "node-media-server/src/core/avpacket.js";

  export interface RtmpStreamRequest {
    readonly app: unknown;
    readonly name: unknown;
  }

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default class Rtmp {
    onConnectCallback: (request: RtmpStreamRequest) => void;
    onPushCallback: () => void;
    onPlayCallback: () => void;
    onPacketCallback: (packet: AvPacket) => void;
    onOutputCallback: (buffer: Buffer) => void;
    /** Message id of the stream that is published. */
    streamId: number;
    /** Bytes of a chunk, as the other side has set it. */
    readonly inChunkSize: number;
    /** The message that is being read. */
    readonly parserPacket: { readonly header: { readonly length: number } };
    /** Messages by chunk stream. */
    readonly inPackets: ReadonlyMap<number, unknown>;
    /** Makes room for the message that begins. */
    packetAlloc(): void;
    /** Obeys a protocol control message. */
    controlHandler(): void;
    /** Reads what has come; an error's text, or `null`. Throws on nonsense. */
    parserData(buffer: Buffer): string | null;
    respondPublish(): void;
    onDeleteStream(message: unknown): void;
    sendStatusMessage(streamId: number, level: string, code: string, description: string): void;
  }
}

declare module "node-media-server/src/protocol/rtmp_client.js" {
  import type { Socket } from "node:net";
  import type { AvPacket } from "node-media-server/src/core/avpacket.js";

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default class RtmpClient {
    socket: Socket | null;
    connected: boolean;
    /** What is told as `tcUrl`. */
    baseUri: string;
    urlInfo: { host: string; port: number; app: string; streamName: string; query: object } | null;
    onHandshakeCallback: () => void;
    onErrorCallback: (error: Error) => void;
    handshakeReject: ((error: Error) => void) | null;
    /** Message id of the stream that is published. */
    readonly streamId: number;
    /** Bytes of a chunk, as the other side has set it. */
    readonly inChunkSize: number;
    /** The message that is being read. */
    readonly parserPacket: { readonly header: { readonly length: number } };
    /** Messages by chunk stream. */
    readonly inPackets: ReadonlyMap<number, unknown>;
    /** Makes room for the message that begins. */
    packetAlloc(): void;
    /** Obeys a protocol control message. */
    controlHandler(): void;
    resetProtocolState(): void;
    sendClientHandshake(): void;
    /** Reads what has come; throws on nonsense. */
    handleData(bytes: Buffer): void;
    sendConnect(): Promise<unknown>;
    sendCreateStream(): Promise<number>;
    sendPublish(name: string): Promise<unknown>;
    sendMetaData(metadata: Readonly<Record<string, string | number | boolean>>): void;
    startHeartbeat(): void;
    isTimedOut(): boolean;
    disconnect(): void;
    static createMessage(packet: Pick<AvPacket, "codec_type" | "dts" | "size" | "data">): Buffer;
  }
}

declare module "node-media-server/src/protocol/flv.js" {
  import type { AvPacket } from "node-media-server/src/core/avpacket.js";

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default class Flv {
    onPacketCallback: (packet: AvPacket) => void;
    parserData(buffer: Buffer): string | null;
    static createHeader(hasAudio: boolean, hasVideo: boolean): Buffer;
    static createMessage(packet: AvPacket): Buffer;
  }
}

declare module "node-media-server/src/core/avpacket.js" {
  /** A message of sound (`codec_type` 8), picture (9) or metadata (18). */
  export interface AvPacket {
    /** FLV's number of the codec, or the FourCC as a number. */
    codec_id: number;
    codec_type: number;
    /** 0 sound header, 1 sound, 2 picture header, 3 key frame, 4 other frame, 5 metadata. */
    flags: number;
    /** Milliseconds. */
    pts: number;
    dts: number;
    size: number;
    data: Buffer;
  }
}

declare module "node-media-server/src/core/logger.js" {
  const logger: { log: (message: string, level?: string) => void };
  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default logger;
}

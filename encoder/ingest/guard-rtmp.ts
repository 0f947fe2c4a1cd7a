import logger from "node-media-server/src/core/logger.js";

/** The parts of node-media-server's protocol reader that trust the other side too much. */
export interface RtmpReader {
  readonly inChunkSize: number;
  readonly parserPacket: { readonly header: { readonly length: number } };
  readonly inPackets: ReadonlyMap<number, unknown>;
  packetAlloc(): void;
  controlHandler(): void;
}

const maxChunkStreams = 16;

/** Makes a reader throw where the other side asks for too much memory, or for chunks of no size, which it would read for ever. */
export function guardRtmp(reader: RtmpReader, maxMessageBytes: () => number): void {
  // it would write what strangers say to standard output
  logger.log = () => {};
  const makeRoom = reader.packetAlloc.bind(reader);
  const control = reader.controlHandler.bind(reader);
  reader.packetAlloc = () => {
    if (reader.parserPacket.header.length > maxMessageBytes()) throw new Error("a message is too large");
    if (reader.inPackets.size > maxChunkStreams) throw new Error("too many chunk streams");
    makeRoom();
  };
  reader.controlHandler = () => {
    control();
    // RTMP 1.0 §5.4.1: "The maximum chunk size SHOULD be at least 128 bytes, and MUST be at least 1 byte."
    if (reader.inChunkSize < 1 || reader.inChunkSize > 0x7fffffff) throw new Error("no chunk size");
  };
}

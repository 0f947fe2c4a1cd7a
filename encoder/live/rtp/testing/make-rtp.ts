/** Makes an RTP packet (RFC 3550 §5.1) without extensions. */
export function makeRtp(packet: {
  sequence: number;
  timestamp: number;
  payload: Buffer;
  isMarked?: boolean;
  payloadType?: number;
  ssrc?: number;
}): Buffer {
  const { sequence, timestamp, payload, isMarked = false, payloadType = 96, ssrc = 1 } = packet;
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (isMarked ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

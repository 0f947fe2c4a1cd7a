/** What all parts of the fan-out have in common. */
export const fanout = {
  consumerCount: 200,
  payloadType: 96,
  ssrc: 1234,
  packetsPerSecond: 200,
  packetBytes: 1000,
  roundSeconds: 4,
} as const;

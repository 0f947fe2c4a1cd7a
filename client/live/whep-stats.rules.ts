import { z } from "zod";

/** What a viewer's WebRTC connection measures at one moment; sums since its beginning unless said. */
export interface RealtimeReading {
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly lostPackets: number;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly freezeCount: number;
  /** Over the time since the reading before: */
  readonly bitrateBps: number;
  /** 0 to 1. */
  readonly packetLossRatio: number;
  /** What a frame waits for its turn (W3C webrtc-stats `jitterBufferDelay`). */
  readonly jitterBufferMs: number;
  /** From a frame's first packet to its being decoded, the wait included. */
  readonly processingMs: number;
  readonly roundTripMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
  /** RTP codec name as the browser writes it; empty: not known. */
  readonly videoCodec: string;
  /** Sums that the next reading is compared with. */
  readonly sums: {
    readonly delaySeconds: number;
    readonly delayCount: number;
    readonly processingSeconds: number;
  };
}

const count = z.number().catch(0).default(0);
const inboundSchema = z.object({
  type: z.literal("inbound-rtp"),
  kind: z.enum(["audio", "video"]),
  codecId: z.string().optional(),
  bytesReceived: count,
  packetsReceived: count,
  packetsLost: count,
  lastPacketReceivedTimestamp: count,
  framesDecoded: count,
  framesDropped: count,
  freezeCount: count,
  framesPerSecond: count,
  frameWidth: count,
  frameHeight: count,
  jitterBufferDelay: count,
  jitterBufferEmittedCount: count,
  totalProcessingDelay: count,
});
const pairSchema = z.object({
  type: z.literal("candidate-pair"),
  nominated: z.boolean().catch(false).default(false),
  currentRoundTripTime: count,
});
const codecSchema = z.object({ type: z.literal("codec"), id: z.string(), mimeType: z.string() });
const entrySchema = z.discriminatedUnion("type", [inboundSchema, pairSchema, codecSchema]);

/** Reads a statistics report (`[...report.values()]`); rates are those since `before`. */
export function toRealtimeReading(
  entries: Iterable<unknown>,
  atMs: number,
  before?: RealtimeReading,
): RealtimeReading {
  const known = [...entries].flatMap((entry) => entrySchema.safeParse(entry).data ?? []);
  const inbound = known.filter((entry) => entry.type === "inbound-rtp");
  // a streamer who came back sends on other numbers over the same connection
  const video = inbound
    .filter(({ kind }) => kind === "video")
    .sort((a, b) => b.lastPacketReceivedTimestamp - a.lastPacketReceivedTimestamp)[0];
  // where there is no picture, the sound says how it goes
  const main = video ?? inbound[0];
  const sum = (read: (entry: z.infer<typeof inboundSchema>) => number) =>
    inbound.reduce((total, entry) => total + read(entry), 0);
  const pairs = known.filter((entry) => entry.type === "candidate-pair");
  const codecs = known.filter((entry) => entry.type === "codec");
  const receivedBytes = sum((entry) => entry.bytesReceived);
  const receivedPackets = sum((entry) => entry.packetsReceived);
  const lostPackets = sum((entry) => entry.packetsLost);
  const sums = {
    delaySeconds: main?.jitterBufferDelay ?? 0,
    delayCount: main?.jitterBufferEmittedCount ?? 0,
    processingSeconds: video?.totalProcessingDelay ?? 0,
  };
  const framesDecoded = video?.framesDecoded ?? 0;
  // another connection begins to count anew
  const last = before && before.receivedBytes <= receivedBytes ? before : undefined;
  const lost = Math.max(0, lostPackets - (last?.lostPackets ?? 0));
  const arrived = receivedPackets - (last?.receivedPackets ?? 0);
  const emitted = sums.delayCount - (last?.sums.delayCount ?? 0);
  const decoded = framesDecoded - (last?.framesDecoded ?? 0);
  return {
    atMs,
    receivedBytes,
    receivedPackets,
    lostPackets,
    framesDecoded,
    framesDropped: video?.framesDropped ?? 0,
    freezeCount: video?.freezeCount ?? 0,
    bitrateBps:
      last && atMs > last.atMs ? ((receivedBytes - last.receivedBytes) * 8000) / (atMs - last.atMs) : 0,
    packetLossRatio: lost + arrived > 0 ? lost / (lost + arrived) : 0,
    jitterBufferMs:
      emitted > 0
        ? ((sums.delaySeconds - (last?.sums.delaySeconds ?? 0)) / emitted) * 1000
        : (last?.jitterBufferMs ?? 0),
    processingMs:
      decoded > 0
        ? ((sums.processingSeconds - (last?.sums.processingSeconds ?? 0)) / decoded) * 1000
        : (last?.processingMs ?? 0),
    roundTripMs: ((pairs.find(({ nominated }) => nominated) ?? pairs[0])?.currentRoundTripTime ?? 0) * 1000,
    widthPx: video?.frameWidth ?? 0,
    heightPx: video?.frameHeight ?? 0,
    framesPerSecond: video?.framesPerSecond ?? 0,
    videoCodec: codecs.find(({ id }) => id === video?.codecId)?.mimeType.replace(/^video\//, "") ?? "",
    sums,
  };
}

import { formatBitrate, formatBytes, formatShare } from "../../playback/format.ts";
import { type PeerSharing, toSharingWords } from "../../playback/peer.rules.ts";
import type { StatsLine } from "../../playback/stats.rules.ts";
import type { LiveEngineReading, LiveWay } from "../live-engine.port.ts";
import { toBehindWords } from "./live-words.rules.ts";

/** Everything that the overlay of a live stream shows, at one moment. */
export interface LiveStats {
  readonly streamId: string;
  readonly way: LiveWay | undefined;
  readonly sharing: PeerSharing;
  readonly reading: LiveEngineReading;
  readonly behindSeconds: number | undefined;
  readonly pictureWidthPx: number;
  readonly pictureHeightPx: number;
  readonly bufferSeconds: number;
  readonly droppedFrames: number;
  readonly totalFrames: number;
}

/** How the picture comes: what the viewer wants to know first. */
export function toLiveMode({ way, sharing, reading }: LiveStats): string {
  if (way === undefined) return "Nothing yet";
  if (way === "webrtc") return "WebRTC from the server";
  if (sharing.name !== "on")
    return `HLS from the server alone (sharing: ${toSharingWords(sharing).toLowerCase()})`;
  const { peers = [], receivedBytes = 0 } = reading.swarm ?? {};
  if (peers.length === 0) return "HLS from the server, looking for peers";
  return receivedBytes > 0 ? "HLS from server and peers" : "HLS from the server, peers connected";
}

/** The lines of the overlay in their order; each way has some of its own. */
export function toLiveStatsLines(stats: LiveStats): readonly StatsLine[] {
  const { reading } = stats;
  return [
    { name: "mode", label: "Mode", text: toLiveMode(stats) },
    {
      name: "behind",
      label: "Latency",
      text: toBehindWords(stats.behindSeconds) || "–",
      value: Math.round((stats.behindSeconds ?? 0) * 1000) / 1000,
    },
    ...toRealtimeLines(stats),
    ...toSwarmLines(stats),
    {
      name: "dropped",
      label: "Dropped frames",
      text: `${stats.droppedFrames} of ${stats.totalFrames}`,
      value: stats.droppedFrames,
    },
    {
      name: "bandwidth",
      label: stats.way === "webrtc" ? "Bitrate" : "Bandwidth",
      text: reading.bandwidthBps > 0 ? formatBitrate(reading.bandwidthBps) : "–",
      value: Math.round(reading.bandwidthBps),
    },
    { name: "stream", label: "Stream", text: stats.streamId },
  ];
}

function toRealtimeLines({ reading: { realtime } }: LiveStats): StatsLine[] {
  if (!realtime) return [];
  return [
    {
      name: "round-trip",
      label: "Round trip",
      text: `${Math.round(realtime.roundTripMs)} ms`,
      value: realtime.roundTripMs,
    },
    {
      name: "jitter-buffer",
      label: "Jitter buffer",
      text: `${Math.round(realtime.jitterBufferMs)} ms`,
      value: realtime.jitterBufferMs,
    },
    {
      name: "packet-loss",
      label: "Packet loss",
      text: `${(realtime.packetLossRatio * 100).toFixed(1)} % (${realtime.lostPackets} in all)`,
      value: realtime.packetLossRatio,
    },
    {
      name: "layer",
      label: "Layer",
      text: [
        `${realtime.widthPx}×${realtime.heightPx}`,
        `${Math.round(realtime.framesPerSecond)} fps`,
        realtime.videoCodec,
      ]
        .filter(Boolean)
        .join(" · "),
      value: realtime.heightPx,
    },
    { name: "freezes", label: "Freezes", text: String(realtime.freezeCount), value: realtime.freezeCount },
  ];
}

function toSwarmLines({ reading: { swarm }, ...stats }: LiveStats): StatsLine[] {
  if (!swarm) return [];
  const downloadedBytes = swarm.receivedBytes + swarm.serverBytes;
  return [
    { name: "peers", label: "Peers", text: String(swarm.peers.length), value: swarm.peers.length },
    {
      name: "bytes-from-peers",
      label: "From peers",
      text: `${formatBytes(swarm.receivedBytes)} (${formatShare(swarm.receivedBytes, downloadedBytes)})`,
      value: swarm.receivedBytes,
    },
    {
      name: "bytes-from-server",
      label: "From server",
      text: formatBytes(swarm.serverBytes),
      value: swarm.serverBytes,
    },
    { name: "bytes-to-peers", label: "To peers", text: formatBytes(swarm.sentBytes), value: swarm.sentBytes },
    {
      name: "buffer",
      label: "Buffer",
      text: `${stats.bufferSeconds.toFixed(1)} s`,
      value: stats.bufferSeconds,
    },
    {
      name: "rung",
      label: "Quality",
      text: `${stats.pictureWidthPx}×${stats.pictureHeightPx}`,
      value: stats.pictureHeightPx,
    },
  ];
}

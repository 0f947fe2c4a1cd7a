import { formatBitrate, formatBytes, formatShare } from "./format.ts";
import { type PeerSharing, toSharingWords } from "./peer.rules.ts";
import type { PlaybackEngine, Rung } from "./playback-engine.port.ts";
import type { SwarmReading } from "./swarm-tally.ts";

/** Everything that the overlay shows, at one moment. */
export interface PlaybackStats {
  readonly videoId: string;
  readonly engineKind: PlaybackEngine["kind"] | undefined;
  readonly sharing: PeerSharing;
  readonly swarm: SwarmReading;
  readonly rung: Rung | undefined;
  readonly pictureWidthPx: number;
  readonly pictureHeightPx: number;
  readonly bufferSeconds: number;
  readonly droppedFrames: number;
  readonly totalFrames: number;
  readonly bandwidthBps: number;
}

/** One line of the overlay; `name` is its test id. */
export interface StatsLine {
  readonly name: string;
  readonly label: string;
  readonly text: string;
  /** The bare number, where there is one. */
  readonly value?: number;
}

/** How the bytes come: what the viewer wants to know first. */
export function toConnectionMode({ swarm, sharing, engineKind }: PlaybackStats): string {
  if (engineKind === "native") return "Server (the browser plays by itself)";
  if (sharing.name !== "on") return `Server alone (sharing: ${toSharingWords(sharing).toLowerCase()})`;
  if (swarm.peers.length === 0) return "Server, looking for peers";
  return swarm.receivedBytes > 0 ? "Server and peers" : "Server, peers connected";
}

/** The lines of the overlay in their order. */
export function toStatsLines(stats: PlaybackStats): readonly StatsLine[] {
  const { swarm, rung } = stats;
  const downloadedBytes = swarm.receivedBytes + swarm.serverBytes;
  return [
    { name: "mode", label: "Mode", text: toConnectionMode(stats) },
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
      text: [
        `${stats.pictureWidthPx}×${stats.pictureHeightPx}`,
        rung && formatBitrate(rung.bitrateBps),
        rung?.codecs,
      ]
        .filter(Boolean)
        .join(" · "),
      value: stats.pictureHeightPx,
    },
    {
      name: "dropped",
      label: "Dropped frames",
      text: `${stats.droppedFrames} of ${stats.totalFrames}`,
      value: stats.droppedFrames,
    },
    {
      name: "bandwidth",
      label: "Bandwidth",
      text: stats.bandwidthBps > 0 ? formatBitrate(stats.bandwidthBps) : "–",
      value: stats.bandwidthBps,
    },
    { name: "video", label: "Video", text: stats.videoId },
  ];
}

/** The overlay as text, for a message to whoever runs the instance. */
export function toStatsText(lines: readonly StatsLine[]): string {
  return lines.map(({ label, text }) => `${label}: ${text}`).join("\n");
}

/** Seconds that can be played from `currentSeconds` without loading. */
export function toBufferSeconds(buffered: TimeRanges, currentSeconds: number): number {
  for (let range = 0; range < buffered.length; range += 1) {
    if (buffered.start(range) <= currentSeconds + 0.1 && currentSeconds <= buffered.end(range)) {
      return buffered.end(range) - currentSeconds;
    }
  }
  return 0;
}

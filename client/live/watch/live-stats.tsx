import { createSignal, type JSX, onCleanup } from "solid-js";
import { toBufferSeconds } from "../../playback/stats.rules.ts";
import { StatsPanel } from "../../playback/stats-panel.tsx";
import type { LiveMedia } from "./live-media.ts";
import type { LivePlayback } from "./live-playback.store.ts";
import { type LiveStats, toLiveStatsLines } from "./live-stats.rules.ts";

const readingIntervalMs = 1_000;

/** "Stats for nerds" of a live stream, read once a second while it is open. */
export function LiveStatsOverlay(props: {
  readonly playback: LivePlayback;
  readonly media: LiveMedia;
  readonly streamId: string;
  close(): void;
}): JSX.Element {
  const [stats, setStats] = createSignal(read());
  const [isServerBusy, setServerBusy] = createSignal(false);
  const timer = window.setInterval(() => {
    const now = read();
    setServerBusy(toServerBytes(now) > toServerBytes(stats()));
    setStats(now);
  }, readingIntervalMs);
  onCleanup(() => window.clearInterval(timer));

  function read(): LiveStats {
    const { state } = props.playback;
    const { front } = props.media;
    const frames = front.getVideoPlaybackQuality();
    return {
      streamId: props.streamId,
      way: state.way,
      sharing: state.sharing,
      reading: props.playback.read(),
      behindSeconds: state.behindSeconds,
      pictureWidthPx: front.videoWidth,
      pictureHeightPx: front.videoHeight,
      bufferSeconds: toBufferSeconds(front.buffered, front.currentTime),
      droppedFrames: frames.droppedVideoFrames,
      totalFrames: frames.totalVideoFrames,
    };
  }

  return (
    <StatsPanel
      lines={toLiveStatsLines(stats())}
      swarm={stats().reading.swarm}
      isServerBusy={isServerBusy()}
      close={() => props.close()}
    />
  );
}

function toServerBytes({ reading }: LiveStats): number {
  return reading.swarm?.serverBytes ?? 0;
}

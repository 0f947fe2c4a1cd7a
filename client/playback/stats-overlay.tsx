import { createSignal, type JSX, onCleanup } from "solid-js";
import type { Playback } from "./playback.store.ts";
import { type PlaybackStats, toBufferSeconds, toStatsLines } from "./stats.rules.ts";
import { StatsPanel } from "./stats-panel.tsx";

const readingIntervalMs = 1_000;

/** "Stats for nerds": the swarm as a picture and in numbers, read once a second while it is open. */
export function StatsOverlay(props: {
  readonly playback: Playback;
  readonly video: HTMLVideoElement;
  readonly videoId: string;
  close(): void;
}): JSX.Element {
  const [stats, setStats] = createSignal(read());
  const [isServerBusy, setServerBusy] = createSignal(false);
  const timer = window.setInterval(() => {
    const now = read();
    setServerBusy(now.swarm.serverBytes > stats().swarm.serverBytes);
    setStats(now);
  }, readingIntervalMs);
  onCleanup(() => window.clearInterval(timer));

  function read(): PlaybackStats {
    const { state } = props.playback;
    const frames = props.video.getVideoPlaybackQuality();
    return {
      videoId: props.videoId,
      engineKind: state.engineKind,
      sharing: state.sharing,
      swarm: props.playback.readSwarm(),
      rung: state.rungs.find(({ index }) => index === state.shownRung),
      pictureWidthPx: props.video.videoWidth,
      pictureHeightPx: props.video.videoHeight,
      bufferSeconds: toBufferSeconds(props.video.buffered, props.video.currentTime),
      droppedFrames: frames.droppedVideoFrames,
      totalFrames: frames.totalVideoFrames,
      bandwidthBps: props.playback.bandwidthBps(),
    };
  }

  return (
    <StatsPanel
      lines={toStatsLines(stats())}
      swarm={stats().swarm}
      isServerBusy={isServerBusy()}
      close={props.close}
    />
  );
}

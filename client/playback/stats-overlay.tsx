import { createSignal, For, type JSX, onCleanup } from "solid-js";
import type { Playback } from "./playback.store.ts";
import { type PlaybackStats, toBufferSeconds, toStatsLines, toStatsText } from "./stats.rules.ts";
import { SwarmPicture } from "./swarm-picture.tsx";

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
  const [isCopied, setCopied] = createSignal(false);
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

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(toStatsText(stats()));
      setCopied(true);
    } catch {
      // without permission the numbers can still be selected
    }
  }

  return (
    <section class="player-stats" aria-label="Stats for nerds" data-testid="stats">
      <SwarmPicture swarm={stats().swarm} isServerBusy={isServerBusy()} />
      <dl class="player-stats-lines">
        <For each={toStatsLines(stats()).map(({ name }) => name)}>
          {(name) => {
            const line = () => toStatsLines(stats()).find((candidate) => candidate.name === name);
            return (
              <div>
                <dt>{line()?.label}</dt>
                <dd data-testid={`stats-${name}`} data-value={line()?.value}>
                  {line()?.text}
                </dd>
              </div>
            );
          }}
        </For>
      </dl>
      <div class="player-stats-buttons">
        <button type="button" class="player-chip" onClick={() => void copy()}>
          {isCopied() ? "Copied" : "Copy"}
        </button>
        <button type="button" class="player-chip" onClick={() => props.close()}>
          Close
        </button>
      </div>
    </section>
  );
}

const smoothingSeconds = 4;
const leastSampleSeconds = 0.25;

/** How fast bytes go, smoothed so that the figure can be read. */
export interface SpeedMeter {
  /** Hears how many bytes have gone altogether. */
  record(sentBytes: number): void;
  /** 0 until it can be said. */
  bytesPerSecond(): number;
}

/** Measures from `sentBytes` on; make a new one after every pause. */
export function createSpeedMeter(sentBytes: number, now: () => number = () => performance.now()): SpeedMeter {
  let lastBytes = sentBytes;
  let lastMs = now();
  let speed = 0;
  return {
    record(bytes) {
      const seconds = (now() - lastMs) / 1000;
      // too short a time says more about buffers than about the network
      if (seconds < leastSampleSeconds) return;
      const current = Math.max(0, bytes - lastBytes) / seconds;
      const weight = speed === 0 ? 1 : 1 - Math.exp(-seconds / smoothingSeconds);
      speed += (current - speed) * weight;
      lastBytes = bytes;
      lastMs = now();
    },
    bytesPerSecond: () => speed,
  };
}

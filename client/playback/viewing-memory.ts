import { saveProgress } from "./playback.api.ts";
import { preferences, rememberPreferences } from "./preferences.store.ts";

const saveIntervalMs = 10_000;

/** Applies what the viewer set last time, and remembers what is set from now on; stops with the signal. */
export function rememberSettings(video: HTMLVideoElement, signal: AbortSignal): void {
  video.volume = preferences.volume;
  video.muted = preferences.isMuted;
  // loading resets the rate to the default one
  video.defaultPlaybackRate = preferences.rate;
  video.playbackRate = preferences.rate;
  const saveVolume = () => rememberPreferences({ volume: video.volume, isMuted: video.muted });
  video.addEventListener("volumechange", saveVolume, { signal });
  video.addEventListener(
    "ratechange",
    () => {
      video.defaultPlaybackRate = video.playbackRate;
      rememberPreferences({ rate: video.playbackRate });
    },
    { signal },
  );
}

/** Saves where the viewer is: every ten seconds of playing, on pause, and when the page or the player goes away. */
export function rememberProgress(video: HTMLVideoElement, videoId: string, signal: AbortSignal): void {
  let savedSeconds = -1;
  const save = () => {
    // at the end the next visit starts over
    const seconds = video.ended ? 0 : Math.floor(video.currentTime);
    if (seconds === savedSeconds || (seconds === 0 && savedSeconds === -1)) return;
    savedSeconds = seconds;
    void saveProgress(videoId, seconds);
  };
  const timer = window.setInterval(() => !video.paused && save(), saveIntervalMs);
  video.addEventListener("pause", save, { signal });
  video.addEventListener("ended", save, { signal });
  window.addEventListener("pagehide", save, { signal });
  signal.addEventListener(
    "abort",
    () => {
      window.clearInterval(timer);
      save();
    },
    { once: true },
  );
}

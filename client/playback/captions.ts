import { preferences, rememberPreferences } from "./preferences.store.ts";

/** The caption tracks of an element, without the storyboard's metadata track. */
export function toCaptionTracks(video: HTMLVideoElement): TextTrack[] {
  return Array.from(video.textTracks).filter(({ kind }) => kind === "subtitles" || kind === "captions");
}

/** Shows the captions in `language`, or none, and remembers it. */
export function showCaptions(video: HTMLVideoElement, language: string | null): void {
  applyCaptions(video, language);
  rememberPreferences({ captionLanguage: language });
}

/** Shows what the viewer chose last time, where this video has it. */
export function restoreCaptions(video: HTMLVideoElement): void {
  applyCaptions(video, preferences.captionLanguage);
}

/** On: the captions that were shown last, else in the browser's language, else the first. Off: none. */
export function toggleCaptions(video: HTMLVideoElement): void {
  const tracks = toCaptionTracks(video);
  if (tracks.some(({ mode }) => mode === "showing")) {
    showCaptions(video, null);
    return;
  }
  const browserLanguage = navigator.language.split("-")[0] ?? "";
  const track = tracks.find(({ language }) => language.startsWith(browserLanguage)) ?? tracks[0];
  if (track) showCaptions(video, track.language);
}

function applyCaptions(video: HTMLVideoElement, language: string | null): void {
  for (const track of toCaptionTracks(video)) {
    track.mode = track.language === language ? "showing" : "disabled";
  }
}

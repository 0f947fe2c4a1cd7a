import { assertNever } from "#common/errors.ts";
import { type KeyPress, type PlayerAction, toNextRate } from "./keyboard.rules.ts";

/** What an action can reach. */
export interface PlayerActionTargets {
  readonly video: HTMLVideoElement;
  /** The element that goes full screen. */
  readonly frame: HTMLElement;
  toggleCaptions(): void;
  toggleTheatre(): void;
  toggleStats(): void;
  toggleHelp(): void;
  closeOverlays(): void;
}

/** Does what a key, a tap or a menu asked for. */
export function performAction(action: PlayerAction, targets: PlayerActionTargets): void {
  const { video } = targets;
  switch (action.name) {
    case "togglePlay":
      if (video.paused) playQuietly(video);
      else video.pause();
      break;
    case "seekBy":
      seekTo(video, video.currentTime + action.seconds);
      break;
    case "seekToPercent":
      seekTo(video, (video.duration * action.percent) / 100);
      break;
    case "changeVolume":
      video.volume = Math.min(1, Math.max(0, video.volume + action.by));
      video.muted = video.volume === 0;
      break;
    case "toggleMuted":
      video.muted = !video.muted;
      break;
    case "toggleFullscreen":
      toggleFullscreen(targets.frame, video);
      break;
    case "changeSpeed":
      video.playbackRate = toNextRate(video.playbackRate, action.by);
      break;
    case "toggleCaptions":
    case "toggleTheatre":
    case "toggleStats":
    case "toggleHelp":
    case "closeOverlays":
      targets[action.name]();
      break;
    default:
      assertNever(action);
  }
}

/** Begins to play; a browser that wants a click first shows the big button instead. */
export function playQuietly(video: HTMLVideoElement): void {
  video.play().catch(() => {});
}

/** What matters of a key event for `toPlayerAction`. */
export function toKeyPress(event: KeyboardEvent): KeyPress {
  return {
    key: event.key,
    hasModifier: event.ctrlKey || event.altKey || event.metaKey,
    target: toKeyTarget(event.composedPath()[0]),
  };
}

const activatedRoles = new Set(["button", "link", "checkbox", "switch", "tab", "option"]);
const arrowRoles = new Set(["menuitem", "menuitemradio", "menuitemcheckbox", "slider", "listbox", "radio"]);

function toKeyTarget(target: EventTarget | undefined): KeyPress["target"] {
  if (!(target instanceof HTMLElement)) return "page";
  const type = target instanceof HTMLInputElement ? target.type : "";
  if (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return "text";
  if (type === "range" || type === "radio") return "arrows";
  if (type && !["checkbox", "button", "submit", "reset", "file"].includes(type)) return "text";
  const role = target.role ?? "";
  if (arrowRoles.has(role)) return "arrows";
  const isPressed = type || activatedRoles.has(role) || /^(BUTTON|A|SUMMARY)$/.test(target.tagName);
  return isPressed ? "activates" : "page";
}

function seekTo(video: HTMLVideoElement, seconds: number): void {
  if (!Number.isFinite(video.duration)) return;
  video.currentTime = Math.min(Math.max(0, seconds), video.duration);
}

/** Shows the whole frame on the whole screen, or no longer. */
export function toggleFullscreen(frame: HTMLElement, video: HTMLElement): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (frame.requestFullscreen) void frame.requestFullscreen().catch(() => {});
  // on an iPhone only the video itself can
  else if ("webkitEnterFullscreen" in video && typeof video.webkitEnterFullscreen === "function") {
    video.webkitEnterFullscreen();
  }
}

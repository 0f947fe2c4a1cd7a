import { assertNever } from "#common/errors.ts";
import { type PlayerAction, shortcutHelp } from "../../playback/keyboard.rules.ts";
import { toggleFullscreen } from "../../playback/player-actions.ts";
import type { LiveMedia } from "./live-media.ts";
import type { LivePlayback } from "./live-playback.store.ts";

/** What an action can reach. */
export interface LiveActionTargets {
  readonly playback: LivePlayback;
  readonly media: LiveMedia;
  /** The element that goes full screen. */
  readonly frame: HTMLElement;
  toggleTheatre(): void;
  toggleStats(): void;
  toggleHelp(): void;
  closeOverlays(): void;
}

/** Keys that live has nothing for: its speed is what it is, and it has no captions. */
const unused: readonly string[] = ["Slower or faster", "Captions"];

/** What the help dialog of the live player lists. */
export const liveShortcutHelp = shortcutHelp
  .filter(({ does }) => !unused.includes(does))
  .map(({ keys, does }) => ({
    keys,
    does: does.replace("Jump to 0 % … 90 %", "Jump to a part of what can be seen"),
  }));

/** Does what a key or a tap asked for; answers whether live knows it at all. */
export function performLiveAction(action: PlayerAction, targets: LiveActionTargets): boolean {
  const { playback, media } = targets;
  switch (action.name) {
    case "togglePlay":
      if (playback.state.isPaused) playback.play();
      else playback.pause();
      return true;
    case "seekBy":
      playback.seekBy(action.seconds);
      return true;
    case "seekToPercent":
      playback.seekToShare(action.percent / 100);
      return true;
    case "changeVolume":
      media.volume = Math.min(1, Math.max(0, media.volume + action.by));
      media.muted = media.volume === 0;
      return true;
    case "toggleMuted":
      if (media.muted) playback.turnSoundOn();
      else media.muted = true;
      return true;
    case "toggleFullscreen":
      toggleFullscreen(targets.frame, media);
      return true;
    case "toggleTheatre":
    case "toggleStats":
    case "toggleHelp":
    case "closeOverlays":
      targets[action.name]();
      return true;
    case "changeSpeed":
    case "toggleCaptions":
      return false;
    default:
      return assertNever(action);
  }
}

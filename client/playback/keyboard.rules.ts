/** What a key asks of the player. */
export type PlayerAction =
  | { readonly name: "togglePlay" }
  | { readonly name: "seekBy"; readonly seconds: number }
  | { readonly name: "seekToPercent"; readonly percent: number }
  | { readonly name: "changeVolume"; readonly by: number }
  | { readonly name: "toggleMuted" }
  | { readonly name: "toggleFullscreen" }
  | { readonly name: "toggleCaptions" }
  | { readonly name: "toggleTheatre" }
  | { readonly name: "toggleStats" }
  | { readonly name: "toggleHelp" }
  | { readonly name: "changeSpeed"; readonly by: 1 | -1 }
  | { readonly name: "closeOverlays" };

/** What matters of a key press. `target` says which keys the focused element needs itself. */
export interface KeyPress {
  readonly key: string;
  readonly hasModifier: boolean;
  /**
   * `text`: writes; `activates`: Enter and space press it; `arrows`: arrow keys move in it and space presses; `page`:
   * needs nothing.
   */
  readonly target: "text" | "activates" | "arrows" | "page";
}

const longSeekSeconds = 10;
const shortSeekSeconds = 5;
const volumeStep = 0.05;

/** The speeds that `<` and `>` go through, and the menu offers. */
export const playbackRates = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** What the help dialog lists, in its order. */
export const shortcutHelp = [
  { keys: ["Space", "k"], does: "Play or pause" },
  { keys: ["j", "l"], does: "Back or forward 10 seconds" },
  { keys: ["←", "→"], does: "Back or forward 5 seconds" },
  { keys: ["↑", "↓"], does: "Louder or quieter" },
  { keys: ["m"], does: "Mute" },
  { keys: ["0", "…", "9"], does: "Jump to 0 % … 90 %" },
  { keys: ["<", ">"], does: "Slower or faster" },
  { keys: ["c"], does: "Captions" },
  { keys: ["f"], does: "Full screen" },
  { keys: ["t"], does: "Theatre mode" },
  { keys: ["i"], does: "Stats for nerds" },
  { keys: ["?"], does: "This help" },
] as const;

/** The action that a key press asks for, if any. */
export function toPlayerAction({ key, hasModifier, target }: KeyPress): PlayerAction | undefined {
  if (hasModifier || target === "text") return undefined;
  if (key === " " && target !== "page") return undefined;
  if (key.startsWith("Arrow") && target === "arrows") return undefined;
  if (/^[0-9]$/.test(key)) return { name: "seekToPercent", percent: Number(key) * 10 };
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case " ":
    case "k":
      return { name: "togglePlay" };
    case "j":
      return { name: "seekBy", seconds: -longSeekSeconds };
    case "l":
      return { name: "seekBy", seconds: longSeekSeconds };
    case "ArrowLeft":
      return { name: "seekBy", seconds: -shortSeekSeconds };
    case "ArrowRight":
      return { name: "seekBy", seconds: shortSeekSeconds };
    case "ArrowUp":
      return { name: "changeVolume", by: volumeStep };
    case "ArrowDown":
      return { name: "changeVolume", by: -volumeStep };
    case "m":
      return { name: "toggleMuted" };
    case "f":
      return { name: "toggleFullscreen" };
    case "c":
      return { name: "toggleCaptions" };
    case "t":
      return { name: "toggleTheatre" };
    case "i":
      return { name: "toggleStats" };
    case "?":
      return { name: "toggleHelp" };
    case "<":
      return { name: "changeSpeed", by: -1 };
    case ">":
      return { name: "changeSpeed", by: 1 };
    case "Escape":
      return { name: "closeOverlays" };
    default:
      return undefined;
  }
}

/** The next slower or faster of {@link playbackRates}; the ends hold. */
export function toNextRate(rate: number, by: 1 | -1): number {
  const next =
    by === 1
      ? playbackRates.find((candidate) => candidate > rate)
      : playbackRates.findLast((candidate) => candidate < rate);
  return next ?? rate;
}

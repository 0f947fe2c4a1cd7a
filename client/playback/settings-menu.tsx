import type { JSX } from "solid-js";
import { ChoiceMenu, type MenuChoice, type MenuOption, onOff } from "./choice-menu.tsx";
import { formatBitrate } from "./format.ts";
import { playbackRates } from "./keyboard.rules.ts";
import { isSharingChangeable, toSharingWords } from "./peer.rules.ts";
import type { Playback, PlaybackState } from "./playback.store.ts";
import type { Rung } from "./playback-engine.port.ts";

/** Quality, speed, captions, sound track, sharing and stats. */
export function SettingsMenu(props: {
  readonly playback: Playback;
  readonly rate: number;
  readonly captionLanguage: string | null;
  readonly isStatsOpen: boolean;
  setRate(rate: number): void;
  setCaptions(language: string | null): void;
  setStatsOpen(isOpen: boolean): void;
}): JSX.Element {
  const { playback } = props;
  const { state } = playback;
  const choices: readonly (() => MenuChoice)[] = [
    () => ({
      name: "quality",
      label: "Quality",
      options: toQualityOptions(state),
      value: String(state.selectedRung),
      choose: (value) => playback.selectRung(value === "auto" ? "auto" : Number(value)),
    }),
    () => ({
      name: "speed",
      label: "Speed",
      options: playbackRates.map((rate) => ({
        value: String(rate),
        label: rate === 1 ? "Normal" : `${rate}×`,
      })),
      value: String(props.rate),
      choose: (value) => props.setRate(Number(value)),
    }),
    () => ({
      name: "captions",
      label: "Captions",
      options: [
        { value: "off", label: "Off" },
        ...(state.grant?.captions ?? []).map(({ language, label }) => ({ value: language, label })),
      ],
      value: props.captionLanguage ?? "off",
      choose: (value) => props.setCaptions(value === "off" ? null : value),
    }),
    () => ({
      name: "audio",
      label: "Sound track",
      options: state.audios.map(({ index, label }) => ({ value: String(index), label })),
      value: String(state.heardAudio),
      choose: (value) => playback.selectAudio(Number(value)),
    }),
    () => ({
      name: "sharing",
      label: "Share with other viewers",
      options: isSharingChangeable(state.sharing)
        ? onOff
        : [{ value: "off", label: toSharingWords(state.sharing) }],
      value: state.sharing.name === "on" ? "on" : "off",
      isAlwaysShown: true,
      choose: (value) => isSharingChangeable(state.sharing) && playback.answerSharing(value === "on"),
    }),
    () => ({
      name: "stats",
      label: "Stats for nerds",
      options: onOff,
      value: props.isStatsOpen ? "on" : "off",
      choose: (value) => props.setStatsOpen(value === "on"),
    }),
  ];
  return <ChoiceMenu choices={choices} />;
}

function toQualityOptions(state: PlaybackState): MenuOption[] {
  const shown = state.rungs.find(({ index }) => index === state.shownRung);
  const auto = shown && state.selectedRung === "auto" ? `Auto (${toRungName(shown)})` : "Auto";
  const rungs = state.rungs.toSorted((a, b) => b.bitrateBps - a.bitrateBps);
  // one rung leaves nothing to choose
  if (rungs.length < 2) return [];
  return [
    { value: "auto", label: auto },
    ...rungs.map((rung) => ({ value: String(rung.index), label: toRungName(rung) })),
  ];
}

/** `720p`: the short side of the picture; its bitrate where there is no picture. */
function toRungName({ widthPx, heightPx, bitrateBps }: Rung): string {
  return heightPx > 0 ? `${Math.min(widthPx, heightPx)}p` : formatBitrate(bitrateBps);
}

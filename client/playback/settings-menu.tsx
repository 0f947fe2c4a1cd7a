import { createMemo, For, Index, type JSX } from "solid-js";
import { formatBitrate } from "./format.ts";
import { playbackRates } from "./keyboard.rules.ts";
import { isSharingChangeable, toSharingWords } from "./peer.rules.ts";
import type { Playback, PlaybackState } from "./playback.store.ts";
import type { Rung } from "./playback-engine.port.ts";

interface MenuOption {
  readonly value: string;
  readonly label: string;
}

/** One line of the settings menu with its radio group behind it. */
interface MenuChoice {
  readonly label: string;
  readonly options: readonly MenuOption[];
  readonly value: string;
  choose(value: string): void;
}

const choiceNames = ["quality", "speed", "captions", "audio", "sharing", "stats"] as const;
type ChoiceName = (typeof choiceNames)[number];

const onOff: readonly MenuOption[] = [
  { value: "on", label: "On" },
  { value: "off", label: "Off" },
];

/**
 * Quality, speed, captions, sound track, sharing and stats. Lines appear and go by `For` alone: media-chrome removes the
 * empty text nodes that Solid marks other places with.
 */
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
  const choices: Record<ChoiceName, () => MenuChoice> = {
    quality: () => ({
      label: "Quality",
      options: toQualityOptions(state),
      value: String(state.selectedRung),
      choose: (value) => playback.selectRung(value === "auto" ? "auto" : Number(value)),
    }),
    speed: () => ({
      label: "Speed",
      options: playbackRates.map((rate) => ({
        value: String(rate),
        label: rate === 1 ? "Normal" : `${rate}×`,
      })),
      value: String(props.rate),
      choose: (value) => props.setRate(Number(value)),
    }),
    captions: () => ({
      label: "Captions",
      options: [
        { value: "off", label: "Off" },
        ...(state.grant?.captions ?? []).map(({ language, label }) => ({ value: language, label })),
      ],
      value: props.captionLanguage ?? "off",
      choose: (value) => props.setCaptions(value === "off" ? null : value),
    }),
    audio: () => ({
      label: "Sound track",
      options: state.audios.map(({ index, label }) => ({ value: String(index), label })),
      value: String(state.heardAudio),
      choose: (value) => playback.selectAudio(Number(value)),
    }),
    sharing: () => ({
      label: "Share with other viewers",
      options: isSharingChangeable(state.sharing)
        ? onOff
        : [{ value: "off", label: toSharingWords(state.sharing) }],
      value: state.sharing.name === "on" ? "on" : "off",
      choose: (value) => isSharingChangeable(state.sharing) && playback.answerSharing(value === "on"),
    }),
    stats: () => ({
      label: "Stats for nerds",
      options: onOff,
      value: props.isStatsOpen ? "on" : "off",
      choose: (value) => props.setStatsOpen(value === "on"),
    }),
  };
  // sharing has one option only where it says why it cannot be changed
  const isOffered = (name: ChoiceName) => name === "sharing" || choices[name]().options.length > 1;
  const isStillOffered = Object.fromEntries(
    choiceNames.map((name) => [name, createMemo(() => isOffered(name))]),
  );

  return (
    <media-settings-menu anchor="auto" hidden class="player-menu" data-testid="settings-menu">
      {/* takes the place of a back button that leads nowhere */}
      <span slot="header" class="player-menu-head" />
      <For each={choiceNames.filter((name) => isStillOffered[name]?.())}>
        {(name) => <MenuLine name={name} choice={choices[name]()} />}
      </For>
    </media-settings-menu>
  );
}

/** The owner's answer decides which option is checked. */
function MenuLine(props: { readonly name: ChoiceName; readonly choice: MenuChoice }): JSX.Element {
  return (
    <media-settings-menu-item attr:data-testid={`menu-${props.name}`}>
      {props.choice.label}
      <media-chrome-menu
        slot="submenu"
        hidden
        on:change={(event: Event) => {
          event.stopPropagation();
          const { target } = event;
          if (target instanceof HTMLElement && "value" in target) props.choice.choose(String(target.value));
        }}
      >
        {/* media-chrome's own back button is no item of the menu that it stands in */}
        <button slot="header" part="back button" type="button" role="menuitem" class="player-menu-back">
          {props.choice.label}
        </button>
        <Index each={props.choice.options}>
          {(option) => (
            <media-chrome-menu-item
              type="radio"
              value={option().value}
              attr:data-testid={`${props.name}-${option().value}`}
              prop:checked={option().value === props.choice.value}
            >
              {option().label}
            </media-chrome-menu-item>
          )}
        </Index>
      </media-chrome-menu>
    </media-settings-menu-item>
  );
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

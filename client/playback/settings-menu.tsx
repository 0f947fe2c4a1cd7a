import { For, type JSX, Show } from "solid-js";
import { formatBitrate } from "./format.ts";
import { playbackRates } from "./keyboard.rules.ts";
import { isSharingChangeable, toSharingWords } from "./peer.rules.ts";
import type { Playback } from "./playback.store.ts";
import { preferences } from "./preferences.store.ts";

interface MenuOption {
  readonly value: string;
  readonly label: string;
}

/** One line of the settings menu with its radio group behind it; the owner's answer decides which one is checked. */
function MenuChoice(props: {
  readonly name: string;
  readonly label: string;
  readonly options: readonly MenuOption[];
  readonly value: string;
  choose(value: string): void;
}): JSX.Element {
  return (
    <media-settings-menu-item data-testid={`menu-${props.name}`}>
      {props.label}
      <media-chrome-menu
        slot="submenu"
        hidden
        on:change={(event: Event) => {
          event.stopPropagation();
          const { target } = event;
          if (target instanceof HTMLElement && "value" in target) props.choose(String(target.value));
        }}
      >
        <div slot="title">{props.label}</div>
        <For each={props.options}>
          {(option) => (
            <media-chrome-menu-item
              type="radio"
              value={option.value}
              data-testid={`${props.name}-${option.value}`}
              prop:checked={option.value === props.value}
            >
              {option.label}
            </media-chrome-menu-item>
          )}
        </For>
      </media-chrome-menu>
    </media-settings-menu-item>
  );
}

const onOff: readonly MenuOption[] = [
  { value: "on", label: "On" },
  { value: "off", label: "Off" },
];

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
  const state = props.playback.state;
  const rungOptions = (): MenuOption[] => {
    const shown = state.rungs.find(({ index }) => index === state.shownRung);
    const auto = shown && state.selectedRung === "auto" ? `Auto (${shown.heightPx}p)` : "Auto";
    const rungs = state.rungs.toSorted((a, b) => b.bitrateBps - a.bitrateBps);
    return [
      { value: "auto", label: auto },
      ...rungs.map(({ index, heightPx, bitrateBps }) => ({
        value: String(index),
        label: heightPx > 0 ? `${heightPx}p` : formatBitrate(bitrateBps),
      })),
    ];
  };
  const captionOptions = (): MenuOption[] => [
    { value: "off", label: "Off" },
    ...(state.grant?.captions ?? []).map(({ language, label }) => ({ value: language, label })),
  ];

  return (
    <media-settings-menu anchor="auto" hidden class="player-menu" data-testid="settings-menu">
      <Show when={state.rungs.length > 1}>
        <MenuChoice
          name="quality"
          label="Quality"
          options={rungOptions()}
          value={String(state.selectedRung)}
          choose={(value) => props.playback.selectRung(value === "auto" ? "auto" : Number(value))}
        />
      </Show>
      <MenuChoice
        name="speed"
        label="Speed"
        options={playbackRates.map((rate) => ({
          value: String(rate),
          label: rate === 1 ? "Normal" : `${rate}×`,
        }))}
        value={String(props.rate)}
        choose={(value) => props.setRate(Number(value))}
      />
      <Show when={captionOptions().length > 1}>
        <MenuChoice
          name="captions"
          label="Captions"
          options={captionOptions()}
          value={props.captionLanguage ?? "off"}
          choose={(value) => props.setCaptions(value === "off" ? null : value)}
        />
      </Show>
      <Show when={state.audios.length > 1}>
        <MenuChoice
          name="audio"
          label="Sound track"
          options={state.audios.map(({ index, label }) => ({ value: String(index), label }))}
          value={String(state.heardAudio)}
          choose={(value) => props.playback.selectAudio(Number(value))}
        />
      </Show>
      <Show
        when={isSharingChangeable(state.sharing)}
        fallback={
          <media-settings-menu-item aria-disabled="true" data-testid="menu-sharing">
            Sharing
            <span slot="description">{toSharingWords(state.sharing)}</span>
          </media-settings-menu-item>
        }
      >
        <MenuChoice
          name="sharing"
          label="Share with other viewers"
          options={onOff}
          value={preferences.peerConsent === "given" ? "on" : "off"}
          choose={(value) => props.playback.answerSharing(value === "on")}
        />
      </Show>
      <MenuChoice
        name="stats"
        label="Stats for nerds"
        options={onOff}
        value={props.isStatsOpen ? "on" : "off"}
        choose={(value) => props.setStatsOpen(value === "on")}
      />
    </media-settings-menu>
  );
}

import type { JSX } from "solid-js";
import { ChoiceMenu, type MenuChoice, onOff } from "../../playback/choice-menu.tsx";
import { isSharingChangeable, toSharingWords } from "../../playback/peer.rules.ts";
import { preferences } from "../../playback/preferences.store.ts";
import type { LivePlayback } from "./live-playback.store.ts";
import { toFixedWayWords } from "./live-way.rules.ts";

/** Way, quality, sharing and stats. */
export function LiveSettingsMenu(props: {
  readonly playback: LivePlayback;
  readonly isStatsOpen: boolean;
  setStatsOpen(isOpen: boolean): void;
}): JSX.Element {
  const { playback } = props;
  const { state } = playback;
  const fixedWay = () => state.grant && toFixedWayWords(state.grant);
  const choices: readonly (() => MenuChoice)[] = [
    () => ({
      name: "way",
      label: "Watch with",
      options: fixedWay()
        ? [{ value: "fixed", label: fixedWay() ?? "" }]
        : [
            { value: "low_latency", label: "Low latency" },
            { value: "smooth", label: "Smooth" },
          ],
      value: fixedWay() ? "fixed" : preferences.liveWish,
      isAlwaysShown: state.grant !== undefined && state.grant.mode !== "waiting",
      choose: (value) => {
        if (value === "low_latency" || value === "smooth") playback.choose(value);
      },
    }),
    () => ({
      name: "quality",
      label: "Quality",
      options: state.qualities,
      value: state.selectedQuality,
      choose: (value) => playback.selectQuality(value),
    }),
    () => ({
      name: "sharing",
      label: "Share with other viewers",
      // one option says why it cannot be changed; by WebRTC nothing is shared at all
      options:
        state.way !== "hls"
          ? []
          : isSharingChangeable(state.sharing)
            ? onOff
            : [{ value: "off", label: toSharingWords(state.sharing) }],
      value: state.sharing.name === "on" ? "on" : "off",
      isAlwaysShown: state.way === "hls",
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

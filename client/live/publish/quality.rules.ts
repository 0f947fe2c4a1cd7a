import type { PublishNumbers } from "./publish-numbers.rules.ts";

/** How good the connection is, in a word, and what is the matter. */
export type QualityWord = "good" | "weak" | "bad";
export type QualityReason = "none" | "away" | "loss" | "delay" | "slow_line" | "slow_device";
export interface Quality {
  readonly word: QualityWord;
  readonly reason: QualityReason;
}

const wellQuality: Quality = { word: "good", reason: "none" };
/** Kept repaired by retransmission and, above it, seen by viewers. */
const weakLossRatio = 0.02;
const badLossRatio = 0.08;
const weakRoundTripMs = 300;
const badRoundTripMs = 800;

/** One look at the connection: the worst that is found, and of equals the first. */
export function judgeConnection(numbers: PublishNumbers, wanted: { layerCount: number }): Quality {
  const sentCount = numbers.layers.filter((layer) => layer.isSent).length;
  const missing = wanted.layerCount - sentCount;
  const found: Quality[] = [];
  const weigh = (word: QualityWord, reason: QualityReason) => found.push({ word, reason });
  if (numbers.packetLossRatio > badLossRatio) weigh("bad", "loss");
  else if (numbers.packetLossRatio > weakLossRatio) weigh("weak", "loss");
  if (sentCount === 0 || (missing >= 2 && wanted.layerCount > 2)) weigh("bad", toLimitReason(numbers));
  else if (missing > 0 || numbers.limitedBy === "cpu" || numbers.limitedBy === "bandwidth") {
    weigh("weak", toLimitReason(numbers));
  }
  if (numbers.roundTripMs > badRoundTripMs) weigh("bad", "delay");
  else if (numbers.roundTripMs > weakRoundTripMs) weigh("weak", "delay");
  return found.find(({ word }) => word === "bad") ?? found[0] ?? wellQuality;
}

function toLimitReason({ limitedBy }: PublishNumbers): QualityReason {
  return limitedBy === "cpu" ? "slow_device" : "slow_line";
}

const ranks: readonly QualityWord[] = ["good", "weak", "bad"];
/** So many looks are remembered, one each second. */
export const qualityLooks = 5;

/** The middle of the last looks: a word that changes with every second says nothing. */
export function settleQuality(looks: readonly Quality[]): Quality {
  const recent = looks.slice(-qualityLooks);
  const sorted = [...recent].sort((a, b) => ranks.indexOf(a.word) - ranks.indexOf(b.word));
  const word = sorted[Math.floor((sorted.length - 1) / 2)]?.word ?? "good";
  // the newest look with that word knows best why
  return recent.findLast((look) => look.word === word) ?? wellQuality;
}

export const qualityTexts: Record<QualityReason, string> = {
  none: "Picture and sound arrive as they should.",
  away: "Nothing arrives at the moment. Shoal is trying to reconnect.",
  loss: "Part of what you send gets lost on the way. A cable instead of wireless helps most.",
  delay: "The way to the server is slow, so viewers are further behind you.",
  slow_line:
    "Your upload is too slow for the full picture; viewers get a smaller one. Choose a lower quality or free the line.",
  slow_device:
    "This device cannot encode the full picture in time. Choose a lower quality or close other programs.",
};

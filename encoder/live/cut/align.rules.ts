/** One frame of a layer, by its own clock. */
export interface LayerFrame {
  readonly ticks: number;
  readonly isKey: boolean;
}

/** Layers of one picture are sent one after the other: the later ones look late by about this, in ticks of 90 kHz. */
const reachTicks = 60 * 90;
/** How near two times have to be to be the same frame. */
const sameTicks = 9;
const comparedFrames = 60;
/** Part of the most votes that another correction needs to be as good. */
const nearlyAll = 0.85;

/**
 * Simulcast layers are made of the same captured frames, and their key frames of the same ones, so the true offset between their
 * clocks puts frame upon frame and key frame upon key frame. Corrects a rough offset (`follower + offset ≈ leader`, in ticks of
 * 90 kHz) so that most of them coincide; between corrections that are as good, the smallest is taken. Gives the rough one when
 * too few frames fit.
 */
export function alignLayers(
  leader: readonly LayerFrame[],
  follower: readonly LayerFrame[],
  roughOffset: number,
): number {
  const votes = new Map<number, { corrections: number[]; keys: number }>();
  const compared = follower.slice(-comparedFrames);
  for (const own of compared) {
    for (const other of leader) {
      const correction = other.ticks - (own.ticks + roughOffset);
      if (Math.abs(correction) > reachTicks) continue;
      const bucket = Math.round(correction / sameTicks);
      const vote = votes.get(bucket) ?? { corrections: [], keys: 0 };
      vote.corrections.push(correction);
      if (own.isKey && other.isKey) vote.keys += 1;
      votes.set(bucket, vote);
    }
  }
  // one and the same correction can fall on both sides of a bucket's border
  const groups = [...votes].map(([bucket, { corrections, keys }]) => {
    const beside = votes.get(bucket + 1);
    return {
      corrections: [...corrections, ...(beside?.corrections ?? [])],
      keys: keys + (beside?.keys ?? 0),
    };
  });
  const most = Math.max(0, ...groups.map(({ corrections }) => corrections.length));
  if (most < Math.max(2, compared.length * 0.4)) return roughOffset;
  const [best] = groups
    .filter(({ corrections }) => corrections.length >= most * nearlyAll)
    .map(({ corrections, keys }) => ({ keys, correction: toMiddle(corrections) }))
    .sort((a, b) => b.keys - a.keys || Math.abs(a.correction) - Math.abs(b.correction));
  return roughOffset + (best?.correction ?? 0);
}

function toMiddle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

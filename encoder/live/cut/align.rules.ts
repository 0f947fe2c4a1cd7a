/** Layers of one picture are sent one after the other: the later ones look late by about this, in ticks of 90 kHz. */
const reachTicks = 60 * 90;
/** How near two times have to be to be the same frame. */
const sameTicks = 9;
const comparedFrames = 60;

/**
 * Simulcast layers are made of the same captured frames, so the true offset between their clocks puts frame upon frame.
 * Corrects a rough offset (`follower + offset ≈ leader`, in ticks of 90 kHz) so that most frames coincide; a regular rate fits
 * again after each frame, then the smallest correction is taken. Gives the rough one when too few frames fit.
 */
export function alignLayers(
  leaderTicks: readonly number[],
  followerTicks: readonly number[],
  roughOffset: number,
): number {
  const followers = followerTicks.slice(-comparedFrames);
  const votes = new Map<number, number[]>();
  for (const ticks of followers) {
    for (const leader of leaderTicks) {
      const correction = leader - (ticks + roughOffset);
      if (Math.abs(correction) > reachTicks) continue;
      const bucket = Math.round(correction / sameTicks);
      votes.set(bucket, [...(votes.get(bucket) ?? []), correction]);
    }
  }
  // one and the same correction can fall on both sides of a bucket's border
  const groups = [...votes.keys()].map((bucket) => [
    ...(votes.get(bucket) ?? []),
    ...(votes.get(bucket + 1) ?? []),
  ]);
  const most = Math.max(0, ...groups.map(({ length }) => length));
  if (most < Math.max(4, followers.length * 0.4)) return roughOffset;
  const [best] = groups
    .filter(({ length }) => length >= most * 0.85)
    .map(toMiddle)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  return roughOffset + (best ?? 0);
}

function toMiddle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

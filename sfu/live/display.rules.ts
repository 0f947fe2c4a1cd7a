import type { ViewerDisplay } from "#common/live/sfu-control.ts";

/** Height of the largest layer as long as nobody has seen one: too low a guess only sends a better picture. */
const assumedTopHeightPx = 720;
/** A layer that is a little smaller than the picture on screen looks the same. */
const tolerance = 0.85;

/** The heights of so many layers, the smallest first: each half as high as the next. */
export function assumeHeights(layerCount: number, topHeightPx = assumedTopHeightPx): number[] {
  return Array.from({ length: layerCount }, (_, layer) => topHeightPx / 2 ** (layerCount - 1 - layer));
}

/** Heights with what was not seen now: as it was seen before, else by those that were, each half as high as the next. */
export function fillHeights(
  seen: ReadonlyArray<number | null>,
  before: readonly number[],
): readonly number[] {
  const known = seen.map(
    (heightPx, layer) => heightPx ?? (before.length === seen.length ? before[layer] : null),
  );
  const first = known.findIndex((heightPx) => heightPx != null);
  if (first < 0) return [];
  const scale = known[first] ?? 0;
  return known.map((heightPx, layer) => heightPx ?? scale * 2 ** (layer - first));
}

/** The layer for a picture of this height on screen: the smallest that fills it, else the largest. */
export function chooseLayer(heightsPx: readonly number[], { heightPx }: ViewerDisplay): number {
  const top = Math.max(0, heightsPx.length - 1);
  if (heightPx === null) return top;
  const fitting = heightsPx.findIndex((layerPx) => layerPx >= heightPx * tolerance);
  return fitting < 0 ? top : fitting;
}

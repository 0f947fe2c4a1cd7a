import type { Catalog } from "../shelf/catalog.ts";
import { findPart, headName, segmentName } from "../shelf/live-playlist.rules.ts";
import type { WorkerReport } from "./worker-wire.ts";

/** A picture of this width is all that a thumbnail needs. */
const thumbnailWidthPx = 640;
/** Where a broadcast is looked at for its poster, as parts of it. */
const samplePlaces = [0.15, 0.4, 0.7] as const;

/** Where pictures can be made of: a small rung's newest segment, and some of the largest rung's. */
export function toPictureSources(catalog: Catalog | undefined): Pick<WorkerReport, "newest" | "samples"> {
  const newest = catalog?.segments.at(-1);
  const facts = catalog?.rungFacts() ?? [];
  const largest = facts.at(-1);
  if (!catalog || !newest || !largest) return { newest: null, samples: [] };
  const small = facts.find(({ widthPx }) => widthPx >= thumbnailWidthPx) ?? largest;
  const toSource = (segment: typeof newest, track: string) => {
    const found = findPart(segment, track, catalog.rungs);
    return found
      ? {
          head: `${found.track}/${headName(found.part.head)}`,
          segment: `${found.track}/${segmentName(segment.number)}`,
        }
      : undefined;
  };
  const { segments } = catalog;
  const samples = samplePlaces.flatMap((place) => {
    const segment = segments[Math.min(segments.length - 1, Math.floor(segments.length * place))];
    return (segment && toSource(segment, largest.name)) ?? [];
  });
  return { newest: toSource(newest, small.name) ?? null, samples };
}

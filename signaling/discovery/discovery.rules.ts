import type { durationClasses, VideoQuery } from "#common/discovery/video-query.ts";
import { videosPerPage } from "#common/discovery/video-query.ts";
import { assertNever } from "#common/errors.ts";

/** What ranking and filters look at. */
export interface ListedFacts {
  readonly id: string;
  readonly ownerId: string;
  readonly category: string;
  readonly durationSeconds: number;
  readonly viewCount: number;
  readonly publishedAt: string | null;
  readonly createdAt: string;
}

/** How much a word counts by where it stands. */
export const fieldBoosts = { title: 4, tags: 2, channel: 2, description: 1 } as const;

/** Letters that may differ: none in short words, then one in five. */
export function toFuzziness(word: string): number {
  return word.length < 4 ? 0 : 0.2;
}

/** Short words match as they are; longer ones as the beginning of a word too. */
export function isPrefixSearch(word: string): boolean {
  return word.length >= 2;
}

/** Bounds of a duration class in seconds: from `minSeconds` (included) to `maxSeconds` (excluded). */
export function toDurationBounds(duration: (typeof durationClasses)[number]): {
  minSeconds: number;
  maxSeconds: number;
} {
  switch (duration) {
    case "short":
      return { minSeconds: 0, maxSeconds: 240 };
    case "medium":
      return { minSeconds: 240, maxSeconds: 1200 };
    case "long":
      return { minSeconds: 1200, maxSeconds: Number.MAX_SAFE_INTEGER };
    default:
      return assertNever(duration);
  }
}

/** Does a video pass the filters of the query? */
export function isMatching(video: ListedFacts, query: Omit<VideoQuery, "page">): boolean {
  const bounds = query.duration && toDurationBounds(query.duration);
  return (
    (!query.category || video.category === query.category) &&
    (!query.channelId || video.ownerId === query.channelId) &&
    (!bounds || (video.durationSeconds >= bounds.minSeconds && video.durationSeconds < bounds.maxSeconds)) &&
    (!query.publishedAfter || Date.parse(toListedAt(video)) > Date.parse(query.publishedAfter))
  );
}

/** When a video came into lists. */
export function toListedAt(video: ListedFacts): string {
  return video.publishedAt ?? video.createdAt;
}

/**
 * What everybody watches now: views weigh less the older the video is. After a day a view counts for about a
 * fiftieth of a fresh one; without any view the newer video goes first.
 */
export function toPopularity(video: ListedFacts, nowMs: number): number {
  const ageHours = Math.max(0, nowMs - Date.parse(toListedAt(video))) / 3_600_000;
  return (video.viewCount + 1) / (ageHours + 2) ** 1.5;
}

/** Newest first; equal ones in a fixed order, so that pages do not overlap. */
export function compareNewest(a: ListedFacts, b: ListedFacts): number {
  return compareText(toListedAt(b), toListedAt(a)) || compareText(b.id, a.id);
}

/** The order of a query that names none. */
export function toSort(query: Pick<VideoQuery, "query" | "sort">): "newest" | "popular" | "relevance" {
  // without words everything is equally relevant
  if (query.sort === "relevance" && !query.query) return "newest";
  return query.sort ?? (query.query ? "relevance" : "newest");
}

/** One page of what was found; pages beyond the end are empty. */
export function toPage<Item>(found: readonly Item[], page: number) {
  return {
    items: found.slice((page - 1) * videosPerPage, page * videosPerPage),
    page,
    pageCount: Math.ceil(found.length / videosPerPage),
    totalCount: found.length,
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type { VideoQuery } from "#common/discovery/video-query.ts";
import { isCategory } from "../videos/categories.ts";

/** What the address of the search page says; everything that is not understood is left out. */
export interface SearchState {
  readonly query: string;
  readonly category: VideoQuery["category"];
  readonly duration: VideoQuery["duration"];
  readonly date: DateClass;
  readonly sort: NonNullable<VideoQuery["sort"]>;
}

export const dateClasses = ["any", "day", "week", "month", "year"] as const;
export type DateClass = (typeof dateClasses)[number];

const daySeconds = 86_400;
const dateClassSeconds: Record<Exclude<DateClass, "any">, number> = {
  day: daySeconds,
  week: 7 * daySeconds,
  month: 30 * daySeconds,
  year: 365 * daySeconds,
};

type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

function pick<Value extends string>(values: readonly Value[], text: unknown): Value | undefined {
  return values.find((value) => value === text);
}

export function parseSearchState(params: Params): SearchState {
  const query = typeof params.query === "string" ? params.query.trim().slice(0, 200) : "";
  return {
    query,
    category: isCategory(params.category) ? params.category : undefined,
    duration: pick(["short", "medium", "long"], params.duration),
    date: pick(dateClasses, params.date) ?? "any",
    // without words there is nothing to be relevant to
    sort: pick(["relevance", "newest", "popular"], params.sort) ?? (query ? "relevance" : "newest"),
  };
}

/** The same as a question to the API. Dates are cut to the hour, so that the same search is the same request. */
export function toVideoQuery(state: SearchState, nowMs: number = Date.now()): Omit<VideoQuery, "page"> {
  const hourMs = 3_600_000;
  const nowHourMs = Math.floor(nowMs / hourMs) * hourMs;
  return {
    sort: state.sort === "relevance" && !state.query ? "newest" : state.sort,
    ...(state.query && { query: state.query }),
    ...(state.category && { category: state.category }),
    ...(state.duration && { duration: state.duration }),
    ...(state.date !== "any" && {
      publishedAfter: new Date(nowHourMs - dateClassSeconds[state.date] * 1000).toISOString(),
    }),
  };
}

/** Is anything narrowed down besides the words? */
export function hasFilters(state: SearchState): boolean {
  return Boolean(state.category || state.duration || state.date !== "any");
}

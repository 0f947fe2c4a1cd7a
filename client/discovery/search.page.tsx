import { A, useSearchParams } from "@solidjs/router";
import { createMemo, Show } from "solid-js";
import { EmptyState } from "../ui/empty-state.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { createPageTitle } from "../ui/page-title.ts";
import { type Choice, Select } from "../ui/select.tsx";
import { categories, categoryLabels } from "../videos/categories.ts";
import { MoreButton } from "./more-button.tsx";
import { createPagedVideos } from "./paged-videos.ts";
import {
  type DateClass,
  hasFilters,
  parseSearchState,
  type SearchState,
  toVideoQuery,
} from "./search-query.ts";
import { VideoGrid, VideoGridSkeleton } from "./video-grid.tsx";
import "./discovery.css";

const categoryChoices = [
  { value: "any", label: "All categories" },
  ...categories.map((value) => ({ value, label: categoryLabels[value] })),
];
const durationChoices: Choice<"any" | NonNullable<SearchState["duration"]>>[] = [
  { value: "any", label: "Any length" },
  { value: "short", label: "Under 4 minutes" },
  { value: "medium", label: "4 to 20 minutes" },
  { value: "long", label: "Over 20 minutes" },
];
const dateChoices: Choice<DateClass>[] = [
  { value: "any", label: "Any time" },
  { value: "day", label: "Last 24 hours" },
  { value: "week", label: "This week" },
  { value: "month", label: "This month" },
  { value: "year", label: "This year" },
];
const sortChoices: Choice<SearchState["sort"]>[] = [
  { value: "relevance", label: "Best match" },
  { value: "newest", label: "Newest first" },
  { value: "popular", label: "Most watched" },
];

function toHeading(state: SearchState): string {
  if (state.query) return `Results for “${state.query}”`;
  if (state.sort === "popular") return "Popular";
  return state.category ? categoryLabels[state.category] : "All videos";
}

export function SearchPage() {
  const [search, setSearch] = useSearchParams();
  const state = createMemo(() => parseSearchState(search));
  createPageTitle(() => toHeading(state()));
  const results = createPagedVideos(() => toVideoQuery(state()));
  const choose = (name: "category" | "duration" | "date" | "sort", value: string) =>
    setSearch({ [name]: value === "any" ? null : value }, { scroll: false });
  const countText = () => {
    const total = results.first.value()?.totalCount;
    return total === undefined ? "" : `${total} ${total === 1 ? "video" : "videos"}`;
  };
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1>{toHeading(state())}</h1>
          <p class="page-lead numeric" role="status">
            {countText()}
          </p>
        </div>
      </div>
      <fieldset class="search-filters">
        <legend class="visually-hidden">Filters</legend>
        <Select
          isCompact
          label="Category"
          choices={categoryChoices}
          value={state().category ?? "any"}
          onChange={(value) => choose("category", value)}
        />
        <Select
          isCompact
          label="Length"
          choices={durationChoices}
          value={state().duration ?? "any"}
          onChange={(value) => choose("duration", value)}
        />
        <Select
          isCompact
          label="Published"
          choices={dateChoices}
          value={state().date}
          onChange={(value) => choose("date", value)}
        />
        <Select
          isCompact
          label="Order"
          choices={state().query ? sortChoices : sortChoices.slice(1)}
          value={state().sort}
          onChange={(value) => choose("sort", value)}
        />
        <Show when={hasFilters(state())}>
          <button
            type="button"
            class="button button-quiet button-small"
            onClick={() => setSearch({ category: null, duration: null, date: null }, { scroll: false })}
          >
            Clear filters
          </button>
        </Show>
      </fieldset>
      <h2 class="visually-hidden">Videos</h2>
      <Loaded of={results.first} loading={<VideoGridSkeleton count={8} />}>
        {(list) => (
          <Show when={list().items.length > 0} fallback={<NoResults state={state()} />}>
            <VideoGrid videos={list().items} eagerCount={8} />
            <MoreButton list={results} />
          </Show>
        )}
      </Loaded>
    </div>
  );
}

function NoResults(props: { state: SearchState }) {
  const withoutFilters = () => `/search?${new URLSearchParams({ query: props.state.query })}`;
  return (
    <EmptyState
      seed={`none ${props.state.query}`}
      title="The net came up empty"
      text={
        hasFilters(props.state)
          ? "Nothing fits all of these filters. With fewer of them there may be more."
          : "Try other words, or fewer of them. Tags and channel names are searched too."
      }
    >
      <Show when={hasFilters(props.state)}>
        <A class="button button-primary" href={withoutFilters()}>
          Drop the filters
        </A>
      </Show>
      <A class="button" href="/">
        Go home
      </A>
    </EmptyState>
  );
}

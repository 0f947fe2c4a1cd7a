import { describe, expect, it } from "vitest";
import { hasFilters, parseSearchState, toVideoQuery } from "./search-query.ts";

describe("the address of the search page", () => {
  it("leaves out what it does not understand", () => {
    const state = parseSearchState({
      query: " herring ",
      category: "cars",
      duration: "ages",
      date: "x",
      sort: "best",
    });
    expect(state).toEqual({
      query: "herring",
      category: undefined,
      duration: undefined,
      date: "any",
      sort: "relevance",
    });
    expect(hasFilters(state)).toBe(false);
  });

  it("orders by date when there are no words", () => {
    expect(parseSearchState({}).sort).toBe("newest");
    expect(toVideoQuery(parseSearchState({ sort: "relevance" })).sort).toBe("newest");
  });

  it("asks the API for what it says", () => {
    const now = Date.parse("2026-11-21T12:34:56Z");
    const state = parseSearchState({
      query: "reef",
      category: "science",
      duration: "short",
      date: "week",
      sort: "popular",
    });
    expect(hasFilters(state)).toBe(true);
    expect(toVideoQuery(state, now)).toEqual({
      query: "reef",
      category: "science",
      duration: "short",
      sort: "popular",
      publishedAfter: "2026-11-14T12:00:00.000Z",
    });
  });
});

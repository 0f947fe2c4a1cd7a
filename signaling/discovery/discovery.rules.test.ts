import { describe, expect, it } from "vitest";
import {
  compareNewest,
  isMatching,
  type ListedFacts,
  toPage,
  toPopularity,
  toSort,
} from "./discovery.rules.ts";

const now = Date.parse("2026-06-01T00:00:00.000Z");

function video(facts: Partial<ListedFacts> = {}): ListedFacts {
  return {
    id: "a",
    ownerId: "o",
    category: "music",
    durationSeconds: 100,
    viewCount: 0,
    publishedAt: "2026-05-31T00:00:00.000Z",
    createdAt: "2026-05-01T00:00:00.000Z",
    ...facts,
  };
}

describe("filters", () => {
  it.each([
    ["other category", video(), { category: "news" } as const, false],
    ["same category", video(), { category: "music" } as const, true],
    ["too long for short", video({ durationSeconds: 240 }), { duration: "short" } as const, false],
    ["medium from its first second", video({ durationSeconds: 240 }), { duration: "medium" } as const, true],
    ["long", video({ durationSeconds: 1200 }), { duration: "long" } as const, true],
    ["published before", video(), { publishedAfter: "2026-05-31T12:00:00.000Z" }, false],
    ["published after", video(), { publishedAfter: "2026-05-30T12:00:00.000Z" }, true],
  ])("%s", (_name, facts, query, isThere) => {
    expect(isMatching(facts, query)).toBe(isThere);
  });
});

describe("popularity", () => {
  it("lets a fresh video pass an old one with more views", () => {
    const fresh = video({ viewCount: 30, publishedAt: "2026-05-31T22:00:00.000Z" });
    const old = video({ viewCount: 300, publishedAt: "2026-05-20T00:00:00.000Z" });
    expect(toPopularity(fresh, now)).toBeGreaterThan(toPopularity(old, now));
  });

  it("puts more views first among videos of the same age, and the newer first without views", () => {
    expect(toPopularity(video({ viewCount: 2 }), now)).toBeGreaterThan(
      toPopularity(video({ viewCount: 1 }), now),
    );
    const newer = video({ publishedAt: "2026-05-31T23:00:00.000Z" });
    expect(toPopularity(newer, now)).toBeGreaterThan(toPopularity(video(), now));
  });
});

it("orders newest first, and equals by id, so that pages do not overlap", () => {
  const first = video({ id: "b" });
  const second = video({ id: "a" });
  const third = video({ id: "c", publishedAt: "2026-05-30T00:00:00.000Z" });
  expect([third, second, first].sort(compareNewest)).toEqual([first, second, third]);
});

it("knows the order of a query that names none", () => {
  expect(toSort({})).toBe("newest");
  expect(toSort({ query: "fish" })).toBe("relevance");
  expect(toSort({ sort: "relevance" })).toBe("newest");
  expect(toSort({ query: "fish", sort: "popular" })).toBe("popular");
});

it("cuts pages of 24", () => {
  const all = Array.from({ length: 50 }, (_, at) => at);
  expect(toPage(all, 3)).toEqual({ items: [48, 49], page: 3, pageCount: 3, totalCount: 50 });
  expect(toPage(all, 9).items).toEqual([]);
  expect(toPage([], 1)).toEqual({ items: [], page: 1, pageCount: 0, totalCount: 0 });
});

import { LRUCache } from "lru-cache";
import type { z } from "zod";
import type { StreamId, StreamQuery, StreamSummary, streamPageSchema } from "#common/live/stream.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";
import { isListedOnAir } from "./streams.rules.ts";

/** What the lists are made of. */
export interface StreamListsOptions {
  readonly keeper: Pick<StreamKeeper, "listOnAir" | "listAnnounced" | "listVersion" | "isFeedUp">;
  readonly viewerCountOf: (streamId: StreamId) => number;
  readonly toSummaries: (records: readonly StreamRecord[]) => Promise<StreamSummary[]>;
}

/** A page of streams. */
export type StreamPage = z.infer<typeof streamPageSchema>;

/** Lists of what is on air and what is announced, the same for everybody. */
export interface StreamLists {
  list(query: StreamQuery): Promise<StreamPage>;
  /** {@link list} as JSON, kept for a moment or until a stream changes. */
  listJson(query: StreamQuery): Promise<string>;
}

/** Streams on one page of a list. */
export const streamsPerPage = 24;
/** Numbers of viewers, pictures and names of channels may be so old in a list. */
const pageAgeMs = 1000;
const maxPages = 500;

/** Makes {@link StreamLists}. */
export function createStreamLists({ keeper, viewerCountOf, toSummaries }: StreamListsOptions): StreamLists {
  const pages = new LRUCache<string, { json: string; version: number }>({ max: maxPages, ttl: pageAgeMs });
  /** Pages that are being made: many ask for the same one in the same moment. */
  const making = new Map<string, { json: Promise<string>; version: number }>();

  async function list(query: StreamQuery): Promise<StreamPage> {
    const found = (await findAll(query)).filter((record) => isFitting(record, query));
    const from = (query.page - 1) * streamsPerPage;
    return {
      items: await toSummaries(found.slice(from, from + streamsPerPage)),
      page: query.page,
      pageCount: Math.ceil(found.length / streamsPerPage),
      totalCount: found.length,
    };
  }

  async function findAll(query: StreamQuery): Promise<StreamRecord[]> {
    if (query.state === "scheduled") return keeper.listAnnounced();
    const onAir = (await keeper.listOnAir()).filter(isListedOnAir);
    const counts = new Map(onAir.map(({ id }) => [id, viewerCountOf(id)]));
    return onAir.sort((a, b) => (counts.get(b.id) ?? 0) - (counts.get(a.id) ?? 0) || compareNewest(a, b));
  }

  async function make(query: StreamQuery, key: string, version: number): Promise<string> {
    const json = JSON.stringify(await list(query));
    if (keeper.isFeedUp() && version === keeper.listVersion()) pages.set(key, { json, version });
    return json;
  }

  return {
    list,
    async listJson(query) {
      const key = JSON.stringify(query);
      const version = keeper.listVersion();
      const known = keeper.isFeedUp() ? pages.get(key) : undefined;
      if (known?.version === version) return known.json;
      const running = making.get(key);
      if (running?.version === version) return running.json;
      const mine = { json: make(query, key, version), version };
      making.set(key, mine);
      try {
        return await mine.json;
      } finally {
        if (making.get(key) === mine) making.delete(key);
      }
    },
  };
}

function isFitting(record: StreamRecord, query: StreamQuery): boolean {
  return (
    (query.category === undefined || record.category === query.category) &&
    (query.channelId === undefined || record.ownerId === query.channelId)
  );
}

function compareNewest(a: StreamRecord, b: StreamRecord): number {
  return (b.startedAt ?? "").localeCompare(a.startedAt ?? "") || a.id.localeCompare(b.id);
}

import MiniSearch from "minisearch";
import type { VideoQuery } from "#common/discovery/video-query.ts";
import { assertNever } from "#common/errors.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { Channel, VideoRecord } from "../videos/video-record.ts";
import {
  compareNewest,
  fieldBoosts,
  isMatching,
  isPrefixSearch,
  toFuzziness,
  toPopularity,
  toSort,
} from "./discovery.rules.ts";

interface IndexedWords {
  readonly id: VideoId;
  readonly title: string;
  readonly tags: string;
  readonly description: string;
  readonly channel: string;
}

/** Words of a query that are looked for; more say nothing new. */
const maxWords = 16;

/** The listed videos and their words, in memory. */
export interface VideoIndex {
  /** Adds a video or replaces it. */
  put(record: VideoRecord, channel: Channel): void;
  remove(id: VideoId): void;
  /** All that fits, in the order that the query asks for. */
  search(query: Omit<VideoQuery, "page">, nowMs: number): VideoRecord[];
  /** Those of one channel. */
  ofChannel(channelId: string): VideoRecord[];
  readonly size: number;
}

/** Makes an empty {@link VideoIndex}. */
export function createVideoIndex(): VideoIndex {
  const records = new Map<VideoId, VideoRecord>();
  /** What the words of a video were made of. */
  const sources = new Map<VideoId, string>();
  const words = new MiniSearch<IndexedWords>({ fields: Object.keys(fieldBoosts) });

  function remove(id: VideoId): void {
    records.delete(id);
    if (sources.delete(id)) words.discard(id);
  }

  /** Best first. */
  function findByWords(text: string): VideoRecord[] {
    const query = text.split(/\s+/).slice(0, maxWords).join(" ");
    const hits = words.search(query, {
      boost: fieldBoosts,
      combineWith: "AND",
      fuzzy: toFuzziness,
      prefix: isPrefixSearch,
    });
    return hits.flatMap(({ id }) => records.get(id) ?? []);
  }

  return {
    put(record, channel) {
      const known = toWords(record, channel);
      const source = JSON.stringify(known);
      // a counted view or a finished rung changes no word
      if (sources.get(record.id) !== source) {
        remove(record.id);
        sources.set(record.id, source);
        words.add(known);
      }
      records.set(record.id, record);
    },
    remove,
    search(query, nowMs) {
      const found = (query.query ? findByWords(query.query) : [...records.values()]).filter((record) =>
        isMatching(record, query),
      );
      const sort = toSort(query);
      switch (sort) {
        case "relevance":
          return found;
        case "newest":
          return found.sort(compareNewest);
        case "popular": {
          const popularity = new Map(found.map((record) => [record.id, toPopularity(record, nowMs)]));
          return found.sort(
            (a, b) => (popularity.get(b.id) ?? 0) - (popularity.get(a.id) ?? 0) || compareNewest(a, b),
          );
        }
        default:
          return assertNever(sort);
      }
    },
    ofChannel: (channelId) => [...records.values()].filter((record) => record.ownerId === channelId),
    get size() {
      return records.size;
    },
  };
}

function toWords(record: VideoRecord, channel: Channel): IndexedWords {
  return {
    id: record.id,
    title: record.title,
    tags: record.tags.join(" "),
    description: record.description,
    channel: `${channel.handle} ${channel.displayName}`,
  };
}

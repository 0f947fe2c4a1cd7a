import { LRUCache } from "lru-cache";
import { type VideoPage, type VideoQuery, videosPerPage } from "#common/discovery/video-query.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoEvent } from "../videos/video-events.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { isListed } from "../videos/videos.rules.ts";
import type { VideoService } from "../videos/videos.service.ts";
import { toDurationBounds, toPage } from "./discovery.rules.ts";
import { createVideoIndex, type VideoIndex } from "./video-index.ts";

/** What discovery wants of the room `videos`. */
export type DiscoveryVideos = Pick<
  VideoService,
  "subscribe" | "findChannels" | "listListed" | "searchListed" | "toSummary" | "isFeedUp"
>;

/** Search and lists. */
export interface DiscoveryService extends Closable {
  list(query: VideoQuery): Promise<VideoPage>;
  /** {@link list} as JSON, kept until a list may look different. */
  listJson(query: VideoQuery): Promise<string>;
  /** Ends when the index is built, or the building of it has failed: then lists come from the database. */
  ready(): Promise<void>;
}

const videosPerCall = 500;
/** Bound of the index, in calls. */
const maxCalls = 2000;
/** Counts of views and the decay of popularity may be so old in a list. */
const pageAgeMs = 5000;

/** Builds the index of all listed videos, and keeps it by what it hears. */
export function createDiscoveryService(options: {
  videos: DiscoveryVideos;
  log: Logger;
  now?: () => Date;
}): DiscoveryService {
  const { videos, log, now = () => new Date() } = options;
  const pages = new LRUCache<string, string>({ max: 2000, ttl: pageAgeMs });
  let index: VideoIndex | undefined;
  /** The index that is being filled, and the videos that were heard of meanwhile. */
  let building: { index: VideoIndex; touched: Set<VideoId> } | undefined;
  let built: Promise<void> = Promise.resolve();
  /** Listed videos whose channel is being asked for: the newest of each. */
  const arriving = new Map<VideoId, VideoRecord>();
  let isClosed = false;
  /** Counts changes: a page that was being made meanwhile is not kept. */
  let version = 0;

  function forgetPages(): void {
    version++;
    pages.clear();
  }

  const targets = () => [index, building?.index].filter((some) => some !== undefined);

  function remove(id: VideoId): void {
    arriving.delete(id);
    building?.touched.add(id);
    for (const target of targets()) target.remove(id);
    forgetPages();
  }

  async function put(record: VideoRecord): Promise<void> {
    arriving.set(record.id, record);
    building?.touched.add(record.id);
    let isNewest = false;
    const channels = await videos.findChannels([record.ownerId]).finally(() => {
      isNewest = arriving.get(record.id) === record;
      if (isNewest) arriving.delete(record.id);
    });
    // somebody hid or changed it meanwhile
    if (!isNewest) return;
    const channel = channels.get(record.ownerId);
    if (!channel) return remove(record.id);
    for (const target of targets()) target.put(record, channel);
    forgetPages();
  }

  async function fill(target: VideoIndex, touched: ReadonlySet<VideoId>): Promise<void> {
    let after: VideoId | undefined;
    for (let calls = 0; calls < maxCalls; calls++) {
      const records = await videos.listListed(after, videosPerCall);
      const channels = await videos.findChannels(records.map((record) => record.ownerId));
      for (const record of records) {
        const channel = channels.get(record.ownerId);
        if (channel && !touched.has(record.id)) target.put(record, channel);
      }
      after = records.at(-1)?.id;
      if (records.length < videosPerCall) return;
    }
    log.warn({ videos: target.size }, "there are more videos than the search index takes");
  }

  async function build(): Promise<void> {
    const mine = { index: createVideoIndex(), touched: new Set<VideoId>() };
    building = mine;
    // what was known may be wrong now: until this ends, the database is asked
    index = undefined;
    forgetPages();
    try {
      await fill(mine.index, mine.touched);
      if (building !== mine || isClosed) return;
      index = mine.index;
      building = undefined;
      forgetPages();
      log.info({ videos: index.size }, "search index built");
    } catch (error) {
      if (building === mine) building = undefined;
      log.warn({ err: error }, "the search index could not be built; lists come from the database");
    }
  }

  function hear(event: VideoEvent): void {
    switch (event.kind) {
      case "changed":
        if (!isListed(event.record)) remove(event.record.id);
        else put(event.record).catch((error) => log.warn({ err: error }, "a video could not be indexed yet"));
        return;
      case "removed":
        remove(event.videoId);
        return;
      case "channel_changed":
        for (const record of targets().flatMap((target) => target.ofChannel(event.channelId))) {
          put(record).catch((error) => log.warn({ err: error }, "a channel could not be indexed yet"));
        }
        return;
      case "reset":
        built = build();
        return;
    }
  }

  async function list(query: VideoQuery): Promise<VideoPage> {
    if (!index || !videos.isFeedUp()) return listFromStore(query);
    const page = toPage(index.search(query, now().getTime()), query.page);
    return { ...page, items: await Promise.all(page.items.map((record) => videos.toSummary(record))) };
  }

  /** Right, if slower and without ranking: for when nobody tells this process what changes. */
  async function listFromStore(query: VideoQuery): Promise<VideoPage> {
    const bounds = query.duration ? toDurationBounds(query.duration) : {};
    const found = await videos.searchListed(
      { ...query, ...bounds },
      { page: query.page, perPage: videosPerPage },
    );
    return {
      items: await Promise.all(found.records.map((record) => videos.toSummary(record))),
      page: query.page,
      pageCount: Math.ceil(found.totalCount / videosPerPage),
      totalCount: found.totalCount,
    };
  }

  const unsubscribe = videos.subscribe(hear);
  // otherwise the feed builds it by its first reset
  if (videos.isFeedUp()) built = build();

  return {
    list,
    async listJson(query) {
      if (!index || !videos.isFeedUp()) return JSON.stringify(await listFromStore(query));
      const key = JSON.stringify(query);
      const known = pages.get(key);
      if (known !== undefined) return known;
      const since = version;
      const json = JSON.stringify(await list(query));
      if (since === version) pages.set(key, json);
      return json;
    },
    ready: () => built,
    async close() {
      isClosed = true;
      unsubscribe();
      await built;
    },
  };
}

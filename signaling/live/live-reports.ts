import { LRUCache } from "lru-cache";
import type { StreamNews, StreamReport } from "#common/live/live-events.ts";
import type { StreamId } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { LiveSight } from "./live-sight.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";

/** What news and reports are made of. */
export interface LiveReportsOptions {
  readonly streams: Pick<StreamKeeper, "find">;
  readonly sight: LiveSight;
  readonly facts: Pick<LiveFacts, "lastVideoOf" | "reconnectUntilOf">;
  readonly now?: () => number;
}

/** What a viewer's grant depends on; see {@link createLiveReports}. */
interface Offer {
  readonly originUrl: string | undefined;
  readonly text: string;
  readonly version: number;
}

const maxOffers = 10_000;

/** Says how streams stand. */
export type LiveReports = ReturnType<typeof createLiveReports>;

/** Makes {@link LiveReports}. */
export function createLiveReports(options: LiveReportsOptions) {
  const { streams, sight, facts, now = Date.now } = options;
  const offers = new LRUCache<StreamId, Offer>({ max: maxOffers });

  /** Grows when what a grant says has become another, beyond a restart of this process too. */
  function toGrantVersion(record: StreamRecord): number {
    const { id, broadcastId, mode, visibility, peersAllowed } = record;
    const known = offers.get(id);
    // a publisher that is lost for a while is no reason to ask: it comes back to the same place
    const originUrl = sight.publisherOf(id) ? sight.originUrlOf(id) : known?.originUrl;
    const hasSegments = (sight.statusOf(record)?.liveName ?? "") !== "";
    const text = JSON.stringify([originUrl, broadcastId, mode, visibility, peersAllowed, hasSegments]);
    if (known?.text === text) return known.version;
    const version = Math.max((known?.version ?? 0) + 1, Math.floor(now() / 1000));
    offers.set(id, { originUrl, text, version });
    return version;
  }

  return {
    /** What everybody who follows a stream hears. */
    async newsOf(streamId: StreamId): Promise<StreamNews | undefined> {
      const record = await streams.find(streamId);
      if (!record) return undefined;
      return {
        streamId,
        state: record.state,
        mode: record.mode,
        title: record.title,
        viewerCount: sight.countsOf(streamId).all,
        broadcastId: isOnAir(record.state) ? record.broadcastId : null,
        // what everybody may watch who follows the stream
        lastVideoId: await facts.lastVideoOf(record, null),
        startedAt: record.startedAt,
        scheduledAt: record.scheduledAt,
        reconnectUntil: facts.reconnectUntilOf(record),
        grantVersion: toGrantVersion(record),
      };
    },

    /** What its owner hears each second; `undefined` while off air. */
    async reportOf(streamId: StreamId): Promise<StreamReport | undefined> {
      const record = await streams.find(streamId);
      if (!record || !isOnAir(record.state)) return undefined;
      const { realtime, hls } = sight.countsOf(streamId);
      return {
        streamId,
        publisher: sight.publisherOf(streamId),
        broadcast: toBroadcastReport(sight.statusOf(record)),
        realtimeViewerCount: realtime,
        hlsViewerCount: hls,
      };
    },
  };
}

function toBroadcastReport(status: ReturnType<LiveSight["statusOf"]>): StreamReport["broadcast"] {
  if (!status) return null;
  const { state, trouble, ingest, durationSeconds, targets } = status;
  return { state, trouble, ingest, durationSeconds, targets };
}

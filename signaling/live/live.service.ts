import { ShoalError } from "#common/errors.ts";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { StreamId } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import { isWatchable, type VideoState } from "#common/videos/video-state.ts";
import type { LivePlayback } from "../playback/live-playback.ts";
import type { LiveBroadcasts } from "./live-broadcasts.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { LiveKeeper } from "./live-keeper.ts";
import { decideWay } from "./live-policy.rules.ts";
import type { LiveSight } from "./live-sight.ts";
import { toWindowEndMs } from "./live-state.rules.ts";
import { hasBroadcast } from "./recordings.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";
import { maySee, type Viewer } from "./streams.rules.ts";
import type { WhepTokens } from "./whep-tokens.ts";

/** What the room is made of. */
export interface LiveServiceOptions {
  readonly streams: Pick<StreamKeeper, "findFor" | "find">;
  readonly keeper: Pick<LiveKeeper, "end">;
  readonly sight: LiveSight;
  readonly broadcasts: Pick<LiveBroadcasts, "of">;
  /** Addresses of media, and who meets whom around it. */
  readonly playback: LivePlayback;
  readonly whepTokens: Pick<WhepTokens, "issue">;
  readonly toIceServers: (viewer: Viewer) => LivePlaybackGrant["iceServers"];
  /** The state of a video that exists for the viewer; throws `video.not_found` for others. */
  readonly findVideo: (viewer: Viewer, id: VideoId) => Promise<{ readonly state: VideoState }>;
}

/** What happens when somebody watches a stream. Built by {@link createLiveService}. */
export type LiveService = ReturnType<typeof createLiveService>;

/** What a viewer gets of HLS. */
interface HlsOffer {
  readonly url: string | null;
  readonly p2p: PeerPolicy;
  readonly expiresAt: string | null;
}

const noHls: HlsOffer = { url: null, p2p: { mode: "off", reason: "no_integrity" }, expiresAt: null };

/** Builds the room. */
export function createLiveService(options: LiveServiceOptions) {
  const { streams, sight, playback } = options;

  function toWay(stream: StreamRecord) {
    const publisher = sight.publisherOf(stream.id);
    return decideWay({
      state: stream.state,
      mode: stream.mode,
      hasPublisher: publisher?.state === "live",
      hasPlace: sight.hasPlace(stream.id),
      hasSegments: (sight.statusOf(stream)?.liveName ?? "") !== "",
    });
  }

  async function toHls(stream: StreamRecord, viewer: Viewer, liveName: string): Promise<HlsOffer> {
    if (!hasBroadcast(stream)) return noHls;
    const broadcast = options.broadcasts.of(stream);
    const [links, p2p] = await Promise.all([
      playback.toLinks(broadcast, viewer),
      playback.toPeerPolicy(broadcast, viewer),
    ]);
    return { url: links.toUrl(liveName), p2p, expiresAt: links.expiresAt };
  }

  const facts: LiveFacts = {
    viewerCountOf: (streamId) => sight.countsOf(streamId).all,
    ingestOf: (streamId) => sight.statusOfStream(streamId)?.ingest ?? null,
    async thumbnailOf(record, viewer) {
      const number = sight.statusOf(record)?.thumbnailNumber ?? 0;
      if (!hasBroadcast(record) || !isOnAir(record.state) || number === 0) return null;
      const links = await playback.toLinks(options.broadcasts.of(record), viewer);
      return links.toUrl(`thumbnails/${number}.jpg`);
    },
    targetStatesOf: (streamId) =>
      new Map((sight.statusOfStream(streamId)?.targets ?? []).map(({ id, ...target }) => [id, target])),
    reconnectUntilOf: (record) =>
      record.state === "reconnecting" ? new Date(toWindowEndMs(record)).toISOString() : null,
    async endBroadcast(streamId) {
      const record = await streams.find(streamId);
      if (!record || !isOnAir(record.state)) {
        throw new ShoalError("stream.not_live", "This stream is not on air.");
      }
      await options.keeper.end(streamId);
    },
    async lastVideoOf({ lastVideoId }, viewer) {
      if (lastVideoId === null) return null;
      try {
        return isWatchable((await options.findVideo(viewer, lastVideoId)).state) ? lastVideoId : null;
      } catch (error) {
        if (error instanceof ShoalError && error.code === "video.not_found") return null;
        throw error;
      }
    },
  };

  return {
    facts,

    /** All that a page needs to watch; `stream.not_found` for who may not. */
    async grant(viewer: Viewer, id: StreamId): Promise<LivePlaybackGrant> {
      const stream = await streams.findFor(viewer, id, maySee);
      const status = sight.statusOf(stream);
      const way = toWay(stream);
      const hls = way.offersHls ? await toHls(stream, viewer, status?.liveName ?? "") : noHls;
      const token = way.offersWebrtc ? await options.whepTokens.issue(stream, viewer) : null;
      return {
        mode: way.mode,
        state: stream.state,
        reason: way.reason,
        broadcastId: isOnAir(stream.state) ? stream.broadcastId : null,
        whepUrl: way.offersWebrtc ? `/whep/${id}` : null,
        whepToken: token?.token ?? null,
        iceServers: way.offersWebrtc ? options.toIceServers(viewer) : [],
        videoCodec: sight.publisherOf(id)?.videoCodec ?? status?.ingest.videoCodec ?? null,
        hlsUrl: hls.url,
        dvrWindowSeconds: stream.dvrWindowSeconds,
        p2p: hls.p2p,
        startedAt: stream.startedAt,
        expiresAt: hls.expiresAt ?? token?.expiresAt ?? null,
      };
    },
  };
}

import { ShoalError } from "#common/errors.ts";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { StreamId } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import { isWatchable, type VideoState } from "#common/videos/video-state.ts";
import type { Grants, IssuedGrant } from "../playback/grants.ts";
import { toMediaUrl } from "../playback/media-address.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { LiveKeeper } from "./live-keeper.ts";
import { decideWay } from "./live-policy.rules.ts";
import type { LiveSight } from "./live-sight.ts";
import { toWindowEndMs } from "./live-state.rules.ts";
import { hasBroadcast, type StreamOnAir } from "./recordings.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";
import { maySee, toWatchBasis, type Viewer } from "./streams.rules.ts";
import type { WhepTokens } from "./whep-tokens.ts";

/** What the room is made of. */
export interface LiveServiceOptions {
  readonly streams: Pick<StreamKeeper, "findFor" | "find">;
  readonly keeper: Pick<LiveKeeper, "end">;
  readonly sight: LiveSight;
  readonly grants: Pick<Grants, "issue">;
  readonly whepTokens: Pick<WhepTokens, "issue">;
  /** What a viewer needs to join the swarm of a broadcast that has segments. */
  readonly toPeerPolicy: (stream: StreamOnAir, viewer: Viewer) => Promise<PeerPolicy>;
  readonly toIceServers: (viewer: Viewer) => LivePlaybackGrant["iceServers"];
  /** The state of a video that exists for the viewer; throws `video.not_found` for others. */
  readonly findVideo: (viewer: Viewer, id: VideoId) => Promise<{ readonly state: VideoState }>;
}

/** What happens when somebody watches a stream. Built by {@link createLiveService}. */
export type LiveService = ReturnType<typeof createLiveService>;

const noPeers: PeerPolicy = { mode: "off", reason: "no_integrity" };

/** Builds the room. */
export function createLiveService(options: LiveServiceOptions) {
  const { streams, sight, grants } = options;

  /** How this viewer, for whom the stream exists, reaches the media of its broadcast; `null`: by plain addresses. */
  async function issueGrant(stream: StreamOnAir, viewer: Viewer): Promise<IssuedGrant | null> {
    if (stream.visibility === "public") return null;
    return grants.issue(stream.broadcastId, toWatchBasis(viewer, stream), viewer?.id ?? "");
  }

  function toUrl(stream: StreamOnAir, grant: IssuedGrant | null, path: string): string {
    const { broadcastId: videoId, revision } = stream;
    return toMediaUrl({ grant: grant?.token ?? null, videoId, revision, path });
  }

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

  const facts: LiveFacts = {
    viewerCountOf: (streamId) => sight.countsOf(streamId).all,
    ingestOf: (streamId) => sight.statusOfStream(streamId)?.ingest ?? null,
    async thumbnailOf(record, viewer) {
      const number = sight.statusOf(record)?.thumbnailNumber ?? 0;
      if (!hasBroadcast(record) || !isOnAir(record.state) || number === 0) return null;
      return toUrl(record, await issueGrant(record, viewer), `thumbnails/${number}.jpg`);
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
      const way = toWay(stream);
      const status = sight.statusOf(stream);
      const issued = hasBroadcast(stream) && way.offersHls ? await issueGrant(stream, viewer) : null;
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
        hlsUrl: hasBroadcast(stream) && way.offersHls ? toUrl(stream, issued, status?.liveName ?? "") : null,
        dvrWindowSeconds: stream.dvrWindowSeconds,
        p2p: hasBroadcast(stream) && way.offersHls ? await options.toPeerPolicy(stream, viewer) : noPeers,
        startedAt: stream.startedAt,
        expiresAt: issued?.expiresAt ?? token?.expiresAt ?? null,
      };
    },
  };
}

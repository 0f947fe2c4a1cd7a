import type { RestreamTarget } from "#common/live/restream.ts";
import type { OwnStream, Stream, StreamSummary } from "#common/live/stream.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { Channel } from "../videos/video-record.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { StreamRecord, TargetRecord } from "./stream-record.ts";

/** What stands in every view besides the record. */
export interface StreamViewParts {
  readonly channel: Channel;
  readonly viewerCount: number;
  readonly thumbnailUrl: string | null;
}

/** A stream as it stands in a list. */
export function toStreamSummary(record: StreamRecord, parts: StreamViewParts): StreamSummary {
  return {
    id: record.id,
    title: record.title,
    visibility: record.visibility,
    mode: record.mode,
    state: record.state,
    category: record.category,
    language: record.language,
    channel: parts.channel,
    viewerCount: parts.viewerCount,
    scheduledAt: record.scheduledAt,
    startedAt: record.startedAt,
    thumbnailUrl: parts.thumbnailUrl,
    createdAt: record.createdAt,
  };
}

/** A stream as its page shows it. */
export function toStream(
  record: StreamRecord,
  parts: StreamViewParts & { readonly lastVideoId: VideoId | null; readonly reconnectUntil: string | null },
): Stream {
  return {
    ...toStreamSummary(record, parts),
    description: record.description,
    broadcastId: record.broadcastId,
    lastVideoId: parts.lastVideoId,
    dvrWindowSeconds: record.dvrWindowSeconds,
    reconnectWindowSeconds: record.reconnectWindowSeconds,
    reconnectUntil: parts.reconnectUntil,
  };
}

/** A stream as its owner sees it. */
export function toOwnStream(
  record: StreamRecord,
  stream: Stream,
  own: Pick<OwnStream, "whipUrl" | "rtmpUrl" | "ingest" | "targets">,
): OwnStream {
  return {
    ...stream,
    ...own,
    isRecorded: record.isRecorded,
    peersAllowed: record.peersAllowed,
    keyHint: record.keyHint,
  };
}

/** A restream target as its owner sees it: without its key. */
export function toTarget(
  { id, name, url, isEnabled }: TargetRecord,
  states: ReturnType<LiveFacts["targetStatesOf"]>,
): RestreamTarget {
  const { state, trouble } = states.get(id) ?? { state: "idle", trouble: "" };
  return isEnabled
    ? { id, name, url, isEnabled, state, trouble }
    : { id, name, url, isEnabled, state: "off", trouble: "" };
}

import type { IngestReport } from "#common/live/broadcast.ts";
import type { RestreamTarget } from "#common/live/restream.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { StreamRecord } from "./stream-record.ts";
import type { Viewer } from "./streams.rules.ts";

/** What the record side asks of the life of streams: all that stands in a view of one and is not written down. */
export interface LiveFacts {
  /** Viewers by WebRTC and by HLS together; 0 off air. */
  viewerCountOf(streamId: StreamId): number;
  /** `null` while off air, or as long as nothing is known. */
  ingestOf(streamId: StreamId): IngestReport | null;
  /** Address of a picture of the broadcast that this viewer can open; `null` while there is none. */
  thumbnailOf(record: StreamRecord, viewer: Viewer): Promise<string | null>;
  /** How restreaming goes, by the target's id; of those left out nothing is known. */
  targetStatesOf(streamId: StreamId): ReadonlyMap<string, Pick<RestreamTarget, "state" | "trouble">>;
  /** Until when a stream that lost its publisher waits for it (ISO); `null` when it has not. */
  reconnectUntilOf(record: StreamRecord): string | null;
  /** Ends the present broadcast and sends the publisher away; `stream.not_live` when there is none. */
  endBroadcast(streamId: StreamId): Promise<void>;
  /** The last recording when this viewer can watch it. */
  lastVideoOf(record: StreamRecord, viewer: Viewer): Promise<VideoId | null>;
}

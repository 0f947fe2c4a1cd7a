import { isDeepStrictEqual } from "node:util";
import { assertNever } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { Broadcast, Broadcasts } from "../playback/broadcasts.ts";
import { hasBroadcast, type StreamOnAir } from "./recordings.ts";
import type { StreamEvent } from "./stream-events.ts";
import type { StreamKeeper } from "./stream-keeper.ts";

/** What media delivery knows of what is on air; `close` ends its listening. */
export interface LiveBroadcasts extends Broadcasts {
  /** The broadcast of a stream; the same object until something about it changes. */
  of(stream: StreamOnAir): Broadcast;
  close(): void;
}

/** Keeps broadcasts in memory, because every request for media asks. */
export function createLiveBroadcasts(
  streams: Pick<StreamKeeper, "findByBroadcast" | "subscribe" | "isFeedUp">,
): LiveBroadcasts {
  const known = new Map<VideoId, { readonly streamId: StreamId; readonly broadcast: Broadcast }>();

  function of(stream: StreamOnAir): Broadcast {
    const { id: streamId, broadcastId: id, ownerId, visibility, revision, peersAllowed } = stream;
    const broadcast = { id, ownerId, visibility, revision, peersAllowed };
    const before = known.get(id);
    if (before && isDeepStrictEqual(before.broadcast, broadcast)) return before.broadcast;
    known.set(id, { streamId, broadcast });
    return broadcast;
  }

  function forget(gone: StreamId, except: VideoId | null): void {
    for (const [id, { streamId }] of known) if (streamId === gone && id !== except) known.delete(id);
  }

  function hear(event: StreamEvent): void {
    switch (event.kind) {
      case "changed":
        forget(event.record.id, event.record.broadcastId);
        if (hasBroadcast(event.record)) of(event.record);
        return;
      case "removed":
        forget(event.streamId, null);
        return;
      case "reset":
        known.clear();
        return;
      case "targets_changed":
        return;
      default:
        assertNever(event);
    }
  }

  const close = streams.subscribe(hear);
  const peek = (id: VideoId) => (streams.isFeedUp() ? known.get(id)?.broadcast : undefined);

  return {
    of,
    peek,
    async find(id) {
      const broadcast = peek(id);
      if (broadcast) return broadcast;
      const stream = await streams.findByBroadcast(id);
      return stream && hasBroadcast(stream) ? of(stream) : undefined;
    },
    close,
  };
}

import type { BroadcastStatus } from "#common/live/broadcast.ts";
import type { PublisherState } from "#common/live/sfu-control.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { EncoderOrders } from "./encoder-orders.ts";
import { chooseViewerNode, countViewers } from "./sfu-placement.rules.ts";
import type { SfuRooms } from "./sfu-rooms.ts";
import type { StreamRecord } from "./stream-record.ts";

/** How many watch a stream, and how. */
export interface ViewerCounts {
  readonly realtime: number;
  readonly hls: number;
  readonly all: number;
}

/** What is not written down of a stream: what its publisher, its viewers and its broadcast do at this moment. */
export type LiveSight = ReturnType<typeof createLiveSight>;

/** Makes a {@link LiveSight}; everything is answered from memory. */
export function createLiveSight(options: {
  readonly rooms: Pick<SfuRooms, "list" | "originOf">;
  readonly orders: Pick<EncoderOrders, "statusOf" | "statusOfStream">;
  /** Viewers whose pages watch, whatever the way. */
  readonly watcherCountOf: (streamId: StreamId) => number;
  readonly isOnAir: (streamId: StreamId) => boolean;
}) {
  const { rooms, orders } = options;
  return {
    statusOf({ broadcastId }: Pick<StreamRecord, "broadcastId">): BroadcastStatus | undefined {
      return broadcastId === null ? undefined : orders.statusOf(broadcastId);
    },

    /** The same by the stream alone; `undefined` off air too. */
    statusOfStream: orders.statusOfStream,

    publisherOf: (streamId: StreamId): PublisherState | null =>
      rooms.originOf(streamId).seat?.room.publisher ?? null,

    /** Base address of the node that has the publisher, or had it last. */
    originUrlOf: (streamId: StreamId): string => rooms.originOf(streamId).url,

    /** Is there a node that takes one more viewer of this stream? */
    hasPlace: (streamId: StreamId): boolean => chooseViewerNode(rooms.list(), streamId) !== undefined,

    /** Of a stream that is off air nobody watches anything, however many wait. */
    countsOf(streamId: StreamId): ViewerCounts {
      if (!options.isOnAir(streamId)) return { realtime: 0, hls: 0, all: 0 };
      const realtime = countViewers(rooms.list(), streamId);
      // a page that watches by WebRTC is counted at both places, a WHEP client that is none at the sfu alone
      const all = Math.max(realtime, options.watcherCountOf(streamId));
      return { realtime, hls: all - realtime, all };
    },
  };
}

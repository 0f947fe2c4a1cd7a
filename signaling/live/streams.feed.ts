import { z } from "zod";
import { userIdSchema } from "#common/accounts/user.ts";
import { streamIdSchema } from "#common/live/stream.ts";
import type { Logger } from "#common/node/log.ts";
import type { FeedEvent, PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { streamRowSchema } from "./stream-record.ts";

/** Where changes come from; it has to follow `streams` and `stream_targets`. */
export type StreamFeedSource = Pick<PocketBaseFeed, "isLive" | "on" | "onReset">;

/** Who is told; see `createStreamKeeper` and `createStreamTargets`. */
export interface StreamFeedListener {
  adopt(record: z.output<typeof streamRowSchema>): void;
  forget(streamId: z.output<typeof streamIdSchema>, ownerId: z.output<typeof userIdSchema>): void;
  forgetTargets(streamId: z.output<typeof streamIdSchema>): void;
  reset(): void;
}

const removedStreamSchema = z.object({ id: streamIdSchema, owner: userIdSchema });
const targetSchema = z.object({ stream: streamIdSchema });

/** Takes changes of the collections to the room; returns how to stop. */
export function followStreams(feed: StreamFeedSource, listener: StreamFeedListener, log: Logger): () => void {
  function hearStream({ action, record }: FeedEvent): void {
    if (action === "delete") {
      const { id, owner } = removedStreamSchema.parse(record);
      listener.forget(id, owner);
      return;
    }
    const parsed = streamRowSchema.safeParse(record);
    if (parsed.success) {
      listener.adopt(parsed.data);
      return;
    }
    log.error({ err: parsed.error }, "a stream came that is none");
    // what is remembered of it is not what is there
    listener.reset();
  }

  const stops = [
    feed.on("streams", hearStream),
    feed.on("stream_targets", ({ record }) => listener.forgetTargets(targetSchema.parse(record).stream)),
    feed.onReset(() => listener.reset()),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

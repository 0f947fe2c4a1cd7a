import { z } from "zod";
import { userIdSchema } from "#common/accounts/user.ts";
import type { Logger } from "#common/node/log.ts";
import type { FeedEvent, PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { channelRowSchema, videoRowSchema } from "./video-record.ts";
import type { VideoService } from "./videos.service.ts";

const removedVideoSchema = z.object({ id: videoIdSchema, owner: userIdSchema });

/** Where changes come from. */
export type VideoFeedSource = Pick<PocketBaseFeed, "isLive" | "on" | "onReset">;

const maxNames = 50_000;

/** Takes changes of the collections `videos` and `users` to the room; returns how to stop. */
export function followVideos(feed: VideoFeedSource, videos: VideoService, log: Logger): () => void {
  const names = new Map<string, string>();

  function hearVideo({ action, record }: FeedEvent): void {
    if (action === "delete") {
      const { id, owner } = removedVideoSchema.parse(record);
      videos
        .applyRemoval(id, owner)
        .catch((error) => log.warn({ err: error, videoId: id }, "could not remove all of a video yet"));
      return;
    }
    const parsed = videoRowSchema.safeParse(record);
    if (parsed.success) {
      videos.applyChange(parsed.data);
      return;
    }
    log.error({ err: parsed.error }, "a video came that is none");
    // what is remembered of it is not what is there
    videos.applyReset();
  }

  function hearUser({ action, record }: FeedEvent): void {
    const channel = channelRowSchema.parse(record);
    const name = JSON.stringify([channel.handle, channel.displayName]);
    // accounts change with every upload: only their names stand beside videos
    if (action === "update" && names.get(channel.id) === name) return;
    if (names.size >= maxNames) names.clear();
    names.set(channel.id, name);
    if (action !== "create") videos.applyChannelChange(channel.id);
  }

  const stops = [
    feed.on("videos", hearVideo),
    feed.on("users", hearUser),
    feed.onReset(() => videos.applyReset()),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

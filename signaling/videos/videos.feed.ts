import { z } from "zod";
import { userIdSchema } from "#common/accounts/user.ts";
import type { Logger } from "#common/node/log.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { channelRowSchema, videoRowSchema } from "./video-record.ts";
import type { VideoService } from "./videos.service.ts";

/** One change that the database tells of. */
export interface RecordChange {
  readonly action: "create" | "update" | "delete";
  readonly record: unknown;
}

const removedVideoSchema = z.object({ id: videoIdSchema, owner: userIdSchema });

/** Takes changes of the collections `videos` and `users` to the room. */
export function createVideoFeed(videos: VideoService, log: Logger) {
  const channelNames = new Map<string, string>();

  return {
    applyVideo({ action, record }: RecordChange): void {
      if (action === "delete") {
        const removed = removedVideoSchema.safeParse(record).data;
        if (!removed) return;
        videos
          .applyRemoval(removed.id, removed.owner)
          .catch((error) =>
            log.warn({ err: error, videoId: removed.id }, "could not remove all of a video yet"),
          );
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
    },

    applyUser({ action, record }: RecordChange): void {
      const channel = channelRowSchema.safeParse(record).data;
      if (!channel) return;
      const name = JSON.stringify([channel.handle, channel.displayName]);
      // accounts change with every log-in and upload: only their names stand beside videos
      if (action === "update" && channelNames.get(channel.id) === name) return;
      if (channelNames.size > 50_000) channelNames.clear();
      channelNames.set(channel.id, name);
      if (action !== "create") videos.applyChannelChange(channel.id);
    },
  };
}

import type { UserId } from "#common/accounts/user.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoRecord } from "./video-record.ts";

/** What the other rooms hear of videos. */
export type VideoEvent =
  | { readonly kind: "changed"; readonly record: VideoRecord }
  | { readonly kind: "removed"; readonly videoId: VideoId; readonly ownerId: UserId }
  /** The names that stand beside a channel's videos are others now. */
  | { readonly kind: "channel_changed"; readonly channelId: UserId }
  /** Changes may have been missed: what was built from events must be built anew. */
  | { readonly kind: "reset" };

/** Tells everybody who listens; who throws is told of in the log and disturbs nobody else. */
export function createVideoEvents(onError: (error: unknown) => void) {
  const listeners = new Set<(event: VideoEvent) => void>();
  return {
    /** Returns how to stop listening. */
    subscribe(listener: (event: VideoEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event: VideoEvent): void {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
/** See {@link createVideoEvents}. */
export type VideoEvents = ReturnType<typeof createVideoEvents>;

import { z } from "zod";
import { videoErrorSchema, videoIdSchema } from "./video.ts";
import { videoStateSchema } from "./video-state.ts";

/** What the owner's page hears while a video is made. */
export const videoProgressSchema = z.object({
  videoId: videoIdSchema,
  state: videoStateSchema,
  /** 0 to 1 of the present state. */
  progress: z.number().min(0).max(1),
  /** What is being done, in a word for people, e.g. `720p`. */
  step: z.string(),
  error: videoErrorSchema.optional(),
});
/** What the owner's page hears while a video is made. */
export type VideoProgress = z.infer<typeof videoProgressSchema>;

/** Socket events from the front desk to the page, on the default namespace, path `/socket`. */
export const serverEvents = {
  /** To the owner's own pages. */
  "video.progressed": videoProgressSchema,
  /** To the owner's own pages. */
  "video.deleted": z.object({ videoId: videoIdSchema }),
} as const;

/** The socket.io listener table of {@link serverEvents}. */
export type ServerEvents = {
  [Name in keyof typeof serverEvents]: (data: z.infer<(typeof serverEvents)[Name]>) => void;
};

import { z } from "zod";
import { userIdSchema } from "../accounts/user.ts";
import { videoCategorySchema, videoSummarySchema } from "../videos/video.ts";

/** How a list of videos can be ordered. */
export const videoSorts = ["newest", "popular", "relevance"] as const;

/** Duration classes of the search filter: under 4 minutes, 4 to 20, over 20. */
export const durationClasses = ["short", "medium", "long"] as const;

/** Input of `GET /api/videos`; page numbers start at 1. */
export const videoQuerySchema = z.object({
  query: z.string().trim().max(200).optional(),
  category: videoCategorySchema.optional(),
  sort: z.enum(videoSorts).optional(),
  channelId: userIdSchema.optional(),
  duration: z.enum(durationClasses).optional(),
  publishedAfter: z.iso.datetime().optional(),
  page: z.coerce.number().int().min(1).max(1000).default(1),
});
/** Input of `GET /api/videos`. */
export type VideoQuery = z.infer<typeof videoQuerySchema>;

/** Videos on one page of a list. */
export const videosPerPage = 24;

/** One page of a list of videos. */
export const videoPageSchema = z.object({
  items: z.array(videoSummarySchema),
  page: z.int().positive(),
  pageCount: z.int().nonnegative(),
  totalCount: z.int().nonnegative(),
});
/** One page of a list of videos. */
export type VideoPage = z.infer<typeof videoPageSchema>;

import { z } from "zod";
import { recordIdSchema, userIdSchema } from "../accounts/user.ts";
import { toLine, toLines } from "../text.ts";
import { videoStateSchema } from "./video-state.ts";

/** Schema of a video's id. */
export const videoIdSchema = recordIdSchema.brand("VideoId");
/** A video's id. */
export type VideoId = z.infer<typeof videoIdSchema>;

/** Who may watch: everybody and listed, everybody who has the address, or the owner alone. */
export const videoVisibilities = ["public", "unlisted", "private"] as const;
/** Schema of {@link VideoVisibility}. */
export const videoVisibilitySchema = z.enum(videoVisibilities);
/** One of {@link videoVisibilities}. */
export type VideoVisibility = z.infer<typeof videoVisibilitySchema>;

/** The categories that a video can be filed under. */
export const videoCategories = [
  "animals",
  "art",
  "comedy",
  "education",
  "entertainment",
  "film",
  "food",
  "gaming",
  "howto",
  "music",
  "news",
  "people",
  "science",
  "sports",
  "technology",
  "travel",
  "other",
] as const;
/** Schema of {@link VideoCategory}. */
export const videoCategorySchema = z.enum(videoCategories);
/** One of {@link videoCategories}. */
export type VideoCategory = z.infer<typeof videoCategorySchema>;

/** A BCP 47 language tag (RFC 5646), such as `en` or `pt-BR`. */
export const languageTagSchema = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, "This is not a language tag.");

/** One rung of the ladder as published: picture size after rotation, and peak bitrate. */
export const renditionSchema = z.object({
  /** Rung name, e.g. `720p`: the short side of the picture. */
  name: z.string(),
  heightPx: z.int().positive(),
  widthPx: z.int().positive(),
  bitrateBps: z.int().positive(),
  frameRateFps: z.number().positive(),
  /** RFC 6381 codec string, e.g. `avc1.64001f`. */
  videoCodec: z.string(),
  sizeBytes: z.int().nonnegative(),
});
/** One rung of the ladder as published. */
export type Rendition = z.infer<typeof renditionSchema>;

/** One audio track as published. */
export const audioTrackSchema = z.object({
  name: z.string(),
  language: z.string(),
  channelCount: z.int().positive(),
  bitrateBps: z.int().positive(),
  audioCodec: z.string(),
  isDefault: z.boolean(),
});
/** One audio track as published. */
export type AudioTrack = z.infer<typeof audioTrackSchema>;

/** One caption track as published; its file is `captions/<key>.vtt` of the revision. */
export const captionTrackSchema = z.object({
  key: z.string(),
  language: z.string(),
  label: z.string(),
});
/** One caption track as published. */
export type CaptionTrack = z.infer<typeof captionTrackSchema>;

/** Why a video is `failed`. */
export const videoErrorSchema = z.object({ code: z.string(), message: z.string() });

const titleSchema = z.string().overwrite(toLine).min(1, "A video needs a title.").max(150);
const tagSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,29}$/u, "A tag has 1 to 30 letters, digits, spaces, - or _.");

/** Input of `POST /api/videos`. */
export const createVideoInputSchema = z.object({
  title: titleSchema,
  visibility: videoVisibilitySchema,
  description: z.string().overwrite(toLines).max(10_000).optional(),
  tags: z.array(tagSchema).max(20).optional(),
  category: videoCategorySchema.optional(),
  language: languageTagSchema.optional(),
});
/** Input of `POST /api/videos`. */
export type CreateVideoInput = z.infer<typeof createVideoInputSchema>;

/** Input of `PATCH /api/videos/{id}`; absent fields stay as they are. */
export const updateVideoInputSchema = createVideoInputSchema.partial();
/** Input of `PATCH /api/videos/{id}`. */
export type UpdateVideoInput = z.infer<typeof updateVideoInputSchema>;

/** A channel as it stands beside its video. */
export const channelSummarySchema = z.object({
  id: userIdSchema,
  handle: z.string(),
  displayName: z.string(),
});

/** A video as it stands in a list. Addresses are absolute paths on this instance; `null` until there is a picture. */
export const videoSummarySchema = z.object({
  id: videoIdSchema,
  title: z.string(),
  visibility: videoVisibilitySchema,
  state: videoStateSchema,
  durationSeconds: z.number().nonnegative(),
  /** Width ÷ height of the picture after rotation and with square pixels; 0 for audio alone. */
  aspectRatio: z.number().nonnegative(),
  channel: channelSummarySchema,
  category: videoCategorySchema,
  viewCount: z.int().nonnegative(),
  createdAt: z.iso.datetime(),
  publishedAt: z.iso.datetime().nullable(),
  /** Poster of 640 px width at most, as JPEG; the AVIF and WebP twins have the same address with another ending. */
  posterUrl: z.string().nullable(),
});
/** A video as it stands in a list. */
export type VideoSummary = z.infer<typeof videoSummarySchema>;

/** A video with all that its page shows. */
export const videoSchema = videoSummarySchema.extend({
  description: z.string(),
  tags: z.array(z.string()),
  language: z.string(),
  error: videoErrorSchema.optional(),
  renditions: z.array(renditionSchema),
  audioTracks: z.array(audioTrackSchema),
  captions: z.array(captionTrackSchema),
});
/** A video with all that its page shows. */
export type Video = z.infer<typeof videoSchema>;

/** A video as its owner sees it in the studio. */
export const ownVideoSchema = videoSchema.extend({
  sizeBytes: z.int().nonnegative(),
  /** Name of the file that was uploaded; empty before an upload began. */
  fileName: z.string(),
  originalSha256: z.string(),
  /** 0 to 1: upload while `uploading`, encode afterwards. */
  progress: z.number().min(0).max(1),
  uploadUrl: z.string(),
});
/** A video as its owner sees it in the studio. */
export type OwnVideo = z.infer<typeof ownVideoSchema>;

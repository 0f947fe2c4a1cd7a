import { z } from "zod";
import { userIdSchema } from "#common/accounts/user.ts";
import {
  audioTrackSchema,
  captionTrackSchema,
  channelSummarySchema,
  renditionSchema,
  videoCategorySchema,
  videoIdSchema,
  videoVisibilitySchema,
} from "#common/videos/video.ts";
import { videoStateSchema } from "#common/videos/video-state.ts";

/** PocketBase writes `2026-01-02 03:04:05.678Z`, and an empty text for no date. */
const dateSchema = z
  .string()
  .transform((text) => text.replace(" ", "T"))
  .pipe(z.iso.datetime());
const maybeDateSchema = z.union([z.literal("").transform(() => null), dateSchema]);

/** A JSON column is `null` until it is written. */
function listSchema<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

/** A row of the collection `videos` as PocketBase sends it; what comes out is a {@link VideoRecord}. */
export const videoRowSchema = z
  .object({
    id: videoIdSchema,
    owner: userIdSchema,
    title: z.string(),
    description: z.string(),
    tags: listSchema(z.string()),
    category: videoCategorySchema.catch("other"),
    language: z.string(),
    visibility: videoVisibilitySchema,
    state: videoStateSchema,
    errorCode: z.string(),
    errorMessage: z.string(),
    step: z.string(),
    progress: z.number(),
    durationSeconds: z.number(),
    aspectRatio: z.number(),
    renditions: listSchema(renditionSchema),
    audioTracks: listSchema(audioTrackSchema),
    captions: listSchema(captionTrackSchema),
    revision: z.string(),
    masterName: z.string(),
    posterRevision: z.string(),
    hasStoryboard: z.boolean(),
    peersAllowed: z.boolean(),
    fileName: z.string(),
    sizeBytes: z.number(),
    originalSha256: z.string(),
    viewCount: z.number(),
    publishedAt: maybeDateSchema,
    created: dateSchema,
    updated: dateSchema,
  })
  .transform(({ owner, created, updated, ...row }) => ({
    ...row,
    ownerId: owner,
    createdAt: created,
    updatedAt: updated,
  }));

/** A video as the front desk keeps it: all that is known, before anybody's view of it is made. */
export type VideoRecord = Readonly<z.infer<typeof videoRowSchema>>;

/** A row of the collection `users`, of which a video needs only this. */
export const channelRowSchema = channelSummarySchema.transform((row) => ({
  ...row,
  displayName: row.displayName || row.handle,
}));
/** The channel that stands beside a video. */
export type Channel = Readonly<z.infer<typeof channelRowSchema>>;

/** What a new record is made of; the rest starts empty. */
export type NewVideo = Pick<
  VideoRecord,
  "ownerId" | "title" | "description" | "tags" | "category" | "language" | "visibility"
>;

/** The video of a broadcast that has ended: its media is there already, so it starts where others end. */
export type NewRecording = Pick<
  VideoRecord,
  | "id"
  | "ownerId"
  | "title"
  | "description"
  | "category"
  | "language"
  | "visibility"
  | "errorCode"
  | "errorMessage"
  | "durationSeconds"
  | "aspectRatio"
  | "renditions"
  | "audioTracks"
  | "revision"
  | "masterName"
  | "posterRevision"
  | "hasStoryboard"
  | "peersAllowed"
  | "sizeBytes"
> & { readonly state: "ready" | "failed" };

/** The fields that the front desk writes; what the encoder publishes it only takes back. */
export type VideoPatch = Partial<
  Pick<
    VideoRecord,
    | "title"
    | "description"
    | "tags"
    | "category"
    | "language"
    | "visibility"
    | "state"
    | "errorCode"
    | "errorMessage"
    | "step"
    | "progress"
    | "fileName"
    | "sizeBytes"
    | "originalSha256"
    | "publishedAt"
    | "revision"
    | "masterName"
    | "posterRevision"
    | "hasStoryboard"
    | "renditions"
    | "audioTracks"
    | "captions"
  >
>;

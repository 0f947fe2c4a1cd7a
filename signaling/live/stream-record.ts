import { z } from "zod";
import { recordIdSchema, userIdSchema } from "#common/accounts/user.ts";
import { streamIdSchema, streamModeSchema } from "#common/live/stream.ts";
import { streamStateSchema } from "#common/live/stream-state.ts";
import { videoCategorySchema, videoIdSchema, videoVisibilitySchema } from "#common/videos/video.ts";

/** PocketBase writes `2026-01-02 03:04:05.678Z`, and an empty text for what is not there. */
const dateSchema = z
  .string()
  .transform((text) => text.replace(" ", "T"))
  .pipe(z.iso.datetime());
const absentSchema = z.literal("").transform(() => null);
const maybeDateSchema = z.union([absentSchema, dateSchema]);
const maybeVideoIdSchema = z.union([absentSchema, videoIdSchema]);

/** A row of the collection `streams` as PocketBase sends it; what comes out is a {@link StreamRecord}. */
export const streamRowSchema = z
  .object({
    id: streamIdSchema,
    owner: userIdSchema,
    title: z.string(),
    description: z.string(),
    category: videoCategorySchema.catch("other"),
    language: z.string(),
    visibility: videoVisibilitySchema,
    mode: streamModeSchema,
    state: streamStateSchema,
    keyHint: z.string(),
    scheduledAt: maybeDateSchema,
    isRecorded: z.boolean(),
    dvrWindowSeconds: z.number(),
    reconnectWindowSeconds: z.number(),
    peersAllowed: z.boolean(),
    broadcastId: maybeVideoIdSchema,
    revision: z.string(),
    startedAt: maybeDateSchema,
    silentSince: maybeDateSchema,
    heldUntil: maybeDateSchema,
    lastVideo: maybeVideoIdSchema,
    created: dateSchema,
    updated: dateSchema,
  })
  .transform(({ owner, lastVideo, created, updated, ...row }) => ({
    ...row,
    ownerId: owner,
    lastVideoId: lastVideo,
    createdAt: created,
    updatedAt: updated,
  }));

/**
 * A stream as the front desk keeps it: all that is known, before anybody's view of it is made. The hash of its key is not
 * part of it, so that it cannot leave with one.
 */
export type StreamRecord = Readonly<z.infer<typeof streamRowSchema>>;

/** What a new record is made of; its id is given, because its key begins with it. The rest starts off air. */
export type NewStream = Pick<
  StreamRecord,
  | "id"
  | "ownerId"
  | "title"
  | "description"
  | "category"
  | "language"
  | "visibility"
  | "mode"
  | "keyHint"
  | "scheduledAt"
  | "isRecorded"
  | "dvrWindowSeconds"
  | "reconnectWindowSeconds"
  | "peersAllowed"
> & { readonly keyHash: string };

/** What may be changed of a record; absent fields stay as they are. */
export type StreamChanges = Partial<
  Omit<StreamRecord, "id" | "ownerId" | "createdAt" | "updatedAt"> & { readonly keyHash: string }
>;

/** A row of the collection `stream_targets`; what comes out is a {@link TargetRecord}. */
export const targetRowSchema = z
  .object({
    id: recordIdSchema,
    stream: streamIdSchema,
    name: z.string(),
    url: z.string(),
    keySealed: z.string(),
    isEnabled: z.boolean(),
    created: dateSchema,
    updated: dateSchema,
  })
  .transform(({ stream, created, updated, ...row }) => ({
    ...row,
    streamId: stream,
    createdAt: created,
    updatedAt: updated,
  }));

/** Where else a stream is sent, as the front desk keeps it: with its key, sealed. */
export type TargetRecord = Readonly<z.infer<typeof targetRowSchema>>;
/** What a new target is made of. */
export type NewTarget = Pick<TargetRecord, "streamId" | "name" | "url" | "keySealed" | "isEnabled">;
/** What may be changed of a target. */
export type TargetChanges = Partial<Pick<TargetRecord, "name" | "url" | "keySealed" | "isEnabled">>;

import { z } from "zod";
import { broadcastOrderSchema, broadcastStatusSchema } from "#common/live/broadcast.ts";

/** What an encoder asks of one of its live workers: `PUT` with the order, again and again; `DELETE` lets go. */
export const workerPath = "/live/broadcast";

/** Body of `PUT /live/broadcast`. */
export const workerOrderSchema = broadcastOrderSchema;

const sourceSchema = z.object({ head: z.string(), segment: z.string() });

/** Answer of `PUT /live/broadcast`. */
export const workerReportSchema = z.object({
  workerId: z.string(),
  status: broadcastStatusSchema.omit({ thumbnailNumber: true, hasPoster: true, hasStoryboard: true }),
  /** Since the worker began. */
  counts: z.object({
    segments: z.int().nonnegative(),
    borrowed: z.int().nonnegative(),
    restarts: z.int().nonnegative(),
    eras: z.int().nonnegative(),
    toolCpuSeconds: z.number().nonnegative(),
  }),
  /** Paths below the revision of what pictures can be made of: the newest segment, and some of the whole broadcast. */
  newest: sourceSchema.nullable(),
  samples: z.array(sourceSchema),
});
/** What a live worker says of its broadcast. */
export type WorkerReport = z.infer<typeof workerReportSchema>;

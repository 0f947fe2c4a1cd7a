import { z } from "zod";
import { recordIdSchema } from "../accounts/user.ts";

/** What an encoder can be asked to do. */
export const jobKinds = ["encode", "thumbnail"] as const;

/** The life of a job. A lost lease puts `running` back to `waiting`. */
export const jobStates = ["waiting", "running", "done", "failed", "cancelled"] as const;
/** Schema of {@link JobState}. */
export const jobStateSchema = z.enum(jobStates);
/** One of {@link jobStates}. */
export type JobState = z.infer<typeof jobStateSchema>;

/** One job as it is kept in the collection `jobs`. */
export const jobSchema = z.object({
  id: recordIdSchema,
  kind: z.enum(jobKinds),
  videoId: recordIdSchema,
  state: jobStateSchema,
  /** Smaller runs first; see the queue's rules for how waiting lowers it. */
  priority: z.number(),
  attempt: z.int().nonnegative(),
  maxAttempts: z.int().positive(),
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  step: z.string(),
  /** Rungs and other artefacts that are finished and published: never made again. */
  doneParts: z.array(z.string()),
  errorCode: z.string(),
  errorMessage: z.string(),
});
/** One job as it is kept in the collection `jobs`. */
export type Job = z.infer<typeof jobSchema>;

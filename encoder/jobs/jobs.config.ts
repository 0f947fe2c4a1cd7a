import { z } from "zod";
import { type ConfigOf, defineConfig } from "#common/node/config.ts";

/** How an encoder takes jobs and keeps them. */
export const jobsConfig = defineConfig({
  encodeJobs: {
    doc: "Videos that one encoder process works on at a time.",
    schema: z.coerce.number().int().min(1).max(64),
    default: 1,
    env: "SHOAL_ENCODE_JOBS",
  },
  jobLeaseSeconds: {
    doc: "After so long without a sign of life from its encoder, a job is given to another one.",
    schema: z.coerce.number().min(1).max(300),
    default: 15,
    env: "SHOAL_JOB_LEASE_SECONDS",
  },
  oldMediaGraceSeconds: {
    doc: "How long media stays that a newer encode or thumbnail has replaced, for those who watch just then.",
    schema: z.coerce.number().min(0),
    default: 60 * 60,
    env: "SHOAL_OLD_MEDIA_GRACE_SECONDS",
  },
});

/** Values of {@link jobsConfig}. */
export type JobsConfig = ConfigOf<typeof jobsConfig>;

import { z } from "zod";
import { jobSchema } from "#common/jobs/job.ts";
import { askPocketBase, findInPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import { type JobQueue, toRevision } from "./job-queue.port.ts";
import { ageingPerSecond, interruptedFailure, toRetryDelayMs } from "./job-queue.rules.ts";

const maxUnfinishedPerVideo = 200;

const claimSchema = z.object({
  job: z
    .object({ video: z.string(), leaseToken: z.string().min(1), doneParts: z.unknown() })
    .loose()
    .transform(({ video, leaseToken, ...row }) => ({
      // a JSON column is `null` until it is written
      job: jobSchema.parse({ ...row, videoId: video, doneParts: row.doneParts ?? [] }),
      leaseToken,
    }))
    .nullable(),
});
const answerSchema = z.object({ answer: z.enum(["kept", "lost", "cancelled"]) });
const heldSchema = z.object({ state: z.string(), leaseToken: z.string(), leaseExpiresAt: z.string() });
const endedSchema = z.object({ id: z.string(), video: z.string() });
const madeSchema = jobSchema.pick({ id: true, kind: true });
const watchedSchema = z.object({ revision: z.string(), posterRevision: z.string() });

/** A {@link JobQueue} in PocketBase: the hooks in `pb_migrations/hooks/jobs.pb.js` do each step in one transaction. */
export function createPocketBaseJobQueue(service: PocketBaseService): JobQueue {
  const post = (path: string, body: object) =>
    askPocketBase(service, (client) =>
      client.send<unknown>(`/api/shoal/jobs/${path}`, { method: "POST", body }),
    );

  return {
    async claim(owner, leaseMs) {
      const answer = await post("claim", {
        owner,
        leaseMs,
        ageingPerSecond,
        interrupted: interruptedFailure,
      });
      return claimSchema.parse(answer).job ?? undefined;
    },

    async heartbeat({ job, leaseToken }, leaseMs, report) {
      return answerSchema.parse(await post("keep", { id: job.id, leaseToken, leaseMs, ...report })).answer;
    },

    async settle({ job, leaseToken }, outcome) {
      const retryDelayMs = toRetryDelayMs(job.attempt);
      return answerSchema.parse(await post("settle", { id: job.id, leaseToken, retryDelayMs, ...outcome }))
        .answer;
    },

    async isHeld(jobId, leaseTag) {
      const row = await findInPocketBase(service, (client) => client.collection("jobs").getOne(jobId));
      if (!row) return false;
      const job = heldSchema.parse(row);
      return (
        job.state === "running" &&
        job.leaseToken.startsWith(leaseTag) &&
        Date.parse(job.leaseExpiresAt.replace(" ", "T")) > Date.now()
      );
    },

    async listUnswept({ doneBefore, otherwiseBefore }, limit) {
      const found = await askPocketBase(service, (client) =>
        client.collection("jobs").getList(1, limit, {
          filter: client.filter(
            "sweptAt = '' && ((state = 'done' && updated <= {:doneBefore}) || ((state = 'failed' || state = 'cancelled') && updated <= {:otherwiseBefore}))",
            { doneBefore, otherwiseBefore },
          ),
          sort: "updated",
          fields: "id,video",
          skipTotal: true,
        }),
      );
      return found.items.map((row) => {
        const { id, video } = endedSchema.parse(row);
        return { jobId: id, videoId: video };
      });
    },

    async markSwept(jobId) {
      await findInPocketBase(service, (client) =>
        client.collection("jobs").update(jobId, { sweptAt: new Date() }),
      );
    },

    async listUsedRevisions(videoId) {
      const video = await findInPocketBase(service, (client) =>
        client.collection("videos").getOne(videoId, { fields: "revision,posterRevision" }),
      );
      if (!video) return new Set();
      const { revision, posterRevision } = watchedSchema.parse(video);
      const unfinished = await askPocketBase(service, (client) =>
        client.collection("jobs").getList(1, maxUnfinishedPerVideo, {
          filter: client.filter("video = {:videoId} && (state = 'waiting' || state = 'running')", {
            videoId,
          }),
          fields: "id,kind",
          skipTotal: true,
        }),
      );
      const made = unfinished.items.map((row) => toRevision(madeSchema.parse(row)));
      return new Set([revision, posterRevision, ...made].filter(Boolean));
    },
  };
}

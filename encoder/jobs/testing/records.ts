import { z } from "zod";
import { jobStateSchema } from "#common/jobs/job.ts";
import { askPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import { videoStateSchema } from "#common/videos/video-state.ts";
import type { QueueHouse } from "../job-queue.suite.ts";
import { createId } from "./until.ts";

const dateSchema = z.string().transform((text) => (text ? Date.parse(text.replace(" ", "T")) : 0));
const jobRowSchema = z
  .object({
    state: jobStateSchema,
    attempt: z.number(),
    progress: z.number(),
    step: z.string(),
    errorCode: z.string(),
    doneParts: z.array(z.string()),
    notBefore: dateSchema,
    created: dateSchema,
  })
  .transform(({ notBefore, created, ...row }) => ({ ...row, notBeforeMs: notBefore, createdAtMs: created }));
const videoRowSchema = z.object({
  state: videoStateSchema,
  progress: z.number(),
  step: z.string(),
  errorCode: z.string(),
  errorMessage: z.string(),
  revision: z.string(),
  posterRevision: z.string(),
  masterName: z.string(),
  durationSeconds: z.number(),
  renditions: z.array(z.object({ name: z.string() })).nullish(),
});

/** Makes and reads records as the front desk would, for tests of the encoder. */
export function createTestRecords(service: PocketBaseService) {
  const ask = <Result>(call: Parameters<typeof askPocketBase<Result>>[1]) => askPocketBase(service, call);
  const password = "a password of the tests";

  return {
    async clear() {
      const users = await ask((client) => client.collection("users").getFullList());
      for (const { id } of users) await ask((client) => client.collection("users").delete(id));
    },

    /** Returns the mail address. */
    async addAccountWithPassword(text: string): Promise<string> {
      const handle = createId();
      const email = `${handle}@shoal.test`;
      const account = { email, password: text, passwordConfirm: text, handle, role: "creator" };
      await ask((client) => client.collection("users").create(account));
      return email;
    },

    async addAccount(): Promise<string> {
      const handle = createId();
      const account = { password, passwordConfirm: password, handle, role: "creator" };
      const row = await ask((client) =>
        client.collection("users").create({ ...account, email: `${handle}@shoal.test` }),
      );
      return row.id;
    },

    async addVideo({ ownerId, state = "queued", posterRevision = "" }) {
      const video = { owner: ownerId, title: "A clip", visibility: "public", state, posterRevision };
      return (await ask((client) => client.collection("videos").create(video))).id;
    },

    async removeVideo(videoId) {
      await ask((client) => client.collection("videos").delete(videoId));
    },

    async setVideoState(videoId, state) {
      await ask((client) => client.collection("videos").update(videoId, { state }));
    },

    async readVideo(videoId: string) {
      return videoRowSchema.parse(await ask((client) => client.collection("videos").getOne(videoId)));
    },

    async addJob({ videoId, ...job }) {
      const row = { ...job, video: videoId, state: "waiting", attempt: 0, progress: 0, doneParts: [] };
      return (await ask((client) => client.collection("jobs").create(row))).id;
    },

    async readJob(jobId: string) {
      return jobRowSchema.parse(await ask((client) => client.collection("jobs").getOne(jobId)));
    },

    async cancelJob(jobId: string) {
      await ask((client) => client.collection("jobs").update(jobId, { state: "cancelled" }));
    },

    async hasten(jobId: string) {
      await ask((client) => client.collection("jobs").update(jobId, { notBefore: "" }));
    },
  } satisfies Omit<QueueHouse, "queue" | "close"> & {
    addAccountWithPassword: (text: string) => Promise<string>;
  };
}

import type { Job, jobKinds } from "#common/jobs/job.ts";
import {
  askPocketBase,
  findInPocketBase,
  isTaken,
  type PocketBaseService,
  toRecordId,
} from "#common/node/pocketbase-ask.ts";
import type { VideoId } from "#common/videos/video.ts";

/** What the encoder is asked for. */
export interface JobOrder {
  readonly kind: (typeof jobKinds)[number];
  readonly videoId: VideoId;
  /** What makes this order one and the same: ordered twice with the same cause, there is one job. */
  readonly cause: string;
  /** Smaller runs first. */
  readonly priority: number;
}

/** How the front desk asks the encoder for work, and takes the request back. */
export interface JobOrders {
  /** Puts the order into the queue unless the very same is there already, in whatever state. */
  place(order: JobOrder): Promise<void>;
  /** Cancels what waits or runs for a video; a running encoder finds out by its lease. */
  cancel(videoId: VideoId): Promise<void>;
  /** Number of jobs that a video has had. */
  count(videoId: VideoId): Promise<number>;
  /** Does a job for the video wait or run? */
  isActive(videoId: VideoId): Promise<boolean>;
  /** Is a job of this kind for the video in the queue, and no encoder has begun it? */
  isWaiting(order: Pick<JobOrder, "kind" | "videoId">): Promise<boolean>;
  /** Was this very order placed before? */
  has(order: JobOrder): Promise<boolean>;
}

/** Attempts that a job has before it is given up. */
const maxAttempts = 3;
const maxJobsPerVideo = 500;

function toJobId({ kind, videoId, cause }: JobOrder): string {
  return toRecordId(`${kind}/${videoId}/${cause}`);
}

/** Places orders in the collection `jobs`. */
export function createPocketBaseJobOrders(service: PocketBaseService): JobOrders {
  /** Ids of jobs that wait or run. */
  async function listActive(videoId: VideoId): Promise<string[]> {
    const found = await askPocketBase(service, (client) =>
      client.collection("jobs").getList(1, maxJobsPerVideo, {
        filter: client.filter("video = {:videoId} && (state = 'waiting' || state = 'running')", { videoId }),
        fields: "id",
        skipTotal: true,
      }),
    );
    return found.items.map((job) => job.id);
  }

  return {
    async place(order) {
      try {
        await askPocketBase(service, (client) =>
          client.collection("jobs").create({
            id: toJobId(order),
            kind: order.kind,
            video: order.videoId,
            state: "waiting",
            priority: order.priority,
            attempt: 0,
            maxAttempts,
            progress: 0,
            doneParts: [],
          }),
        );
      } catch (error) {
        if (!isTaken(error, "id")) throw error;
      }
    },
    async cancel(videoId) {
      for (const id of await listActive(videoId)) {
        await askPocketBase(service, (client) =>
          client.collection("jobs").update(id, { state: "cancelled" }),
        );
      }
    },
    async count(videoId) {
      const found = await askPocketBase(service, (client) =>
        client.collection("jobs").getList(1, 1, {
          filter: client.filter("video = {:videoId}", { videoId }),
          fields: "id",
        }),
      );
      return found.totalItems;
    },
    isActive: async (videoId) => (await listActive(videoId)).length > 0,
    async isWaiting({ kind, videoId }) {
      const filter = "video = {:videoId} && kind = {:kind} && state = 'waiting'";
      const found = await askPocketBase(service, (client) =>
        client.collection("jobs").getList(1, 1, {
          filter: client.filter(filter, { videoId, kind }),
          fields: "id",
          skipTotal: true,
        }),
      );
      return found.items.length > 0;
    },
    async has(order) {
      const job = await findInPocketBase(service, (client) =>
        client.collection("jobs").getOne(toJobId(order), { fields: "id" }),
      );
      return job !== undefined;
    },
  };
}

/** Orders that stay in this process. */
export interface MemoryJobOrders extends JobOrders {
  readonly jobs: Map<string, JobOrder & Pick<Job, "state">>;
}

/** Keeps orders in this process, for tests. */
export function createMemoryJobOrders(): MemoryJobOrders {
  const jobs = new Map<string, JobOrder & Pick<Job, "state">>();
  const ofVideo = (videoId: VideoId) => [...jobs].filter(([, job]) => job.videoId === videoId);
  return {
    jobs,
    async place(order) {
      const id = toJobId(order);
      if (!jobs.has(id)) jobs.set(id, { ...order, state: "waiting" });
    },
    async cancel(videoId) {
      for (const [id, job] of ofVideo(videoId)) {
        if (job.state === "waiting" || job.state === "running") jobs.set(id, { ...job, state: "cancelled" });
      }
    },
    count: async (videoId) => ofVideo(videoId).length,
    isActive: async (videoId) =>
      ofVideo(videoId).some(([, job]) => job.state === "waiting" || job.state === "running"),
    isWaiting: async ({ kind, videoId }) =>
      ofVideo(videoId).some(([, job]) => job.kind === kind && job.state === "waiting"),
    has: async (order) => jobs.has(toJobId(order)),
  };
}

import { Registry } from "prom-client";
import { type BroadcastOrder, type BroadcastStatus, broadcastOrdersSchema } from "#common/live/broadcast.ts";
import { defineCall } from "#common/node/internal-calls.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import type { VideoId } from "#common/videos/video.ts";
import { testToken } from "./sfu-node.ts";

/** Stands in for the encoder: a real internal server that takes orders, and answers what a test says. */
export interface TestEncoder {
  readonly url: string;
  /** The last orders, by broadcast. */
  orders(): ReadonlyMap<string, BroadcastOrder>;
  orderCount(): number;
  /** How a broadcast is from now on; what is not said is as it was. */
  report(broadcastId: VideoId, status: Partial<BroadcastStatus>): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one on a free port; the caller closes it. */
export async function openTestEncoder(): Promise<TestEncoder> {
  const statuses = new Map<string, BroadcastStatus>();
  let orders = new Map<string, BroadcastOrder>();
  let orderCount = 0;
  let url = "http://127.0.0.1:0";

  const statusOf = (broadcastId: VideoId): BroadcastStatus =>
    statuses.get(broadcastId) ?? { ...nothingYet, broadcastId };

  const takeOrders = defineCall({
    method: "PUT",
    path: "/live/broadcasts",
    body: broadcastOrdersSchema,
    handle({ body }) {
      orderCount += 1;
      orders = new Map(body.broadcasts.map((order) => [order.broadcastId, order]));
      return { broadcasts: body.broadcasts.map(({ broadcastId }) => statusOf(broadcastId)) };
    },
  });
  const open = () =>
    createInternalServer({
      url,
      registry: new Registry(),
      isReady: () => [],
      calls: { token: testToken, list: [takeOrders], onError() {} },
    });
  let server = await open();
  url = server.url;

  return {
    url,
    orders: () => orders,
    orderCount: () => orderCount,
    report(broadcastId, status) {
      statuses.set(broadcastId, { ...statusOf(broadcastId), ...status });
    },
    stop: () => server.close(),
    async start() {
      server = await open();
    },
    close: () => server.close(),
  };
}

const nothingYet: Omit<BroadcastStatus, "broadcastId"> = {
  state: "waiting",
  trouble: "",
  liveName: "",
  masterName: "",
  ingest: { videoCodec: null, audioCodec: null, video: "none", reason: "" },
  renditions: [],
  audioTracks: [],
  durationSeconds: 0,
  sizeBytes: 0,
  aspectRatio: 0,
  thumbnailNumber: 0,
  hasPoster: false,
  hasStoryboard: false,
  targets: [],
};

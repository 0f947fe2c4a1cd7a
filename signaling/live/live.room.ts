import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import type { StreamId } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import type { baseConfig } from "#common/node/base.config.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import { toRecordId } from "#common/node/pocketbase-ask.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import type { Broadcasts } from "../playback/broadcasts.ts";
import type { LivePlayback } from "../playback/live-playback.ts";
import type { playbackConfig } from "../playback/playback.config.ts";
import type { SocketServer } from "../sockets/socket-server.ts";
import type { VideoService } from "../videos/videos.service.ts";
import { createEncoderOrders } from "./encoder-orders.ts";
import type { iceServersConfig } from "./ice-servers.config.ts";
import { createIceServers } from "./ice-servers.ts";
import type { liveConfig } from "./live.config.ts";
import { registerLiveMetrics } from "./live.metrics.ts";
import { createLiveService } from "./live.service.ts";
import { createLiveBroadcasts } from "./live-broadcasts.ts";
import { mountLiveDoors } from "./live-doors.ts";
import { createLiveKeeper } from "./live-keeper.ts";
import { createLiveReports } from "./live-reports.ts";
import { createLiveSight } from "./live-sight.ts";
import { type LiveSockets, openLiveSockets } from "./live-sockets.ts";
import { createOwnerGate, type OwnerGate } from "./owner-gate.ts";
import { createSfuRooms } from "./sfu-rooms.ts";
import type { StreamRecord } from "./stream-record.ts";
import type { StreamFeedSource } from "./streams.feed.ts";
import { createStreamDesk, openStreamRecords, toRtmpUrl } from "./streams.room.ts";
import type { StreamServices } from "./streams.router.ts";
import { mayEdit, maySee, type Viewer } from "./streams.rules.ts";
import type { StreamStore } from "./streams.store.ts";

/** What is written down about streams. Opened first: media delivery needs it, and their life needs media delivery. */
export type LiveRecords = ReturnType<typeof openLiveRecords>;

/** Opens the records of streams; see {@link openStreamRecords}. */
export function openLiveRecords(options: Parameters<typeof openStreamRecords>[0]) {
  const records = openStreamRecords(options);
  const broadcasts = createLiveBroadcasts(records.keeper);
  return {
    ...records,
    broadcasts,
    async close() {
      broadcasts.close();
      await records.close();
    },
  } satisfies Closable & { broadcasts: Broadcasts };
}

/** What the life of streams is made of. */
export interface LiveRoomOptions {
  readonly config: ConfigOf<
    typeof baseConfig &
      typeof liveConfig &
      typeof iceServersConfig &
      Pick<typeof playbackConfig, "iceServers">
  >;
  readonly publicUrl: string;
  readonly internalToken: string;
  readonly store: StreamStore;
  readonly records: LiveRecords;
  readonly feed: StreamFeedSource;
  readonly playback: LivePlayback;
  readonly videos: Pick<VideoService, "addRecording" | "discardMedia" | "findFor" | "findChannels">;
  /** `undefined`: there is no such account any more. */
  readonly roleOf: (accountId: UserId) => Promise<UserRole | undefined>;
  readonly mayStream: (role: UserRole) => boolean;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Streams, from their records to those who watch them. */
export interface LiveRoom extends Closable {
  readonly services: StreamServices;
  /** Puts its plain HTTP and its sockets on the front desk. */
  mount(
    app: FastifyInstance,
    options: {
      readonly authenticate: (request: FastifyRequest) => Promise<Viewer>;
      readonly sockets: Pick<SocketServer, "openPublic">;
      readonly limits: RateLimits;
    },
  ): Promise<void>;
}

/** Opens the room, and begins at once to look after whatever is on air. */
export function openLiveRoom(options: LiveRoomOptions): LiveRoom {
  const { config, records, feed, videos, registry, log } = options;
  const { keeper: streams, targets, whepTokens, broadcasts } = records;
  const closer = new Closer();
  let sockets: LiveSockets | undefined;
  const { internalToken, publicUrl } = options;
  const client = createInternalClient({ token: internalToken });
  const listIceServers = createIceServers(config);
  const wake = () => keeper.wake();

  const rooms = createSfuRooms({ localUrl: config.sfuUrl, client, onChange: wake, log });
  closer.add("sfu nodes", () => rooms.nodes.close());
  const orders = createEncoderOrders({ encoderUrl: config.encoderUrl, client, onChange: wake, log });
  closer.add("encoder orders", () => orders.close());
  const watcherCountOf = (id: StreamId) => sockets?.watcherCountOf(id) ?? 0;
  const sight = createLiveSight({ rooms, orders, watcherCountOf, isOnAir: (id) => keeper.isOnAir(id) });
  const gate = createOwnerGate(options);
  const keeper = createLiveKeeper({
    streams,
    rooms,
    orders,
    videos,
    mayStream: gate.mayStream,
    limits: config,
    targetsOf: targets.toOrders,
    onLook(ids) {
      for (const id of ids) sockets?.tellChange(id);
    },
    onMove: registerLiveMetrics(registry, { sight, nodes: rooms.nodes, listOnAir: streams.listOnAir }),
    log,
    makeBroadcastId: () => videoIdSchema.parse(toRecordId(randomBytes(32).toString("hex"))),
  });
  closer.add("keeper", () => keeper.close());
  closer.add(
    "changes of streams",
    streams.subscribe((event) => {
      wake();
      if (event.kind !== "changed") return;
      if (hasClosed(event.record, event.before)) dismissViewers(event.record.id);
      if (hasNewKey(event.record, event.before)) closeRooms(event.record.id);
    }),
  );
  closer.add("changes of accounts", followAccounts(feed, gate, wake));

  const live = createLiveService({
    streams,
    keeper,
    sight,
    broadcasts,
    playback: options.playback,
    whepTokens,
    toIceServers: listIceServers,
    findVideo: videos.findFor,
  });
  const desk = createStreamDesk({
    ...records,
    store: options.store,
    facts: live.facts,
    findChannels: videos.findChannels,
    mayStream: options.mayStream,
    maxStreamsPerAccount: config.maxStreamsPerAccount,
    publicUrl,
    rtmpUrl: toRtmpUrl(publicUrl, config.rtmpPort),
    toIceServers: listIceServers,
    log,
  });
  const reports = createLiveReports({ streams, sight, facts: live.facts });

  return {
    services: { streams: desk.streams, lists: desk.lists, live },
    async mount(app, { authenticate, sockets: server, limits }) {
      desk.mount(app, authenticate);
      await mountLiveDoors(app, {
        records,
        rooms,
        keeper,
        client,
        internalToken,
        listIceServers,
        limits,
        publicUrl,
        sfuRegion: config.nearSfuRegion,
      });
      const opened = openLiveSockets(server, {
        newsOf: reports.newsOf,
        reportOf: reports.reportOf,
        subscribe: streams.subscribe,
        mayFollow: (viewer, id) => may(viewer, id, maySee),
        mayHearReports: (viewer, id) => may(viewer, id, mayEdit),
        log,
      });
      sockets = opened;
      closer.add("sockets", () => opened.close());
    },
    close: () => closer.close(),
  };

  /** Those who may still watch ask for another session. */
  function dismissViewers(streamId: StreamId): void {
    rooms.dismissViewers(streamId).catch((error) => {
      log.error({ err: error, streamId }, "viewers of a stream that became private could not be sent away");
    });
  }

  function closeRooms(streamId: StreamId): void {
    rooms.closeRooms(streamId).catch((error) => {
      log.error({ err: error, streamId }, "who came with an old key could not be sent away");
    });
  }

  async function may(viewer: Viewer, id: StreamId, rule: typeof maySee): Promise<boolean> {
    const record = await streams.find(id);
    return record !== undefined && rule(viewer, record);
  }
}

/** Has it become private while somebody may be watching? */
/** Whoever came with the old key is sent away; the owner's page comes back by itself. */
function hasNewKey(record: StreamRecord, before: StreamRecord | undefined): boolean {
  return before !== undefined && before.keyHint !== record.keyHint;
}

function hasClosed(record: StreamRecord, before: StreamRecord | undefined): boolean {
  return isOnAir(record.state) && record.visibility === "private" && before?.visibility !== "private";
}

/** Who has become somebody else, or nobody, may not go on streaming; returns how to stop. */
function followAccounts(feed: StreamFeedSource, gate: OwnerGate, wake: () => void): () => void {
  const look = (id?: string) => {
    gate.forget(id);
    wake();
  };
  const stops = [feed.on("users", ({ record }) => look(String(record.id))), feed.onReset(() => look())];
  return () => {
    for (const stop of stops) stop();
  };
}

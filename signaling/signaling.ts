import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import { videoQuerySchema } from "#common/discovery/video-query.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import { ConfigError } from "#common/node/config.ts";
import type { Logger } from "#common/node/log.ts";
import { createPocketBaseService } from "#common/node/pocketbase.ts";
import { createPocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { createAccountsService } from "./accounts/accounts.service.ts";
import { createPocketBaseAccountStore } from "./accounts/accounts.store.ts";
import { mountOauth } from "./accounts/oauth.http.ts";
import { createOauthService } from "./accounts/oauth.service.ts";
import { createSessions } from "./accounts/sessions.ts";
import { createAppRouter } from "./app-router.ts";
import { createHttpApp, limitRequests, mountTrpc } from "./http/app.ts";
import { endSlowBodies } from "./http/body-timeout.ts";
import { mountPages } from "./http/pages.ts";
import { mountPocketBase } from "./http/pocketbase-proxy.ts";
import { createRequestSessions, sessionCookieName } from "./http/request-sessions.ts";
import { mountRest } from "./http/rest-door.ts";
import { createTrustedProxies } from "./http/trusted-proxies.ts";
import { createHttpCheck, createReadiness } from "./instance/health.ts";
import { mountInstance } from "./instance/instance.http.ts";
import { measureRequests, registerJobMetrics } from "./instance/instance.metrics.ts";
import { createInstanceService } from "./instance/instance.service.ts";
import { createPreparation } from "./instance/prepare-instance.ts";
import { openLiveRecords, openLiveRoom } from "./live/live.room.ts";
import { createPocketBaseStreamStore } from "./live/streams.store.pocketbase.ts";
import { createGrants } from "./playback/grants.ts";
import { toListPosterUrl } from "./playback/media-links.ts";
import { createPlaybackRoom } from "./playback/playback.room.ts";
import { createPocketBaseWatchProgressStore } from "./playback/watch-progress.store.ts";
import type { SignalingConfig } from "./signaling.config.ts";
import { openSocketServer } from "./sockets/socket-server.ts";
import { createPocketBaseJobOrders } from "./videos/job-orders.ts";
import { openVideosRoom } from "./videos/videos.room.ts";
import { mayUpload } from "./videos/videos.rules.ts";
import { createPocketBaseVideoStore } from "./videos/videos.store.pocketbase.ts";

/** A front desk that runs. */
export interface Signaling extends Closable {
  /** Where it listens, with the real port. */
  readonly url: string;
}

/** How long the start waits for the database before it goes on without it. */
const databasePatienceMs = 15_000;
const clientDir = join(import.meta.dirname, "..", "client", "dist");

/** Opens all rooms and the one port; what was opened is closed again when that fails half-way. */
export async function openSignaling(config: SignalingConfig, log: Logger): Promise<Signaling> {
  const closer = new Closer();
  try {
    const url = await open(config, log, closer);
    return { url, close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

async function open(config: SignalingConfig, log: Logger, closer: Closer): Promise<string> {
  const { pocketbaseUrl, dataDir } = config;
  const publicUrl = config.publicUrl || `http://localhost:${config.port}`;
  const secrets = readSecrets(dataDir);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const proxies = createTrustedProxies(config.trustedProxies);
  const storage = await openFileStorage(storageRoot(dataDir));
  const service = createPocketBaseService({
    url: pocketbaseUrl,
    email: secrets.pocketbaseEmail,
    password: secrets.pocketbasePassword,
  });
  const collections = ["users", "videos", "jobs", "revoked_tokens", "streams", "stream_targets"];
  const feed = createPocketBaseFeed({ url: pocketbaseUrl, service, collections, log });
  closer.add("feed", () => feed.close());

  const grants = createGrants({ key: secrets.grantKey, lifetimeSeconds: config.grantLifetimeSeconds });
  const making = await openVideosRoom({
    config,
    dataDir,
    publicUrl,
    store: createPocketBaseVideoStore(service),
    jobs: createPocketBaseJobOrders(service),
    storage,
    registry,
    log,
    feed,
    toPosterUrl: (record) => toListPosterUrl(grants, record),
  });
  closer.add("videos", () => making.close());
  const { videos, discovery } = making;
  const store = createPocketBaseAccountStore(pocketbaseUrl, service);
  const roleOf = async (accountId: UserId) => (await store.find(accountId))?.role;
  const mayStream = (role: UserRole) => mayUpload(role, config.viewersMayUpload);
  const streamStore = createPocketBaseStreamStore(service);
  const records = openLiveRecords({
    ...config,
    store: streamStore,
    feed,
    // not what sfu nodes on other machines know
    secret: secrets.grantKey,
    roleOf,
    mayStream,
    log,
  });
  closer.add("records of streams", () => records.close());
  const playback = createPlaybackRoom({
    config,
    videos,
    broadcasts: records.broadcasts,
    progress: createPocketBaseWatchProgressStore(service),
    storage,
    grants,
    swarmKey: secrets.swarmKey,
    registry,
    log,
    toAddress: proxies.toAddress,
  });

  const live = openLiveRoom({
    config,
    publicUrl,
    internalToken: secrets.internalToken,
    store: streamStore,
    records,
    feed,
    playback: playback.live,
    videos,
    roleOf,
    mayStream,
    registry,
    log,
  });
  closer.add("live", () => live.close());

  const sessions = createSessions({ url: pocketbaseUrl, service, feed });
  const { app, limits } = await createHttpApp({ ...config, log, proxies, fastLane: playback.delivery });
  closer.add("HTTP", () => app.close());
  closer.add("playback", () => playback.close());
  const sockets = openSocketServer({
    server: app.server,
    publicUrl,
    cookieName: sessionCookieName,
    verifyToken: sessions.verify,
    onAccountChange(listener) {
      feed.on("users", ({ record }) => listener(String(record.id)));
      feed.onReset(() => listener());
    },
    subscribe: videos.subscribe,
    progressOf: (record) => videos.progressOf(record),
    toAddress: proxies.toAddress,
    log,
  });
  closer.add("sockets", () => sockets.close());

  const accounts = createAccountsService({
    store,
    sessions,
    videos: {
      async removeAllOf(ownerId) {
        // first, for a broadcast that ends becomes a video
        await live.services.streams.removeAllOf(ownerId);
        await videos.removeAllOf(ownerId);
      },
      async countListed(channelId) {
        return (await discovery.list(videoQuerySchema.parse({ channelId }))).totalCount;
      },
    },
    limits: config.uploadLimits,
    registrationOpen: config.registrationOpen,
    defaultRole: config.defaultRole,
    onLoggedOut: sockets.disconnectToken,
    log,
  });
  const oauth = createOauthService({
    ...config,
    url: pocketbaseUrl,
    service,
    store,
    secret: secrets.internalToken,
    publicUrl,
    log,
  });
  const instance = createInstanceService({
    accounts: {
      makeAccount: accounts.makeAccount,
      logIn: accounts.logIn,
      countWithRole: store.countWithRole,
      findByEmail: store.findByEmail,
      listProviders: oauth.listProviders,
    },
    name: config.instanceName,
    registrationOpen: config.registrationOpen,
    peersEnabled: config.peersEnabled,
    firstAdminToken: secrets.firstAdminToken,
    isFeedLive: feed.isLive,
    log,
  });
  feed.on("users", instance.forget);
  feed.onReset(instance.forget);
  const prepare = createPreparation(
    { ...config, service, instance, publicUrl, name: config.instanceName },
    log,
  );
  feed.onReset(prepare);

  const requests = createRequestSessions({ sessions, limits, publicUrl });
  const authenticate = async (request: FastifyRequest) => (await requests.read(request)).account;
  const router = createAppRouter({
    accounts,
    instance,
    videos,
    discovery,
    playback: playback.service,
    streams: live.services,
  });
  measureRequests(app, registry);
  limitRequests(app, limits, requests);
  registerJobMetrics(registry, service);
  mountInstance(app, {
    readiness: createReadiness({
      pocketbase: createHttpCheck(`${pocketbaseUrl}/api/health`),
      sfu: createHttpCheck(`${config.sfuUrl}/readyz`),
      encoder: createHttpCheck(`${config.encoderUrl}/readyz`),
      storage: async () => {
        await storage.check();
        return true;
      },
    }),
    registry,
    metricsToken: config.metricsToken,
    otherMetrics: [`${config.encoderUrl}/metrics`, `${config.sfuUrl}/metrics`],
  });
  making.mount(app, authenticate);
  await live.mount(app, { authenticate, sockets, limits });
  making.onUpload(({ videoId, ownerId, sizeBytes, offsetBytes }) =>
    sockets.tellUpload({ videoId, ownerId, progress: sizeBytes ? offsetBytes / sizeBytes : 0 }),
  );
  mountOauth(app, {
    oauth,
    requests,
    limits,
    isSecure: publicUrl.startsWith("https:"),
    onError: (error) => log.error({ err: error }, "a log-in by another site failed"),
  });
  await mountTrpc(app, { router, requests, log });
  mountRest(app, { router, requests, publicUrl, name: config.instanceName });
  await mountPocketBase(app, { url: pocketbaseUrl, sessions, limits, isAdminOpen: config.pocketbaseAdmin });
  await mountPages(app, { clientDir, publicUrl });
  endSlowBodies(app.server);
  app.server.on("upgrade", (request, socket, head) => {
    if (playback.tracker.takes(request)) playback.tracker.handleUpgrade(request, socket, head);
    else if (!sockets.takes(request)) socket.destroy();
  });

  if (await feed.untilLive(databasePatienceMs)) await prepare();
  else log.warn("the database does not answer yet");
  return listen(app, config);
}

async function listen(app: FastifyInstance, { host, port }: SignalingConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new ConfigError(`Something listens on port ${port} already. Set SHOAL_PORT to another one.`);
    }
    throw error;
  }
  const address = app.server.address();
  const realPort = address && typeof address !== "string" ? address.port : port;
  return `http://localhost:${realPort}`;
}

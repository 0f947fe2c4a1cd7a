import type { FastifyInstance, FastifyRequest } from "fastify";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { HostLookup } from "#common/node/restream-address.ts";
import { mountCalendar } from "./calendar.http.ts";
import { createPublishTickets, type PublishTickets } from "./publish-tickets.ts";
import { createSealedKeys } from "./sealed-keys.ts";
import { createStreamKeeper, type StreamKeeper, toAbsentStream } from "./stream-keeper.ts";
import { createStreamKeys, type StreamKeys } from "./stream-keys.ts";
import { createStreamLists, type StreamLists } from "./stream-lists.ts";
import { createStreamTargets, type StreamTargets } from "./stream-targets.ts";
import { followStreams, type StreamFeedSource } from "./streams.feed.ts";
import { mountStreamLists } from "./streams.http.ts";
import type { Viewer } from "./streams.rules.ts";
import { createStreamService, type StreamService, type StreamServiceOptions } from "./streams.service.ts";
import type { StreamStore } from "./streams.store.ts";
import { createWhepTokens, type WhepTokens } from "./whep-tokens.ts";

/** What records of streams are opened with. */
export interface StreamRecordsOptions {
  readonly store: StreamStore;
  /** Tells of changes of `streams` and `stream_targets` at least. */
  readonly feed: StreamFeedSource;
  /** 64 hex digits; every key that is needed is derived from it. */
  readonly secret: string;
  readonly grantLifetimeSeconds: number;
  /** May streams be sent on to hosts of this server's own network? */
  readonly restreamPrivateHosts: boolean;
  /** `undefined`: there is no such account any more. */
  readonly roleOf: (accountId: UserId) => Promise<UserRole | undefined>;
  readonly mayStream: (role: UserRole) => boolean;
  readonly log: Logger;
  readonly lookup?: HostLookup;
  readonly now?: () => Date;
}

/** What is written down about streams, and who may come in: the life of streams is built on it. */
export interface StreamRecords extends Closable {
  readonly keeper: StreamKeeper;
  readonly targets: StreamTargets;
  readonly keys: StreamKeys;
  readonly tickets: PublishTickets;
  readonly whepTokens: WhepTokens;
  /** Throws unless who brings this viewer token (`null`: nothing) may watch: `stream.not_found`, or a `grant.…`. */
  admitViewer(streamId: StreamId, token: string | null): Promise<void>;
}

/** Opens the records; `close` stops listening to the feed. */
export function openStreamRecords(options: StreamRecordsOptions): StreamRecords {
  const { store, feed, secret, log } = options;
  const now = options.now ?? (() => new Date());
  const isFeedUp = () => feed.isLive();
  const toMs = () => now().getTime();
  const onError = (error: unknown) => log.error({ err: error }, "a listener of streams failed");
  const keeper = createStreamKeeper({ store, isFeedUp, onError, now });
  const targets = createStreamTargets({
    store,
    sealedKeys: createSealedKeys(secret),
    allowInner: options.restreamPrivateHosts,
    isFeedUp,
    onChange: keeper.tellTargets,
    log,
    ...(options.lookup && { lookup: options.lookup }),
  });
  const tickets = createPublishTickets({ secret, now: toMs });
  const lifetimeSeconds = options.grantLifetimeSeconds;
  const whepTokens = createWhepTokens({ secret, lifetimeSeconds, now: toMs });
  const stop = followStreams(
    feed,
    {
      adopt: keeper.adopt,
      forget(streamId, ownerId) {
        targets.forget(streamId);
        keeper.forget(streamId, ownerId);
      },
      forgetTargets(streamId) {
        targets.forget(streamId);
        keeper.tellTargets(streamId);
      },
      reset() {
        targets.forgetAll();
        keeper.reset();
      },
    },
    log,
  );
  return {
    keeper,
    targets,
    tickets,
    keys: createStreamKeys({ store, tickets, roleOf: options.roleOf, mayStream: options.mayStream }),
    whepTokens,
    async admitViewer(streamId, token) {
      const stream = await keeper.find(streamId);
      if (!stream) throw toAbsentStream();
      await whepTokens.assertMayWatch(stream, token);
    },
    close: async () => stop(),
  };
}

/** The procedures of streams, and their plain HTTP. */
export interface StreamDesk {
  readonly streams: StreamService;
  readonly lists: StreamLists;
  /** Puts `GET /api/streams` and the calendar entries on the app. */
  mount(app: FastifyInstance, authenticate: (request: FastifyRequest) => Promise<Viewer>): void;
}

/** Builds what people ask of streams, on the records and on what their life knows. */
export function createStreamDesk(options: StreamServiceOptions): StreamDesk {
  const { keeper, facts, publicUrl } = options;
  const streams = createStreamService(options);
  const { viewerCountOf } = facts;
  const lists = createStreamLists({ keeper, viewerCountOf, toSummaries: streams.toSummaries });
  return {
    streams,
    lists,
    mount(app, authenticate) {
      mountStreamLists(app, lists);
      mountCalendar(app, { streams, authenticate, publicUrl });
    },
  };
}

/** Address for RTMP without a key, on the host that people know; `null` where the port is 0: RTMP is off. */
export function toRtmpUrl(publicUrl: string, rtmpPort: number): string | null {
  if (rtmpPort === 0) return null;
  const port = rtmpPort === 1935 ? "" : `:${rtmpPort}`;
  return `rtmp://${new URL(publicUrl).hostname}${port}/live`;
}

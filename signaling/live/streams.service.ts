import { randomBytes } from "node:crypto";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { CreateRestreamTargetInput, RestreamTarget } from "#common/live/restream.ts";
import {
  type CreatedStream,
  type CreateStreamInput,
  defaultDvrWindowSeconds,
  defaultReconnectWindowSeconds,
  type OwnStream,
  type PublishTicket,
  type Stream,
  type StreamId,
  type StreamSummary,
  streamIdSchema,
  type UpdateStreamInput,
} from "#common/live/stream.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import { toRecordId } from "#common/node/pocketbase-ask.ts";
import { hashStreamKey, makeStreamKey, toStreamKeyHint } from "#common/node/stream-key.ts";
import type { Channel } from "../videos/video-record.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { PublishTickets } from "./publish-tickets.ts";
import { type StreamKeeper, toAbsentStream } from "./stream-keeper.ts";
import type { StreamChanges, StreamRecord } from "./stream-record.ts";
import type { StreamTargets } from "./stream-targets.ts";
import { toOwnStream, toStream, toStreamSummary, toTarget } from "./stream-views.ts";
import { assertSchedulable, mayEdit, maySee, type Viewer } from "./streams.rules.ts";
import type { StreamStore } from "./streams.store.ts";

/** What the record side of live streams is made of. */
export interface StreamServiceOptions {
  readonly store: Pick<StreamStore, "create" | "countByOwner" | "listByOwner">;
  readonly keeper: StreamKeeper;
  readonly targets: StreamTargets;
  readonly tickets: PublishTickets;
  /** Whatever the life of streams knows. */
  readonly facts: LiveFacts;
  /** The channels of these accounts; those that do not exist are left out. */
  readonly findChannels: (ids: Iterable<UserId>) => Promise<ReadonlyMap<UserId, Channel>>;
  readonly mayStream: (role: UserRole) => boolean;
  readonly maxStreamsPerAccount: number;
  readonly publicUrl: string;
  /** Absolute address for RTMP without a key; `null`: RTMP is off. */
  readonly rtmpUrl: string | null;
  /** STUN and TURN servers for somebody who publishes. */
  readonly toIceServers: (accountId: UserId) => PublishTicket["iceServers"];
  readonly log: Logger;
  readonly now?: () => Date;
}

/** Who asks, when it is an account. */
export interface StreamAccount {
  readonly id: UserId;
  readonly role: UserRole;
}

/** Streams on one page of the studio. */
export const ownStreamsPerPage = 24;
const streamsPerRemoval = 50;
/** How long somebody who removes a stream on air waits for its recording to be closed. */
const endPatienceMs = 15_000;

/** What is written down about streams, and who may do what to it. Built by {@link createStreamService}. */
export type StreamService = ReturnType<typeof createStreamService>;

/** Builds the service. */
export function createStreamService(options: StreamServiceOptions) {
  const { store, keeper, targets, facts, log, now = () => new Date() } = options;
  const locks = createKeyedLock();

  async function toParts(record: StreamRecord, viewer: Viewer) {
    const channel = (await options.findChannels([record.ownerId])).get(record.ownerId);
    // an account goes and its streams go with it: this one is about to
    if (!channel) throw toAbsentStream();
    return {
      channel,
      viewerCount: facts.viewerCountOf(record.id),
      thumbnailUrl: await facts.thumbnailOf(record, viewer),
    };
  }

  async function toView(record: StreamRecord, viewer: Viewer): Promise<Stream> {
    return toStream(record, {
      ...(await toParts(record, viewer)),
      lastVideoId: await facts.lastVideoOf(record, viewer),
      reconnectUntil: facts.reconnectUntilOf(record),
    });
  }

  async function toOwn(record: StreamRecord, viewer: Viewer): Promise<OwnStream> {
    const states = facts.targetStatesOf(record.id);
    return toOwnStream(record, await toView(record, viewer), {
      whipUrl: whipUrlOf(record.id),
      rtmpUrl: options.rtmpUrl,
      ingest: facts.ingestOf(record.id),
      targets: (await targets.list(record.id)).map((target) => toTarget(target, states)),
    });
  }

  const whipUrlOf = (id: StreamId) => `${options.publicUrl}/whip/${id}`;

  function assertMayStream({ role }: StreamAccount): void {
    if (!options.mayStream(role)) throw new ShoalError("auth.forbidden", "This account may not stream.");
  }

  async function create(account: StreamAccount, input: CreateStreamInput): Promise<CreatedStream> {
    if ((await store.countByOwner(account.id)) >= options.maxStreamsPerAccount) {
      throw new ShoalError(
        "stream.too_many",
        `An account may have ${options.maxStreamsPerAccount} streams at most. Remove one first.`,
      );
    }
    const id = streamIdSchema.parse(toRecordId(randomBytes(32).toString("hex")));
    const streamKey = makeStreamKey(id);
    const record = await store.create({
      id,
      ownerId: account.id,
      title: input.title,
      visibility: input.visibility,
      description: input.description ?? "",
      category: input.category ?? "other",
      language: input.language ?? "",
      mode: input.mode ?? "realtime",
      scheduledAt: toSchedule(input.scheduledAt) ?? null,
      isRecorded: input.isRecorded ?? true,
      dvrWindowSeconds: input.dvrWindowSeconds ?? defaultDvrWindowSeconds,
      reconnectWindowSeconds: input.reconnectWindowSeconds ?? defaultReconnectWindowSeconds,
      peersAllowed: input.peersAllowed ?? true,
      keyHash: hashStreamKey(streamKey),
      keyHint: toStreamKeyHint(streamKey),
    });
    keeper.adopt(record);
    return { id, streamKey, whipUrl: whipUrlOf(id), rtmpUrl: options.rtmpUrl };
  }

  /** Ends what is on air, and waits a little until its recording is closed, which needs the record. */
  async function endFor(record: StreamRecord): Promise<void> {
    try {
      await facts.endBroadcast(record.id);
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== "stream.not_live") throw error;
    }
    if (!(await keeper.untilIdle(record.id, endPatienceMs))) {
      log.warn({ streamId: record.id }, "a stream is removed before its recording is closed");
    }
  }

  async function remove(record: StreamRecord): Promise<void> {
    await endFor(record);
    await keeper.remove(record);
    targets.forget(record.id);
    log.info({ streamId: record.id }, "stream removed");
  }

  return {
    async create(account: StreamAccount, input: CreateStreamInput): Promise<CreatedStream> {
      assertMayStream(account);
      assertSchedulable(input.scheduledAt, now());
      // one at a time: together they would be more than an account may have
      return locks.run(account.id, () => create(account, input));
    },

    async get(viewer: Viewer, id: StreamId): Promise<Stream> {
      return toView(await keeper.findFor(viewer, id, maySee), viewer);
    },

    async getOwn(viewer: Viewer, id: StreamId): Promise<OwnStream> {
      return toOwn(await keeper.findFor(viewer, id, mayEdit), viewer);
    },

    async mine(account: StreamAccount, page: number) {
      const found = await store.listByOwner(account.id, { page, perPage: ownStreamsPerPage });
      return {
        items: await Promise.all(found.records.map((record) => toOwn(record, account))),
        page,
        pageCount: Math.ceil(found.totalCount / ownStreamsPerPage),
        totalCount: found.totalCount,
      };
    },

    async update(viewer: Viewer, id: StreamId, input: UpdateStreamInput): Promise<OwnStream> {
      const record = await keeper.findFor(viewer, id, mayEdit);
      const changes = toChanges(input);
      if (changes.scheduledAt !== record.scheduledAt) assertSchedulable(changes.scheduledAt, now());
      return toOwn(await keeper.write(id, changes), viewer);
    },

    async remove(viewer: Viewer, id: StreamId): Promise<void> {
      await remove(await keeper.findFor(viewer, id, mayEdit));
    },

    /** Ends and removes all streams of an account that is about to go. */
    async removeAllOf(ownerId: UserId): Promise<void> {
      for (;;) {
        const { records } = await store.listByOwner(ownerId, { page: 1, perPage: streamsPerRemoval });
        if (records.length === 0) return;
        await Promise.all(records.map(remove));
      }
    },

    async rollKey(viewer: Viewer, id: StreamId): Promise<{ streamKey: string }> {
      await keeper.findOwned(viewer, id);
      const streamKey = makeStreamKey(id);
      await keeper.write(id, { keyHash: hashStreamKey(streamKey), keyHint: toStreamKeyHint(streamKey) });
      log.info({ streamId: id }, "stream key rolled");
      return { streamKey };
    },

    /** What the owner's page goes live with. */
    async publish(account: StreamAccount, id: StreamId): Promise<PublishTicket> {
      await keeper.findOwned(account, id);
      assertMayStream(account);
      const ticket = await options.tickets.issue({ streamId: id, accountId: account.id });
      return { whipUrl: `/whip/${id}`, ...ticket, iceServers: options.toIceServers(account.id) };
    },

    async end(viewer: Viewer, id: StreamId): Promise<void> {
      await keeper.findFor(viewer, id, mayEdit);
      await facts.endBroadcast(id);
    },

    async addTarget(viewer: Viewer, id: StreamId, input: CreateRestreamTargetInput): Promise<RestreamTarget> {
      await keeper.findOwned(viewer, id);
      return toTarget(await targets.add(id, input), facts.targetStatesOf(id));
    },

    async setTarget(
      viewer: Viewer,
      id: StreamId,
      targetId: string,
      changes: { isEnabled: boolean },
    ): Promise<RestreamTarget> {
      await keeper.findOwned(viewer, id);
      return toTarget(await targets.set(id, targetId, changes), facts.targetStatesOf(id));
    },

    async removeTarget(viewer: Viewer, id: StreamId, targetId: string): Promise<void> {
      await keeper.findOwned(viewer, id);
      await targets.remove(id, targetId);
    },

    /** The record of a stream that exists for the viewer; else `stream.not_found`. */
    findFor: (viewer: Viewer, id: StreamId) => keeper.findFor(viewer, id, maySee),

    /** Streams as they stand in a list, for nobody in particular. */
    async toSummaries(records: readonly StreamRecord[]): Promise<StreamSummary[]> {
      const channels = await options.findChannels(records.map(({ ownerId }) => ownerId));
      const summaries = records.map(async (record) => {
        const channel = channels.get(record.ownerId);
        if (!channel) return [];
        const thumbnailUrl = await facts.thumbnailOf(record, null);
        const viewerCount = facts.viewerCountOf(record.id);
        return [toStreamSummary(record, { channel, viewerCount, thumbnailUrl })];
      });
      return (await Promise.all(summaries)).flat();
    },
  };
}

/** One spelling of a time, by which times can be compared. */
function toSchedule(scheduledAt: string | null | undefined): string | null | undefined {
  return scheduledAt ? new Date(scheduledAt).toISOString() : scheduledAt;
}

function toChanges(input: UpdateStreamInput): StreamChanges {
  const changes = { ...input, scheduledAt: toSchedule(input.scheduledAt) };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

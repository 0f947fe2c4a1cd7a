import { randomInt } from "node:crypto";
import { recordIdSchema } from "#common/accounts/user.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import type { StreamRecord, TargetRecord } from "./stream-record.ts";
import { isAnnounced } from "./streams.rules.ts";
import type { StreamStore } from "./streams.store.ts";

/** What tests may do besides. */
export interface MemoryStreamStore extends StreamStore {
  /** Writes a whole record, as another front desk would. */
  put(record: StreamRecord): void;
}

/** Keeps streams in this process; nothing outlives it. */
export function createMemoryStreamStore(now: () => Date = () => new Date()): MemoryStreamStore {
  const records = new Map<StreamId, StreamRecord>();
  const keyHashes = new Map<StreamId, string>();
  const targets = new Map<string, TargetRecord>();

  const all = (keep: (record: StreamRecord) => boolean) => [...records.values()].filter(keep);
  const findTarget = (streamId: StreamId, targetId: string) => {
    const target = targets.get(targetId);
    return target?.streamId === streamId ? target : undefined;
  };

  return {
    find: async (id) => records.get(id),
    findByBroadcast: async (broadcastId) => all((record) => record.broadcastId === broadcastId)[0],
    findKeyHash: async (id) => keyHashes.get(id),
    listOnAir: async () => all(({ state }) => state !== "idle").sort(by(({ id }) => id)),
    listAnnounced: async (after, limit) =>
      all((record) => isAnnounced(record, after))
        .sort(by(({ scheduledAt }) => scheduledAt ?? ""))
        .slice(0, limit),
    async listByOwner(ownerId, { page, perPage }) {
      const own = all((record) => record.ownerId === ownerId).reverse();
      return { records: own.slice((page - 1) * perPage, page * perPage), totalCount: own.length };
    },
    countByOwner: async (ownerId) => all((record) => record.ownerId === ownerId).length,
    async create({ keyHash, ...stream }) {
      if (records.has(stream.id)) throw new Error(`there is a stream ${stream.id} already`);
      const at = now().toISOString();
      const record: StreamRecord = { ...offAir, ...stream, createdAt: at, updatedAt: at };
      records.set(record.id, record);
      keyHashes.set(record.id, keyHash);
      return record;
    },
    async update(id, { keyHash, ...changes }, expectedState) {
      const record = records.get(id);
      if (!record || (expectedState !== undefined && record.state !== expectedState)) return undefined;
      const changed = { ...record, ...changes, updatedAt: now().toISOString() };
      records.set(id, changed);
      if (keyHash !== undefined) keyHashes.set(id, keyHash);
      return changed;
    },
    async remove(id) {
      records.delete(id);
      keyHashes.delete(id);
      for (const target of targets.values()) if (target.streamId === id) targets.delete(target.id);
    },
    listTargets: async (streamId) => [...targets.values()].filter((target) => target.streamId === streamId),
    async createTarget(target) {
      const at = now().toISOString();
      const made = { ...target, id: recordIdSchema.parse(makeId()), createdAt: at, updatedAt: at };
      targets.set(made.id, made);
      return made;
    },
    async updateTarget(streamId, targetId, changes) {
      const target = findTarget(streamId, targetId);
      if (!target) return undefined;
      const changed = { ...target, ...changes, updatedAt: now().toISOString() };
      targets.set(targetId, changed);
      return changed;
    },
    removeTarget: async (streamId, targetId) =>
      findTarget(streamId, targetId) !== undefined && targets.delete(targetId),
    put(record) {
      records.set(record.id, record);
    },
  };
}

const offAir = {
  state: "idle",
  broadcastId: null,
  revision: "",
  startedAt: null,
  silentSince: null,
  heldUntil: null,
  lastVideoId: null,
} satisfies Partial<StreamRecord>;

const idLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

function makeId(): string {
  return Array.from({ length: 15 }, () => idLetters[randomInt(36)]).join("");
}

/** An id for a stream that is about to be made. */
export function makeStreamId(): StreamId {
  return streamIdSchema.parse(makeId());
}

function by(key: (record: StreamRecord) => string) {
  return (a: StreamRecord, b: StreamRecord) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

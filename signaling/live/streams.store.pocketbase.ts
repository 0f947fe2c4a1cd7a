import type PocketBase from "pocketbase";
import { z } from "zod";
import type { StreamId } from "#common/live/stream.ts";
import { askPocketBase, findInPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import {
  type NewStream,
  type StreamChanges,
  type StreamRecord,
  streamRowSchema,
  type TargetRecord,
  targetRowSchema,
} from "./stream-record.ts";
import type { StreamStore } from "./streams.store.ts";

const rowsPerCall = 500;
/** Bound of the loop that reads all streams on air. */
const maxCalls = 100;

const streams = (client: PocketBase) => client.collection("streams");
const targets = (client: PocketBase) => client.collection("stream_targets");
const toRecord = (row: unknown): StreamRecord => streamRowSchema.parse(row);
const toTarget = (row: unknown): TargetRecord => targetRowSchema.parse(row);
const keyRowSchema = z.object({ keyHash: z.string() });
const movedSchema = z.object({ stream: streamRowSchema.nullable() });

/** Keeps streams in PocketBase. */
export function createPocketBaseStreamStore(service: PocketBaseService): StreamStore {
  const ask = <Result>(call: (client: PocketBase) => Promise<Result>) => askPocketBase(service, call);

  async function list(toFilter: (client: PocketBase) => string, sort: string, limit: number) {
    const found = await ask((client) =>
      streams(client).getList(1, limit, { filter: toFilter(client), sort, skipTotal: true }),
    );
    return found.items.map(toRecord);
  }

  async function findTarget(streamId: StreamId, targetId: string) {
    const row = await findInPocketBase(service, (client) => targets(client).getOne(targetId));
    const target = row && toTarget(row);
    return target?.streamId === streamId ? target : undefined;
  }

  return {
    async find(id) {
      const row = await findInPocketBase(service, (client) => streams(client).getOne(id));
      return row && toRecord(row);
    },
    async findByBroadcast(broadcastId) {
      const toFilter = (client: PocketBase) => client.filter("broadcastId = {:broadcastId}", { broadcastId });
      return (await list(toFilter, "id", 1))[0];
    },
    async findKeyHash(id) {
      const row = await findInPocketBase(service, (client) =>
        streams(client).getOne(id, { fields: "keyHash" }),
      );
      return row && keyRowSchema.parse(row).keyHash;
    },
    async listOnAir() {
      const records: StreamRecord[] = [];
      for (let calls = 0; calls < maxCalls; calls++) {
        const after = records.at(-1)?.id ?? "";
        const some = await list(
          (client) => client.filter("state != 'idle' && id > {:after}", { after }),
          "id",
          rowsPerCall,
        );
        records.push(...some);
        if (some.length < rowsPerCall) return records;
      }
      throw new Error(`more than ${maxCalls * rowsPerCall} streams are on air`);
    },
    listAnnounced: (after, limit) =>
      list(
        (client) =>
          client.filter("visibility = 'public' && state = 'idle' && scheduledAt > {:after}", {
            after: new Date(after),
          }),
        "scheduledAt,id",
        limit,
      ),
    async listByOwner(ownerId, { page, perPage }) {
      const found = await ask((client) =>
        streams(client).getList(page, perPage, {
          filter: client.filter("owner = {:ownerId}", { ownerId }),
          sort: "-created,-id",
        }),
      );
      return { records: found.items.map(toRecord), totalCount: found.totalItems };
    },
    async countByOwner(ownerId) {
      const found = await ask((client) =>
        streams(client).getList(1, 1, {
          filter: client.filter("owner = {:ownerId}", { ownerId }),
          fields: "id",
        }),
      );
      return found.totalItems;
    },
    async create(stream) {
      const row = await ask((client) => streams(client).create({ ...toRow(stream), state: "idle" }));
      return toRecord(row);
    },
    async update(id, changes, expectedState) {
      if (expectedState === undefined) {
        const row = await findInPocketBase(service, (client) => streams(client).update(id, toRow(changes)));
        return row && toRecord(row);
      }
      const answer = await ask((client) =>
        client.send(`/api/shoal/streams/${id}/move`, {
          method: "POST",
          body: { expectedState, changes: toRow(changes) },
        }),
      );
      return movedSchema.parse(answer).stream ?? undefined;
    },
    async remove(id) {
      await findInPocketBase(service, (client) => streams(client).delete(id));
    },
    async listTargets(streamId) {
      const found = await ask((client) =>
        targets(client).getList(1, rowsPerCall, {
          filter: client.filter("stream = {:streamId}", { streamId }),
          sort: "created,id",
          skipTotal: true,
        }),
      );
      return found.items.map(toTarget);
    },
    async createTarget({ streamId, ...target }) {
      return toTarget(await ask((client) => targets(client).create({ ...target, stream: streamId })));
    },
    async updateTarget(streamId, targetId, changes) {
      if (!(await findTarget(streamId, targetId))) return undefined;
      const row = await findInPocketBase(service, (client) => targets(client).update(targetId, changes));
      return row && toTarget(row);
    },
    async removeTarget(streamId, targetId) {
      if (!(await findTarget(streamId, targetId))) return false;
      return (await findInPocketBase(service, (client) => targets(client).delete(targetId))) !== undefined;
    },
  };
}

/** PocketBase's names, and its empty text for what is not there. */
function toRow(changes: StreamChanges | NewStream): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) row[columnNames.get(name) ?? name] = value ?? "";
  }
  return row;
}

const columnNames = new Map([
  ["ownerId", "owner"],
  ["lastVideoId", "lastVideo"],
]);

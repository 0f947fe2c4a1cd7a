import type PocketBase from "pocketbase";
import { z } from "zod";
import type { UserId } from "#common/accounts/user.ts";
import {
  askPocketBase,
  findInPocketBase,
  isTaken,
  type PocketBaseService,
} from "#common/node/pocketbase-ask.ts";
import type { VideoId } from "#common/videos/video.ts";
import { channelRowSchema, type VideoPatch, type VideoRecord, videoRowSchema } from "./video-record.ts";
import { type PlainQuery, toWords, type VideoStore } from "./videos.store.ts";

const listedFilter = "visibility = 'public' && (state = 'playable' || state = 'ready')";
/** More ids than this do not fit into one address. */
const idsPerCall = 50;
const rowsPerCall = 500;
/** Bound of the loops that read a whole account or collection. */
const maxCalls = 2000;

const videos = (client: PocketBase) => client.collection("videos");
const toRecord = (row: unknown): VideoRecord => videoRowSchema.parse(row);

/** Keeps videos in PocketBase. */
export function createPocketBaseVideoStore(service: PocketBaseService): VideoStore {
  const ask = <Result>(call: (client: PocketBase) => Promise<Result>) => askPocketBase(service, call);

  async function list(filter: string, sort: string, page: { page: number; perPage: number }) {
    const found = await ask((client) => videos(client).getList(page.page, page.perPage, { filter, sort }));
    return { records: found.items.map(toRecord), totalCount: found.totalItems };
  }

  /** Rows without their number, which would cost a second pass over the table. */
  async function listUncounted(filter: string, sort: string, limit: number) {
    const found = await ask((client) => videos(client).getList(1, limit, { filter, sort, skipTotal: true }));
    return found.items.map(toRecord);
  }

  return {
    async create({ ownerId, ...video }) {
      const row = await ask((client) =>
        videos(client).create({ ...video, owner: ownerId, state: "draft", peersAllowed: true }),
      );
      return toRecord(row);
    },
    async createRecording({ ownerId, publishedAt, ...recording }) {
      try {
        const body = { ...recording, owner: ownerId, publishedAt: publishedAt ?? "" };
        return toRecord(await ask((client) => videos(client).create(body)));
      } catch (error) {
        if (!isTaken(error, "id")) throw error;
        return toRecord(await ask((client) => videos(client).getOne(recording.id)));
      }
    },
    async find(id) {
      const row = await findInPocketBase(service, (client) => videos(client).getOne(id));
      return row && toRecord(row);
    },
    async update(id, patch) {
      const row = await findInPocketBase(service, (client) => videos(client).update(id, toRow(patch)));
      return row && toRecord(row);
    },
    async remove(id) {
      await findInPocketBase(service, (client) => videos(client).delete(id));
    },
    async listOfOwner(ownerId, page) {
      const client = await service.client();
      return list(client.filter("owner = {:ownerId}", { ownerId }), "-created,-id", page);
    },
    async listListed(after, limit) {
      const client = await service.client();
      const filter = after ? `${listedFilter} && ${client.filter("id > {:after}", { after })}` : listedFilter;
      return listUncounted(filter, "id", limit);
    },
    async searchListed(query, page) {
      const client = await service.client();
      return list(toListedFilter(client, query), "-publishedAt,-id", page);
    },
    listUnpublished: (limit) => listUncounted(`${listedFilter} && publishedAt = ''`, "created", limit),
    async listInState(state, limit) {
      const client = await service.client();
      return listUncounted(client.filter("state = {:state}", { state }), "created", limit);
    },
    async existing(ids) {
      const there = new Set<string>();
      for (let at = 0; at < ids.length; at += idsPerCall) {
        const some = ids.slice(at, at + idsPerCall);
        const found = await ask((client) =>
          videos(client).getList(1, idsPerCall, {
            filter: toIdFilter(client, some),
            fields: "id",
            skipTotal: true,
          }),
        );
        for (const row of found.items) there.add(row.id);
      }
      return there;
    },
    async sumOriginalBytes(ownerId) {
      const rowSchema = z.object({ id: z.string(), sizeBytes: z.number() });
      let sumBytes = 0;
      let after = "";
      for (let calls = 0; calls < maxCalls; calls++) {
        const found = await ask((client) =>
          videos(client).getList(1, rowsPerCall, {
            filter: client.filter("owner = {:ownerId} && id > {:after}", { ownerId, after }),
            sort: "id",
            fields: "id,sizeBytes",
            skipTotal: true,
          }),
        );
        const rows = found.items.map((row) => rowSchema.parse(row));
        for (const row of rows) sumBytes += row.sizeBytes;
        after = rows.at(-1)?.id ?? "";
        if (rows.length < rowsPerCall) return sumBytes;
      }
      throw new Error(`account ${ownerId} has more than ${maxCalls * rowsPerCall} videos`);
    },
    async setStoredBytes(ownerId, storedBytes) {
      await findInPocketBase(service, (client) =>
        client.collection("users").update(ownerId, { storedBytes }),
      );
    },
    async addViews(id, count) {
      await findInPocketBase(service, (client) => videos(client).update(id, { "viewCount+": count }));
    },
    async findChannels(ids) {
      const channels = [];
      for (let at = 0; at < ids.length; at += idsPerCall) {
        const some = ids.slice(at, at + idsPerCall);
        const found = await ask((client) =>
          client.collection("users").getList(1, idsPerCall, {
            filter: toIdFilter(client, some),
            fields: "id,handle,displayName",
            skipTotal: true,
          }),
        );
        channels.push(...found.items.map((row) => channelRowSchema.parse(row)));
      }
      return channels;
    },
  };
}

function toIdFilter(client: PocketBase, ids: readonly (UserId | VideoId | string)[]): string {
  return ids.map((id) => client.filter("id = {:id}", { id })).join(" || ");
}

function toListedFilter(client: PocketBase, query: PlainQuery): string {
  const parts = [listedFilter];
  if (query.category) parts.push(client.filter("category = {:category}", { category: query.category }));
  if (query.channelId) parts.push(client.filter("owner = {:owner}", { owner: query.channelId }));
  if (query.publishedAfter) {
    parts.push(client.filter("publishedAt > {:after}", { after: new Date(query.publishedAfter) }));
  }
  if (query.minSeconds) parts.push(client.filter("durationSeconds >= {:min}", { min: query.minSeconds }));
  if (query.maxSeconds) parts.push(client.filter("durationSeconds < {:max}", { max: query.maxSeconds }));
  for (const word of toWords(query.query)) {
    parts.push(client.filter("(title ~ {:word} || description ~ {:word} || tags ~ {:word})", { word }));
  }
  return parts.join(" && ");
}

function toRow(patch: VideoPatch): Record<string, unknown> {
  return patch.publishedAt === null ? { ...patch, publishedAt: "" } : { ...patch };
}

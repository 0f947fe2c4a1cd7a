import { pino } from "pino";
import type { UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { createStreamInputSchema, type StreamId } from "#common/live/stream.ts";
import { makeUserId } from "../../videos/videos.store.memory.ts";
import type { LiveFacts } from "../live-facts.ts";
import type { StreamChanges } from "../stream-record.ts";
import { createStreamDesk, openStreamRecords, toRtmpUrl } from "../streams.room.ts";
import { createMemoryStreamStore } from "../streams.store.memory.ts";
import { createQuietLife } from "./quiet-life.ts";

/** Restream targets with this host lead into the server's own network. */
export const innerHost = "inner.example.org";
/** Streams that an account of a memory desk may have. */
export const maxStreamsPerAccount = 3;

/** An account of a test. */
export function makeAccount(role: UserRole) {
  return { id: makeUserId(), role };
}

/** Streams over a store in memory, with one owner; time begins with 2036, and goes on by itself. */
export function openMemoryDesk() {
  const clock = { nowMs: Date.parse("2036-01-01T00:00:00.000Z") };
  const now = () => new Date(clock.nowMs++);
  const owner = makeAccount("creator");
  const roles = new Map<string, UserRole>([[owner.id, owner.role]]);
  const store = createMemoryStreamStore(now);
  const mayStream = (role: UserRole) => role !== "viewer";
  const log = pino({ level: "silent" });
  const records = openStreamRecords({
    store,
    feed: { isLive: () => true, on: () => () => {}, onReset: () => () => {} },
    secret: "a1".repeat(32),
    grantLifetimeSeconds: 3600,
    restreamPrivateHosts: false,
    roleOf: async (id) => roles.get(id),
    mayStream,
    log,
    lookup: async (host) => (host === innerHost ? ["10.0.0.1"] : ["203.0.113.7"]),
    now,
  });
  /** What a test says of the life of streams. */
  const facts: Partial<LiveFacts> = {};
  const desk = createStreamDesk({
    ...records,
    store,
    facts: createQuietLife({
      viewerCountOf: (id) => facts.viewerCountOf?.(id) ?? 0,
      targetStatesOf: (id) => facts.targetStatesOf?.(id) ?? new Map(),
      async endBroadcast(id) {
        if (!facts.endBroadcast) throw new ShoalError("stream.not_live", "This stream is not on air.");
        await facts.endBroadcast(id);
      },
    }),
    findChannels: async (ids) =>
      new Map([...ids].map((id) => [id, { id, handle: "owner", displayName: "Owner" }])),
    mayStream,
    maxStreamsPerAccount,
    publicUrl: "https://shoal.test",
    rtmpUrl: toRtmpUrl("https://shoal.test", 1935),
    toIceServers: () => [{ urls: "stun:shoal.test" }],
    log,
    now,
  });
  return {
    ...desk,
    records,
    store,
    facts,
    owner,
    roles,
    clock,
    /** A stream of the owner's. */
    make: (input: object = {}) =>
      desk.streams.create(owner, createStreamInputSchema.parse({ title: "Reef cam", ...input })),
    /** Leads a stream on, as its life does. */
    async lead(id: StreamId, changes: StreamChanges): Promise<void> {
      await records.keeper.write(id, changes);
    },
  };
}
/** See {@link openMemoryDesk}. */
export type MemoryDesk = ReturnType<typeof openMemoryDesk>;

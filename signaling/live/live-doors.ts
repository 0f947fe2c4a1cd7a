import type { FastifyInstance } from "fastify";
import { ShoalError } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import type { ListIceServers } from "./ice-servers.ts";
import type { LiveKeeper } from "./live-keeper.ts";
import { isHeld } from "./live-state.rules.ts";
import { isPublishTicket } from "./publish-tickets.ts";
import { createSessionSeals } from "./session-seals.ts";
import { mountSfuNodes } from "./sfu-nodes.http.ts";
import type { SfuRooms } from "./sfu-rooms.ts";
import type { StreamRecord } from "./stream-record.ts";
import type { StreamRecords } from "./streams.room.ts";
import { mountWhep } from "./whep.http.ts";
import { mountWhip } from "./whip.http.ts";

/** What the doors lead to. */
export interface LiveDoorsOptions {
  readonly records: Pick<StreamRecords, "keeper" | "keys" | "admitViewer">;
  readonly rooms: Pick<SfuRooms, "nodes" | "seatPublisher" | "seatViewer">;
  readonly keeper: Pick<LiveKeeper, "hold" | "assertRoomOnAir">;
  readonly client: InternalClient;
  readonly internalToken: string;
  readonly listIceServers: ListIceServers;
  readonly limits: RateLimits;
  readonly publicUrl: string;
  /** Whose sfu nodes take publishers first; empty: any. */
  readonly sfuRegion: string;
}

/** Mounts WHIP, WHEP, and the door at which sfu nodes register. */
export async function mountLiveDoors(app: FastifyInstance, options: LiveDoorsOptions): Promise<void> {
  const { records, rooms, internalToken } = options;
  const { nodes } = rooms;
  const common = {
    sfu: options.client,
    isSfu: nodes.isNode,
    seals: createSessionSeals({ secret: internalToken }),
    listIceServers: options.listIceServers,
    limits: options.limits,
    publicUrl: options.publicUrl,
  };

  /** Whoever wants the crowd has the sfu's places free for others. */
  async function seatViewer(streamId: StreamId): Promise<string> {
    if ((await records.keeper.find(streamId))?.mode === "crowd") {
      throw new ShoalError("stream.full", "This stream is for a crowd. Watch it as HLS.");
    }
    return rooms.seatViewer(streamId);
  }

  /** A program that goes on by itself is refused; who has just clicked is let in. */
  async function admitHeld(record: StreamRecord, bearer: string): Promise<void> {
    if (isPublishTicket(bearer)) {
      await records.keeper.move(record.id, record.state, { heldUntil: null });
      return;
    }
    await options.keeper.hold(record);
    throw new ShoalError(
      "stream.wrong_state",
      "This broadcast was ended. Stop sending, and start again in a minute.",
    );
  }

  mountSfuNodes(app, { nodes, internalToken });
  await mountWhip(app, {
    ...common,
    async authorizePublisher({ streamId, bearer }) {
      const record = await records.keys.admit(streamId, bearer);
      if (isHeld(record, Date.now())) await admitHeld(record, bearer);
      options.keeper.assertRoomOnAir(record);
      return { streamId: record.id };
    },
    sfuForPublisher: async (streamId) => rooms.seatPublisher(streamId, options.sfuRegion),
  });
  await mountWhep(app, {
    ...common,
    authorizeViewer: ({ streamId, bearer }) => records.admitViewer(streamId, bearer),
    sfuForViewer: seatViewer,
  });
}

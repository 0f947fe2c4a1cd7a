import { z } from "zod";
import {
  type RoomState,
  sfuControlPath,
  sfuStateSchema,
  type Tap,
  type tapRequestSchema,
  tapSchema,
} from "#common/live/sfu-control.ts";
import type { InternalClient } from "#common/node/internal-client.ts";

/** A room of the sfu as the live ladder needs it. */
export interface SfuRoom {
  /** The room now, or as soon as something of the node has changed; `null` when there is no such room. */
  next(after: number | undefined, signal: AbortSignal): Promise<{ version: number; room: RoomState | null }>;
  openTap(request: z.input<typeof tapRequestSchema>): Promise<Tap>;
  requestKeyFrame(tapId: string): Promise<void>;
  closeTap(tapId: string): Promise<void>;
}

/** The sfu waits up to 10 s for news. */
const newsTimeoutMs = 15_000;
const done = z.object({});

/** A room as the sfu at this address has it; throws what an {@link InternalClient} throws. */
export function createSfuRoom(options: { client: InternalClient; sfuUrl: string; roomId: string }): SfuRoom {
  const { client, sfuUrl: baseUrl, roomId } = options;
  const taps = `${sfuControlPath}/rooms/${roomId}/taps`;
  return {
    async next(after, signal) {
      const { version, rooms } = await client.ask({
        baseUrl,
        method: "GET",
        path: `${sfuControlPath}/state${after === undefined ? "" : `?after=${after}`}`,
        reply: sfuStateSchema,
        timeoutMs: newsTimeoutMs,
        signal,
      });
      return { version, room: rooms.find((room) => room.roomId === roomId) ?? null };
    },
    openTap: (body) => client.ask({ baseUrl, method: "POST", path: taps, body, reply: tapSchema }),
    async requestKeyFrame(tapId) {
      const path = `${taps}/${encodeURIComponent(tapId)}/key-frame`;
      await client.ask({ baseUrl, method: "POST", path, reply: done });
    },
    async closeTap(tapId) {
      await client.ask({
        baseUrl,
        method: "DELETE",
        path: `${taps}/${encodeURIComponent(tapId)}`,
        reply: done,
      });
    },
  };
}

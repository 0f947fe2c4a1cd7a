import type { Tap } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { SfuRoom } from "../sfu-client.ts";
import { PacketOrder, type PlacedPacket } from "./packet-order.ts";
import { parseRtp } from "./rtp-packet.ts";
import { openTapSocket } from "./tap-socket.ts";

/** One track of a room as it comes: its packets in order. */
export interface TappedTrack extends Closable {
  readonly tap: Tap;
  /** When a packet came last, on the clock of {@link performance}; `undefined` before the first. */
  lastPacketMs(): number | undefined;
  /** Gives out what has waited long enough for lost packets. */
  poll(nowMs: number): void;
  requestKeyFrame(): void;
}

/** Opens a tap of the sfu and listens to it. `onPackets` may be called before the promise resolves, never after `close`. */
export async function openTappedTrack(options: {
  readonly room: SfuRoom;
  readonly kind: "audio" | "video";
  readonly layer: number | null;
  readonly localHost: string;
  readonly log: Logger;
  readonly onPackets: (packets: readonly PlacedPacket[], tap: Tap) => void;
}): Promise<TappedTrack> {
  const { room, kind, layer, localHost: host, log, onPackets } = options;
  const order = new PacketOrder();
  let tap: Tap | undefined;
  let lastPacketMs: number | undefined;
  let isClosed = false;
  const hand = (packets: readonly PlacedPacket[]) => {
    if (tap && packets.length > 0 && !isClosed) onPackets(packets, tap);
  };
  const socket = await openTapSocket(host, (bytes) => {
    const packet = parseRtp(bytes);
    if (!tap || packet?.ssrc !== tap.ssrc || packet.payloadType !== tap.payloadType) return;
    lastPacketMs = performance.now();
    hand(order.push(packet, lastPacketMs));
  });
  try {
    const opened = await room.openTap({ kind, layer, host, port: socket.port });
    tap = opened;
    await socket.connect(opened.source);
    return {
      tap: opened,
      lastPacketMs: () => lastPacketMs,
      poll: (nowMs) => hand(order.poll(nowMs)),
      requestKeyFrame() {
        // one that has ended needs none
        room.requestKeyFrame(opened.tapId).catch(() => undefined);
      },
      async close() {
        isClosed = true;
        await socket.close();
        await room.closeTap(opened.tapId).catch((err) => log.debug({ err }, "a tap had ended already"));
      },
    };
  } catch (error) {
    await socket.close();
    throw error;
  }
}

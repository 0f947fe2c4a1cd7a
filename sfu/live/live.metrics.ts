import { Counter, Gauge, type Registry } from "prom-client";
import type { Rooms } from "./rooms.ts";

/** What the rooms say of themselves to Prometheus, asked when it asks. */
export function registerLiveMetrics(rooms: Rooms, registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, measure: () => number | Promise<number>) =>
    new Gauge({
      name: `shoal_sfu_${name}`,
      help,
      registers,
      async collect() {
        this.set(await measure());
      },
    });
  const viewers = () => rooms.list().flatMap((room) => [...room.viewers.values()]);
  const publishers = () => rooms.list().flatMap(({ publisher }) => publisher ?? []);

  gauge("rooms", "Rooms that are open.", () => rooms.list().length);
  gauge("publishers", "Publishers, heard or not.", () => publishers().length);
  gauge("viewers", "Viewers by WebRTC.", () => rooms.viewerCount);
  gauge("taps", "Receivers of plain RTP.", () =>
    rooms.list().reduce((sum, { tapCount }) => sum + tapCount, 0),
  );
  gauge("consumers", "Tracks that are sent to viewers.", () =>
    viewers().reduce((sum, { consumerCount }) => sum + consumerCount, 0),
  );
  gauge("received_bps", "What publishers send, in bits per second.", () =>
    publishers().reduce((sum, publisher) => sum + publisher.describe().bitrateBps, 0),
  );
  gauge("sent_bps", "What viewers are sent, in bits per second.", async () => {
    const measured = await Promise.allSettled(viewers().map((viewer) => viewer.measureBitrateBps()));
    return measured.reduce((sum, one) => sum + (one.status === "fulfilled" ? one.value : 0), 0);
  });
  new Counter({
    name: "shoal_sfu_joins_refused_total",
    help: "Viewers for whom there was no room.",
    registers,
    collect() {
      this.reset();
      this.inc(rooms.refusedCount);
    },
  });
}

import { describe, expect, test } from "vitest";
import { SwarmTally } from "./swarm-tally.ts";

describe("SwarmTally", () => {
  test("counts a viewer once for all streams, until the last connection goes", () => {
    const tally = new SwarmTally();
    tally.connected("a");
    tally.connected("a");
    tally.connected("b");
    expect(tally.peerCount).toBe(2);
    tally.disconnected("a");
    expect(tally.peerCount).toBe(2);
    tally.disconnected("a");
    tally.disconnected("nobody");
    expect(tally.peerCount).toBe(1);
  });

  test("says what moved since the last reading, and all that ever moved", () => {
    const tally = new SwarmTally();
    tally.connected("a");
    tally.received(100, "a");
    tally.sent(40, "a");
    tally.receivedFromServer(7);
    expect(tally.read()).toEqual({
      peers: [{ id: "a", receivedBytes: 100, sentBytes: 40, isReceiving: true, isSending: true }],
      receivedBytes: 100,
      sentBytes: 40,
      serverBytes: 7,
    });
    expect(tally.read().peers[0]).toMatchObject({ receivedBytes: 100, isReceiving: false, isSending: false });
  });

  test("keeps the totals of who left, and holds a bounded number of viewers", () => {
    const tally = new SwarmTally();
    tally.connected("a");
    tally.received(100, "a");
    tally.disconnectedAll();
    for (let viewer = 0; viewer < 500; viewer += 1) tally.connected(`viewer-${viewer}`);
    expect(tally.read().receivedBytes).toBe(100);
    expect(tally.peerCount).toBe(200);
  });
});

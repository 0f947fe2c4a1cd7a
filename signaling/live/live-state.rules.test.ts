import { describe, expect, it } from "vitest";
import { decideMove, type MoveFacts, nodePatienceMs, type PublisherSight } from "./live-state.rules.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const secondsAgo = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();
const sends: PublisherSight = { kind: "present", state: "live" };
const silent: PublisherSight = { kind: "present", state: "silent" };
const connecting: PublisherSight = { kind: "present", state: "connecting" };
const absent: PublisherSight = { kind: "absent" };
const left: PublisherSight = { kind: "left" };
const unknown = (forMs: number): PublisherSight => ({ kind: "unknown", sinceMs: nowMs - forMs });

type Facts = Partial<Omit<MoveFacts, "stream">> & Partial<MoveFacts["stream"]>;

function decide(facts: Facts) {
  const {
    publisher = sends,
    mayStream = true,
    hasRoom = true,
    isTimeUp = false,
    broadcast,
    ...stream
  } = facts;
  return decideMove({
    stream: {
      state: "idle",
      silentSince: null,
      heldUntil: null,
      reconnectWindowSeconds: 60,
      isRecorded: true,
      ...stream,
    },
    publisher,
    mayStream,
    hasRoom,
    isTimeUp,
    broadcast,
    nowMs,
  });
}

const finished = { state: "finished", masterName: "master-1.m3u8", durationSeconds: 1 } as const;

describe.each<[MoveFacts["stream"]["state"], Array<[Facts, ReturnType<typeof decideMove>]>]>([
  [
    "idle",
    [
      [{ publisher: absent }, undefined],
      [{ publisher: unknown(1e6) }, undefined],
      [{ publisher: connecting }, undefined],
      [{ publisher: silent }, undefined],
      [{ publisher: sends }, { kind: "begin" }],
      [{ publisher: left }, undefined],
      [{ publisher: connecting, mayStream: false }, { kind: "dismiss" }],
      [{ publisher: sends, hasRoom: false }, { kind: "dismiss" }],
      [{ publisher: absent, hasRoom: false }, undefined],
      [{ publisher: sends, heldUntil: secondsAgo(-1) }, { kind: "dismiss" }],
      [{ publisher: sends, heldUntil: secondsAgo(0) }, { kind: "begin" }],
      [{ publisher: absent, mayStream: false }, undefined],
    ],
  ],
  [
    "live",
    [
      [{ publisher: sends }, undefined],
      [{ publisher: silent }, { kind: "lose" }],
      [{ publisher: connecting }, { kind: "lose" }],
      [{ publisher: absent }, { kind: "lose" }],
      [{ publisher: left }, { kind: "end", reason: "publisher left" }],
      [{ publisher: unknown(nodePatienceMs - 1) }, undefined],
      [{ publisher: unknown(nodePatienceMs) }, { kind: "lose" }],
      [
        { publisher: absent, reconnectWindowSeconds: 0 },
        { kind: "end", reason: "window over" },
      ],
      [
        { publisher: sends, isTimeUp: true },
        { kind: "end", reason: "time up" },
      ],
      [
        { publisher: sends, mayStream: false },
        { kind: "end", reason: "owner may not stream" },
      ],
    ],
  ],
  [
    "reconnecting",
    [
      [{ publisher: sends, silentSince: secondsAgo(3600) }, { kind: "resume" }],
      [
        { publisher: left, silentSince: secondsAgo(1) },
        { kind: "end", reason: "publisher left" },
      ],
      [{ publisher: connecting, silentSince: secondsAgo(59) }, undefined],
      [{ publisher: absent, silentSince: secondsAgo(59) }, undefined],
      [
        { publisher: absent, silentSince: secondsAgo(60) },
        { kind: "end", reason: "window over" },
      ],
      // it may be there: a front desk that has just started must ask before it ends anything
      [{ publisher: unknown(100), silentSince: secondsAgo(3600) }, undefined],
      [
        { publisher: absent, silentSince: null },
        { kind: "end", reason: "window over" },
      ],
      [
        { publisher: sends, silentSince: secondsAgo(1), mayStream: false },
        { kind: "end", reason: "owner may not stream" },
      ],
    ],
  ],
  [
    "ending",
    [
      [{}, undefined],
      [{ publisher: left }, undefined],
      [{ broadcast: { ...finished, state: "writing" } }, undefined],
      [{ broadcast: { ...finished, state: "waiting", masterName: "" } }, undefined],
      [{ broadcast: finished }, { kind: "settle", as: "video" }],
      [
        { broadcast: finished, mayStream: false },
        { kind: "settle", as: "video" },
      ],
      [
        { broadcast: finished, isRecorded: false },
        { kind: "settle", as: "nothing" },
      ],
      [{ broadcast: { ...finished, durationSeconds: 0.99 } }, { kind: "settle", as: "nothing" }],
      [{ broadcast: { ...finished, masterName: "" } }, { kind: "settle", as: "nothing" }],
      [{ broadcast: { ...finished, state: "failed" } }, { kind: "settle", as: "video" }],
      [
        { broadcast: { ...finished, state: "failed", masterName: "" } },
        { kind: "settle", as: "failed_video" },
      ],
      [
        { broadcast: { state: "failed", masterName: "", durationSeconds: 0 } },
        { kind: "settle", as: "nothing" },
      ],
    ],
  ],
])("%s", (state, cases) => {
  it.each(cases)("%j: %j", (facts, move) => {
    expect(decide({ ...facts, state })).toEqual(move);
  });
});

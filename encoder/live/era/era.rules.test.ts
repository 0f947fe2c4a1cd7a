import { expect, test } from "vitest";
import type { PublisherState } from "#common/live/sfu-control.ts";
import { planPicture, toIngestReport } from "./era.rules.ts";

function publisher(
  wishes: Partial<PublisherState> = {},
  activity: readonly boolean[] = [true],
): PublisherState {
  return {
    ...{ sessionId: "s", via: "webrtc", state: "live", videoCodec: "h264", audioCodec: "opus" },
    ...{ bitrateBps: 0, packetLossRatio: 0, roundTripMs: 0 },
    layers: activity.map((isActive, layer) => ({ layer, rid: `r${layer}`, bitrateBps: 0, isActive })),
    ...wishes,
  };
}

test.each([
  ["three layers of H.264", publisher({}, [true, true, false]), "", { kind: "copied", layers: [0, 1, 2] }],
  ["one layer of H.264", publisher(), "", { kind: "copied", layers: [0] }],
  ["H.264 whose layers are not told", publisher({}, []), "", { kind: "copied", layers: [0] }],
  ["B-frames", publisher(), "it has B-frames", { kind: "transcoded", layer: null }],
  ["VP8", publisher({ videoCodec: "vp8" }), "", { kind: "transcoded", layer: null }],
  [
    "VP8 in layers",
    publisher({ videoCodec: "vp8" }, [true, true, false]),
    "",
    { kind: "transcoded", layer: 1 },
  ],
  ["sound alone", publisher({ videoCodec: null }, []), "", { kind: "none" }],
] as const)("%s", (_, from, whyNot, plan) => {
  expect(planPicture(from, whyNot)).toEqual(plan);
});

test.each([
  [publisher(), "", "copied", ""],
  [publisher({ videoCodec: null }), "", "none", ""],
  [publisher(), "it has B-frames", "transcoded", "The picture is encoded again because it has B-frames."],
  [
    publisher({ videoCodec: "av1" }),
    "",
    "transcoded",
    "The picture is encoded again because it is AV1: send H.264 to save the server this work.",
  ],
] as const)("tells the owner what is made of it", (from, whyNot, video, reason) => {
  expect(toIngestReport(from, whyNot)).toEqual({
    videoCodec: from.videoCodec,
    audioCodec: "opus",
    video,
    reason,
  });
});

test("nobody has come yet", () => {
  expect(toIngestReport(undefined, "")).toMatchObject({ video: "none", videoCodec: null, audioCodec: null });
});

import { describe, expect, test } from "vitest";
import {
  chooseWay,
  type SceneCircumstances,
  toCoolDownMs,
  toFixedWayWords,
  toScene,
  type WayCircumstances,
} from "./live-way.rules.ts";

const both = { mode: "webrtc", reason: null, whepUrl: "/whep/s", hlsUrl: "/media/b/live.m3u8" } as const;
const crowd = { ...both, mode: "hls", reason: "crowd", whepUrl: null } as const;
const full = { ...crowd, reason: "full" } as const;
const webrtcAlone = { ...both, hlsUrl: null } as const;
const offAir = { mode: "waiting", reason: "off_air", whepUrl: null, hlsUrl: null } as const;

describe("chooseWay", () => {
  const now: WayCircumstances = {
    grant: both,
    wish: "low_latency",
    isRewound: false,
    canWebrtc: true,
    canHls: true,
    isWebrtcTroubled: false,
    isOnWebrtc: false,
  };
  test.each<[string, Partial<WayCircumstances>, string | undefined]>([
    ["what the streamer wants", {}, "webrtc"],
    ["the viewer's own wish", { wish: "smooth" }, "hls"],
    ["the past is HLS", { isRewound: true }, "hls"],
    ["a crowd", { grant: crowd }, "hls"],
    ["no wish brings back what is not on offer", { grant: crowd, wish: "low_latency" }, "hls"],
    ["a full server", { grant: full }, "hls"],
    ["who has a place on it keeps it", { grant: full, isOnWebrtc: true }, "webrtc"],
    ["a crowd moves everybody", { grant: crowd, isOnWebrtc: true }, "hls"],
    ["WebRTC that fails", { isWebrtcTroubled: true }, "hls"],
    ["WebRTC that fails is better than nothing", { grant: webrtcAlone, isWebrtcTroubled: true }, "webrtc"],
    ["a wish for what is not there yet", { grant: webrtcAlone, wish: "smooth" }, "webrtc"],
    ["back where there is no past", { grant: webrtcAlone, isRewound: true }, "webrtc"],
    ["a browser without WebRTC", { canWebrtc: false }, "hls"],
    ["a browser without HLS", { canHls: false, wish: "smooth" }, "webrtc"],
    ["a browser without either", { canHls: false, canWebrtc: false }, undefined],
    ["off air", { grant: offAir }, undefined],
  ])("%s", (_, changes, expected) => {
    expect(chooseWay({ ...now, ...changes })).toBe(expected);
  });
});

test.each([
  [both, undefined],
  [crowd, "Smooth: this stream is made for a crowd"],
  [full, "Smooth: the server is full"],
  [webrtcAlone, "Low latency"],
])("says why there is no choice (%#)", (grant, words) => {
  expect(toFixedWayWords(grant)).toBe(words);
});

test("WebRTC that worked is tried again soon, WebRTC that never did seldom", () => {
  expect(toCoolDownMs(1, true)).toBeLessThanOrEqual(5_000);
  expect(toCoolDownMs(99, true)).toBeGreaterThan(toCoolDownMs(1, true));
  expect(toCoolDownMs(1, false)).toBeGreaterThan(toCoolDownMs(1, true));
  expect(toCoolDownMs(99, false)).toBe(toCoolDownMs(3, false));
});

describe("toScene", () => {
  const playing: SceneCircumstances = {
    state: "live",
    hasBeenOnAir: true,
    way: "webrtc",
    isMoving: true,
    isPaused: false,
  };
  test.each<[string, Partial<SceneCircumstances>, string]>([
    ["on air", {}, "on_air"],
    ["before", { state: "idle", hasBeenOnAir: false, way: undefined }, "waiting"],
    ["the streamer is away", { state: "reconnecting" }, "slate"],
    ["what was buffered is seen first", { state: "reconnecting", way: "hls" }, "on_air"],
    ["until it is through", { state: "reconnecting", way: "hls", isMoving: false }, "slate"],
    [
      "who stopped it is not disturbed",
      { state: "reconnecting", way: "hls", isMoving: false, isPaused: true },
      "on_air",
    ],
    ["over", { state: "ending" }, "ended"],
    ["and stays over", { state: "idle" }, "ended"],
    ["who is behind sees the last seconds", { state: "idle", way: "hls" }, "on_air"],
    ["who comes while it ends", { state: "ending", hasBeenOnAir: false, way: undefined }, "ended"],
  ])("%s", (_, changes, expected) => {
    expect(toScene({ ...playing, ...changes })).toBe(expected);
  });
});

import { expect, it } from "vitest";
import { decideWay, type LiveOffer } from "./live-policy.rules.ts";

const best: LiveOffer = {
  state: "live",
  mode: "realtime",
  hasPublisher: true,
  hasPlace: true,
  hasSegments: true,
};

it.each<[string, Partial<LiveOffer>, string]>([
  ["all is well", {}, "webrtc, null, offers webrtc hls"],
  ["nothing is written yet", { hasSegments: false }, "webrtc, null, offers webrtc"],
  ["the room is full", { hasPlace: false }, "hls, full, offers hls"],
  [
    "the room is full and nothing is written yet",
    { hasPlace: false, hasSegments: false },
    "waiting, no_picture_yet, offers",
  ],
  ["the streamer wants the crowd", { mode: "crowd" }, "hls, crowd, offers hls"],
  [
    "the streamer wants the crowd, and nothing is written yet",
    { mode: "crowd", hasSegments: false },
    "waiting, no_picture_yet, offers",
  ],
  [
    "the publisher is lost",
    { state: "reconnecting", hasPublisher: false },
    "hls, no_picture_yet, offers hls",
  ],
  [
    "the publisher is lost before anything was written",
    { state: "reconnecting", hasPublisher: false, hasSegments: false },
    "waiting, no_picture_yet, offers",
  ],
  ["it is off air", { state: "idle" }, "waiting, off_air, offers"],
  ["it is being closed", { state: "ending" }, "waiting, off_air, offers"],
])("%s: %s", (_name, offer, expected) => {
  const { mode, reason, offersWebrtc, offersHls } = decideWay({ ...best, ...offer });
  const offers = ["offers", ...(offersWebrtc ? ["webrtc"] : []), ...(offersHls ? ["hls"] : [])].join(" ");
  expect(`${mode}, ${reason}, ${offers}`).toBe(expected);
});

it("refuses nobody as long as there is a picture", () => {
  const truths = [true, false];
  for (const mode of ["realtime", "crowd"] as const)
    for (const hasPublisher of truths)
      for (const hasPlace of truths) {
        expect(decideWay({ ...best, mode, hasPublisher, hasPlace }).mode).not.toBe("waiting");
      }
});

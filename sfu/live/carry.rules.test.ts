import { expect, test } from "vitest";
import { canCarry } from "./carry.rules.ts";

const opus = { kind: "audio", mimeType: "audio/opus", clockRate: 48_000, channels: 2 } as const;
const vp8 = { kind: "video", mimeType: "video/VP8", clockRate: 90_000 } as const;
const rtx = { kind: "video", mimeType: "video/rtx", clockRate: 90_000 } as const;
const h264 = (profile: string, payloadType = 102) =>
  ({
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    preferredPayloadType: payloadType,
    parameters: { "packetization-mode": 1, "profile-level-id": profile },
  }) as const;

test.each([
  ["the same with other numbers and another level", [opus, h264("42e01f")], [h264("42E034", 96), opus], true],
  ["less than there was", [opus, vp8], [vp8], true],
  ["what nobody sends", [vp8], [vp8, rtx], true],
  ["another profile", [h264("42e01f")], [h264("64001f")], false],
  ["another codec", [opus, vp8], [opus, h264("42e01f")], false],
  ["sound where there was none", [vp8], [vp8, opus], false],
  ["anything by a router without codecs", [], [opus], false],
])("%s", (_, router, wanted, can) => {
  expect(canCarry(router, wanted)).toBe(can);
});

import { describe, expect, test } from "vitest";
import {
  ArrivalWatch,
  isTryDue,
  type TryCircumstances,
  toSessionFailure,
  withStereoSound,
} from "./whep.rules.ts";

describe("withStereoSound", () => {
  const rtpmap = "a=rtpmap:100 opus/48000/2";
  test.each([
    [
      "adds it to the parameters",
      `${rtpmap}\r\na=fmtp:100 minptime=10\r\n`,
      `${rtpmap}\r\na=fmtp:100 minptime=10;stereo=1\r\n`,
    ],
    ["makes parameters where there are none", `${rtpmap}\r\n`, `${rtpmap}\r\na=fmtp:100 stereo=1\r\n`],
    ["leaves what is said", `${rtpmap}\r\na=fmtp:100 stereo=0\r\n`, `${rtpmap}\r\na=fmtp:100 stereo=0\r\n`],
    [
      "is not misled by sprop-stereo",
      `${rtpmap}\r\na=fmtp:100 sprop-stereo=1\r\n`,
      `${rtpmap}\r\na=fmtp:100 sprop-stereo=1;stereo=1\r\n`,
    ],
    ["leaves other codecs alone", "a=rtpmap:100 PCMU/8000\r\n", "a=rtpmap:100 PCMU/8000\r\n"],
  ])("%s", (_, sdp, expected) => {
    expect(withStereoSound(sdp)).toBe(expected);
  });
});

describe("isTryDue", () => {
  const well: TryCircumstances = {
    link: "connected",
    isOnAir: true,
    silentForMs: 0,
    isUrged: false,
    attempt: 0,
    sinceTryMs: 60_000,
  };
  test.each<[string, Partial<TryCircumstances>, boolean]>([
    ["not while the streamer is away", { isOnAir: false, link: "lost", silentForMs: 60_000 }, false],
    ["at once on a lost link", { link: "lost" }, true],
    ["at once on an unsteady link", { link: "unsteady" }, true],
    ["later on a good link that is silent", { silentForMs: 2_999 }, false],
    ["then on a good link too", { silentForMs: 3_000 }, true],
    ["sooner after news", { silentForMs: 800, isUrged: true }, true],
    ["not before the delay of the next try", { link: "lost", attempt: 4, sinceTryMs: 999 }, false],
    ["after it", { link: "lost", attempt: 4, sinceTryMs: 1_000 }, true],
    ["never further apart than a second", { link: "lost", attempt: 400, sinceTryMs: 1_000 }, true],
  ])("%s", (_, changes, expected) => {
    expect(isTryDue({ ...well, ...changes })).toBe(expected);
  });
});

test.each([
  ["stream.full", "full"],
  ["stream.not_found", "gone"],
  ["auth.required", "refused"],
  ["stream.not_live", undefined],
  ["service.unavailable", undefined],
  [undefined, undefined],
])("a refusal by %s is %s", (code, failure) => {
  expect(toSessionFailure(code)).toBe(failure);
});

describe("ArrivalWatch", () => {
  test("tells once that it fell silent, and once that it goes on", () => {
    const watch = new ArrivalWatch(0);
    expect(watch.read(100, 300, true)).toBeUndefined();
    expect(watch.read(100, 1_400, true)).toBeUndefined();
    expect(watch.read(100, 1_500, true)).toBe("silent");
    expect(watch.read(100, 9_000, true)).toBeUndefined();
    expect(watch.read(200, 9_300, true)).toBe("resumed");
    expect(watch.read(300, 9_600, true)).toBeUndefined();
  });

  test("has more patience before the first packet", () => {
    const watch = new ArrivalWatch(0);
    expect(watch.read(0, 2_900, true)).toBeUndefined();
    expect(watch.hasBegun).toBe(false);
    expect(watch.read(0, 3_000, true)).toBe("silent");
  });

  test("does not mind silence that was asked for", () => {
    const watch = new ArrivalWatch(0);
    watch.read(100, 300, true);
    expect(watch.read(100, 60_000, false)).toBeUndefined();
    expect(watch.read(100, 60_300, true)).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { type MediaMessage, planIngest } from "./ingest.rules.ts";
import { toIngestArgs } from "./ingest-args.ts";

const aac: MediaMessage = { kind: "audio", codecId: 10, part: "header", compositionMs: 0, decodeMs: 0 };
const avc: MediaMessage = { kind: "video", codecId: 7, part: "header", compositionMs: 0, decodeMs: 0 };

/** A second of pictures; `shifts` are the composition times, again and again. */
function frames(shifts: readonly number[], codecId = 7): MediaMessage[] {
  return Array.from({ length: 30 }, (_, at) => ({
    kind: "video",
    codecId,
    part: at === 0 ? "key" : "delta",
    compositionMs: shifts[at % shifts.length] ?? 0,
    decodeMs: at * 33,
  }));
}

describe("refused", () => {
  it.each([
    ["nothing at all", []],
    ["headers of an unknown picture", frames([0], 12)],
    ["HEVC by its FourCC", [aac, ...frames([0], 0x68766331)]],
    ["unknown sound", [{ ...aac, codecId: 9 }, avc, ...frames([0])]],
  ])("%s", (_name, messages) => {
    expect(planIngest(messages, true)).toMatchObject({
      state: "refused",
      reason: expect.stringMatching(/\.$/),
    });
  });
});

describe("decided", () => {
  it.each([
    ["H.264 without B-frames", [aac, avc, ...frames([0])], "copied", "aac"],
    ["H.264 with B-frames", [aac, avc, ...frames([66, 133, 0])], "transcoded", "aac"],
    [
      "one B-frame after ten other frames",
      [aac, avc, ...frames([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 33])],
      "transcoded",
      "aac",
    ],
    ["Sorenson H.263 with MP3", [{ ...aac, codecId: 2 }, ...frames([0], 2)], "transcoded", "mp3"],
    ["a picture alone", [avc, ...frames([0])], "copied", null],
  ])("%s", (_name, messages, video, audioCodec) => {
    const plan = planIngest(messages, false);
    expect(plan).toMatchObject({ state: "decided", report: { video, audioCodec } });
    if (plan.state === "decided") expect(plan.report.reason === "").toBe(video === "copied");
  });

  it("sound alone, once it is known that nothing else comes", () => {
    const sound = { ...aac, part: "key" } as const;
    expect(planIngest([aac, sound], false)).toEqual({ state: "undecided" });
    expect(planIngest([aac, sound], true)).toMatchObject({ state: "decided", report: { video: "none" } });
  });

  it("not by the first frames alone", () => {
    expect(planIngest([aac, avc, ...frames([0]).slice(0, 5)], false)).toEqual({ state: "undecided" });
  });
});

it("copies, encodes and leaves out what the report says", () => {
  const to = { host: "127.0.0.1", port: 5000, rtcpPort: 5001, payloadType: 102, ssrc: 7 };
  const report = { videoCodec: "h264", audioCodec: "aac", video: "copied", reason: "" } as const;
  const copied = toIngestArgs({ report, video: to, audio: { ...to, port: 6000 }, threadCount: 2 });
  expect(copied.join(" ")).toContain(
    "-map 0:v:0 -c:v copy -bsf:v h264_mp4toannexb -payload_type 102 -ssrc 7 -f rtp",
  );
  expect(copied.at(-1)).toBe("rtp://127.0.0.1:6000?rtcpport=5001&pkt_size=1200");
  const encoded = toIngestArgs({
    report: { ...report, video: "transcoded" },
    video: to,
    audio: null,
    threadCount: 2,
  });
  expect(encoded).toContain("libx264");
  expect(encoded).not.toContain("libopus");
  expect(
    toIngestArgs({ report: { ...report, video: "none" }, video: null, audio: to, threadCount: 2 }),
  ).not.toContain("0:v:0");
});

import { describe, expect, test } from "vitest";
import { passArgs } from "./encode-args.ts";
import { makeLadder } from "./ladder.rules.ts";
import type { AudioInfo, SourceInfo, VideoInfo } from "./source-info.ts";
import { testConfig } from "./testing/clips.ts";

const video: VideoInfo = {
  index: 0,
  codec: "h264",
  widthPx: 1280,
  heightPx: 720,
  frameRate: { num: 60, den: 1 },
  isInterlaced: false,
  dynamicRange: "sdr",
  matrix: "bt709",
  isFullRange: false,
};
const track: AudioInfo = { index: 1, channelCount: 2, language: "en", title: "", isDefault: true };

function argsOf(changes: Partial<VideoInfo> = {}, audio: AudioInfo = track): string[] {
  const changed = { ...video, ...changes };
  const source: SourceInfo = {
    path: "/in/source",
    container: "mov",
    sizeBytes: 1,
    durationSeconds: 10,
    isDurationDeclared: true,
    video: changed,
    audio: [audio],
    subtitles: [],
    coverIndex: undefined,
  };
  const outputs = makeLadder(changed).rungs.map((rung) => ({ rung, fileName: `${rung.name}.mp4` }));
  const pass = { source, video: outputs, audio: [{ track: audio, fileName: "audio-0.mp4" }] };
  return passArgs(pass, { ...testConfig, encodePreset: "veryfast" }, 2);
}
const tokenAfter = (args: readonly string[], token: string) => args[args.indexOf(token) + 1] ?? "";

describe("passArgs", () => {
  test("opens one local file with one demuxer, and no other", () => {
    const args = argsOf();
    const input = args.slice(0, args.indexOf("-i") + 2);
    expect(input.join(" ")).toBe(
      "-threads 2 -protocol_whitelist file -format_whitelist mov -f mov -enable_drefs 0 -use_absolute_path 0 -max_pixels 35389440 -i file:/in/source",
    );
    expect(args.filter((token) => token === "-i")).toHaveLength(1);
  });

  test("decodes once and makes each rung of the next larger one", () => {
    const chains = tokenAfter(argsOf(), "-filter_complex").split(";");
    expect(chains).toHaveLength(5);
    expect(chains[0]).toBe(
      "[0:0]fps=fps=60/1:start_time=0,scale=1280:720:flags=bicubic,format=yuv420p,setsar=1,setfield=prog,split=2[rung0][next1]",
    );
    // below 720p, 30 frames a second are enough
    expect(chains[1]).toMatch(
      /^\[next1\]fps=fps=60\/2:start_time=0,zscale=w=854:h=480:.*,split=2\[rung1\]\[next2\]$/,
    );
    expect(chains[4]).toMatch(/^\[next4\]zscale=w=256:h=144:.*\[rung4\]$/);
  });

  test("caps quality, and closes GOPs of two seconds", () => {
    const args = argsOf();
    const first = args.slice(args.indexOf("[rung0]"), args.indexOf("720p.mp4") + 1).join(" ");
    expect(first).toContain("-profile:v high -level:v 3.2 -pix_fmt yuv420p");
    expect(first).toContain("-crf 22.75 -maxrate 4082000 -bufsize 8164000");
    expect(first).toContain("-g 120 -keyint_min 120 -sc_threshold 0 -x264-params open-gop=0:");
    expect(first).toContain("-colorspace bt709 -color_range tv");
    expect(first).toContain("-map_metadata -1 -map_chapters -1");
    const small = args.slice(args.indexOf("[rung4]"), args.indexOf("144p.mp4")).join(" ");
    expect(small).toContain("-g 60 -keyint_min 60");
  });

  test.each<[string, Partial<VideoInfo>, RegExp]>([
    ["interlaced", { isInterlaced: true }, /bwdif=mode=send_frame/],
    [
      "PQ",
      { dynamicRange: "pq", matrix: "bt2020" },
      /zscale=w=1280:h=720:tin=smpte2084:.*tonemap=tonemap=hable/,
    ],
    ["HLG", { dynamicRange: "hlg", matrix: "bt2020" }, /tin=arib-std-b67/],
    ["wide gamut without HDR", { matrix: "bt2020" }, /min=bt2020nc.*m=bt709/],
    ["full range", { isFullRange: true }, /in_range=full:out_range=limited/],
    ["RGB", { matrix: "rgb" }, /out_color_matrix=bt709/],
  ])("makes %s plain", (_, changes, expected) => {
    expect(tokenAfter(argsOf(changes), "-filter_complex")).toMatch(expected);
  });

  test("keeps the matrix of standard definition and says so", () => {
    expect(tokenAfter(argsOf({ matrix: "smpte170m" }), "-colorspace")).toBe("smpte170m");
  });

  test("mixes more than two channels with the speech of the centre", () => {
    const surround = tokenAfter(argsOf({}, { ...track, channelCount: 6 }), "-af");
    expect(surround).toMatch(/center_mix_level=0.7071.*channel_layouts=stereo,alimiter/);
    expect(tokenAfter(argsOf({}, { ...track, channelCount: 1 }), "-b:a")).toBe("80000");
    expect(tokenAfter(argsOf(), "-af")).toBe(
      "aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo,atrim=start_sample=1024",
    );
  });
});

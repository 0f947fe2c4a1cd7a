import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeVideo } from "./encode-video.ts";
import { aac, clap, h264, makeClip, picture, quarters, testConfig, tone, turnMp4 } from "./testing/clips.ts";
import { createMemoryPublisher, type MemoryPublisher } from "./testing/memory-publisher.ts";
import { findProcesses } from "./testing/processes.ts";
import {
  decodeAudio,
  decodeGrey,
  decodeQuarters,
  inspect,
  readPlaylist,
  wrongHashes,
} from "./testing/published.ts";

interface AwkwardSource {
  readonly what: string;
  readonly fileName: string;
  readonly args: readonly string[];
  readonly prepare?: (path: string) => Promise<void>;
  readonly seconds: number;
  /** Name, width and height of each rung, from the largest. */
  readonly rungs: ReadonlyArray<readonly [name: string, widthPx: number, heightPx: number, fps?: string]>;
  /** Language and channels of each audio track. */
  readonly audio?: ReadonlyArray<readonly [language: string, channelCount: number]>;
  readonly also?: (result: Result) => Promise<void> | void;
}

interface Result {
  readonly publisher: MemoryPublisher;
  readonly dir: string;
}

const ladder240 = [
  ["240p", 426, 240],
  ["144p", 256, 144],
] as const;
const stereo = [["und", 2]] as const;
const srt =
  "1\n00:00:00,500 --> 00:00:01,500\n{\\an8}<font color=red>Hello</font> <i>there</i>\n\n2\n00:00:02,000 --> 00:00:02,900\na < b\n";

const sources: readonly AwkwardSource[] = [
  {
    what: "turned by 90°",
    fileName: "turned-90.mp4",
    args: [...quarters("640x360"), ...h264],
    prepare: (path) => turnMp4(path, 90),
    seconds: 2,
    rungs: [
      ["360p", 360, 640],
      ["240p", 240, 426],
      ["144p", 144, 256],
    ],
    also: async ({ publisher, dir }) => expectRedQuarter(await decodeQuarters(publisher, "240p", dir), 1),
  },
  {
    what: "turned by 180°",
    fileName: "turned-180.mp4",
    args: [...quarters("426x240"), ...h264],
    prepare: (path) => turnMp4(path, 180),
    seconds: 2,
    rungs: ladder240,
    also: async ({ publisher, dir }) => expectRedQuarter(await decodeQuarters(publisher, "240p", dir), 3),
  },
  {
    what: "turned by 270°",
    fileName: "turned-270.mov",
    args: [...quarters("426x240"), ...h264],
    prepare: (path) => turnMp4(path, 270),
    seconds: 2,
    rungs: [
      ["240p", 240, 426],
      ["144p", 144, 256],
    ],
    also: async ({ publisher, dir }) => expectRedQuarter(await decodeQuarters(publisher, "240p", dir), 2),
  },
  {
    what: "variable frame rate",
    fileName: "variable.mp4",
    // a second at 30 frames, then 12 a second
    args: [
      ...picture({ fps: 30, seconds: 2 }),
      "-vf",
      "setpts=if(lt(N\\,30)\\,N/30\\,1+(N-30)/12)/TB",
      "-fps_mode",
      "vfr",
      ...h264,
    ],
    seconds: 3.5,
    rungs: ladder240,
  },
  {
    what: "odd width and height",
    fileName: "odd.mp4",
    args: [...picture({ size: "427x241" }), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"],
    seconds: 3,
    rungs: [
      ["240p", 426, 240],
      ["144p", 256, 144],
    ],
  },
  {
    what: "pixels that are not square",
    fileName: "anamorphic.mp4",
    args: [...picture({ size: "720x576" }), "-vf", "setsar=64/45", ...h264],
    seconds: 3,
    rungs: [
      ["576p", 1024, 576],
      ["480p", 854, 480],
      ["360p", 640, 360],
      ["240p", 426, 240],
      ["144p", 256, 144],
    ],
  },
  {
    what: "interlaced MPEG-2 in a transport stream",
    fileName: "interlaced.ts",
    args: [
      ...picture({ size: "352x288", fps: 50 }),
      ...tone(),
      "-vf",
      "tinterlace=interleave_top",
      "-flags",
      "+ildct+ilme",
      "-c:v",
      "mpeg2video",
      "-b:v",
      "2M",
      "-c:a",
      "mp2",
    ],
    seconds: 3,
    rungs: [
      ["288p", 352, 288],
      ["240p", 294, 240],
      ["144p", 176, 144],
    ],
    audio: stereo,
  },
  {
    what: "10 bits a sample",
    fileName: "ten-bit.mkv",
    args: [...picture(), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"],
    seconds: 3,
    rungs: ladder240,
  },
  {
    what: "HDR (PQ, BT.2020), tone-mapped",
    fileName: "hdr.mp4",
    // half of PQ's scale is 92 cd/m²: about what SDR white is
    args: [
      "-f",
      "lavfi",
      "-i",
      "color=c=gray:size=426x240:rate=25:duration=2",
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-pix_fmt",
      "yuv420p10le",
      "-color_primaries",
      "bt2020",
      "-color_trc",
      "smpte2084",
      "-colorspace",
      "bt2020nc",
    ],
    seconds: 2,
    rungs: ladder240,
    also: async ({ publisher, dir }) => {
      expect(await inspect(publisher, "240p", dir)).toMatchObject({
        color_space: "bt709",
        color_transfer: "bt709",
      });
      const [frame] = await decodeGrey(publisher, "240p", dir);
      expect(frame?.[0]).toBeGreaterThan(140);
      expect(frame?.[0]).toBeLessThan(235);
    },
  },
  {
    what: "60 frames a second",
    fileName: "sixty.mp4",
    args: [...picture({ size: "1280x720", fps: 60, seconds: 3 }), ...h264],
    seconds: 3,
    rungs: [
      ["720p", 1280, 720, "60/1"],
      ["480p", 854, 480, "30/1"],
      ["360p", 640, 360, "30/1"],
      ["240p", 426, 240, "30/1"],
      ["144p", 256, 144, "30/1"],
    ],
  },
  {
    what: "120 frames a second",
    fileName: "fast.mp4",
    args: [...picture({ fps: 120, seconds: 2 }), ...h264],
    seconds: 2,
    rungs: [
      ["240p", 426, 240, "30/1"],
      ["144p", 256, 144, "30/1"],
    ],
  },
  {
    what: "upright",
    fileName: "upright.mp4",
    args: [...picture({ size: "240x426" }), ...tone(), ...h264, ...aac],
    seconds: 3,
    rungs: [
      ["240p", 240, 426],
      ["144p", 144, 256],
    ],
    audio: stereo,
  },
  {
    what: "smaller than the lowest rung",
    fileName: "tiny.mp4",
    args: [...picture({ size: "98x58" }), ...h264],
    seconds: 3,
    rungs: [["58p", 98, 58]],
  },
  {
    what: "no audio",
    fileName: "silent.mp4",
    args: [...picture(), ...h264],
    seconds: 3,
    rungs: ladder240,
    audio: [],
  },
  {
    what: "mono",
    fileName: "mono.mp4",
    args: [...picture(), ...tone({ channels: "mono" }), ...h264, ...aac],
    seconds: 3,
    rungs: ladder240,
    audio: [["und", 1]],
  },
  {
    what: "5.1 channels",
    fileName: "surround.mp4",
    args: [...picture(), ...tone({ channels: "5.1" }), ...h264, ...aac],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
    also: async ({ publisher, dir }) => {
      const samples = await decodeAudio(publisher, "audio-0", dir);
      expect(Math.max(...samples.slice(48_000, 96_000))).toBeLessThan(1.01);
      expect(Math.max(...samples.slice(48_000, 96_000))).toBeGreaterThan(0.1);
    },
  },
  {
    what: "several audio tracks with languages",
    fileName: "languages.mkv",
    args: [
      ...picture(),
      ...tone(),
      ...tone({ hertz: 660 }),
      "-map",
      "0",
      "-map",
      "1",
      "-map",
      "2",
      "-metadata:s:a:0",
      "language=eng",
      "-metadata:s:a:1",
      "language=ger",
      "-disposition:a:1",
      "default",
      "-disposition:a:0",
      "0",
      ...h264,
      ...aac,
    ],
    seconds: 3,
    rungs: ladder240,
    audio: [
      ["en", 2],
      ["de", 2],
    ],
    also: ({ publisher }) => {
      expect(publisher.states.at(-1)?.audioTracks.map(({ name, isDefault }) => [name, isDefault])).toEqual([
        ["English", false],
        ["German", true],
      ]);
      const master = publisher.files.get("master-1.m3u8")?.toString();
      expect(master).toContain('NAME="German",LANGUAGE="de",DEFAULT=YES');
    },
  },
  {
    what: "MOV with PCM",
    fileName: "pcm.mov",
    args: [...picture(), ...tone(), ...h264, "-c:a", "pcm_s16le"],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "MKV with a text subtitle",
    fileName: "subtitled.mkv",
    args: [...picture(), "-i", "subtitle.srt", ...h264, "-c:s", "srt", "-metadata:s:s:0", "language=fre"],
    seconds: 3,
    rungs: ladder240,
    also: ({ publisher }) => {
      expect(publisher.states.at(-1)?.captions).toEqual([{ key: "fr-1", language: "fr", label: "French" }]);
      expect(publisher.files.get("captions/fr-1.vtt")?.toString()).toBe(
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello <i>there</i>\n\n00:00:02.000 --> 00:00:02.900\na &lt; b\n",
      );
    },
  },
  {
    what: "WebM without a duration (VP9, Opus)",
    fileName: "endless.webm",
    args: [
      ...picture(),
      ...tone(),
      "-c:v",
      "libvpx-vp9",
      "-deadline",
      "realtime",
      "-cpu-used",
      "8",
      "-c:a",
      "libopus",
      "-live",
      "1",
    ],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "AVI (MPEG-4, MP3)",
    fileName: "old.avi",
    args: [...picture(), ...tone(), "-c:v", "mpeg4", "-c:a", "libmp3lame"],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "a transport stream that starts at an hour",
    fileName: "offset.ts",
    args: [...picture(), ...tone(), ...h264, ...aac, "-output_ts_offset", "3600"],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "Flash video",
    fileName: "old.flv",
    args: [...picture(), ...tone(), ...h264, ...aac],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "Windows Media",
    fileName: "old.wmv",
    args: [...picture(), ...tone(), "-c:v", "wmv2", "-c:a", "wmav2"],
    seconds: 3,
    rungs: ladder240,
    audio: stereo,
  },
  {
    what: "full range (Motion JPEG)",
    fileName: "full.avi",
    args: [...picture(), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"],
    seconds: 3,
    rungs: ladder240,
  },
  {
    what: "RGB",
    fileName: "screen.mkv",
    args: [...picture(), "-c:v", "libx264rgb", "-preset", "ultrafast"],
    seconds: 3,
    rungs: ladder240,
  },
  {
    what: "sound and picture that belong together",
    fileName: "clap.mp4",
    args: [...clap(1), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3", ...aac],
    seconds: 3,
    rungs: [
      ["180p", 320, 180],
      ["144p", 256, 144],
    ],
    audio: [["und", 1]],
    also: (result) => expectTogether(result, 1),
  },
  {
    what: "audio that begins half a second late",
    fileName: "late-audio.mkv",
    args: [
      ...clap(1),
      "-filter_complex",
      "[1:a]atrim=start=0.5[late]",
      "-map",
      "0:v",
      "-map",
      "[late]",
      "-c:v",
      "libx264",
      "-pix_fmt",
      "yuv420p",
      ...aac,
    ],
    seconds: 3,
    rungs: [
      ["180p", 320, 180],
      ["144p", 256, 144],
    ],
    audio: [["und", 1]],
    also: (result) => expectTogether(result, 1),
  },
  {
    what: "video that begins half a second late",
    fileName: "late-video.mp4",
    args: [
      ...clap(1),
      "-filter_complex",
      "[0:v]trim=start=0.5[late]",
      "-map",
      "[late]",
      "-map",
      "1:a",
      "-c:v",
      "libx264",
      "-pix_fmt",
      "yuv420p",
      ...aac,
    ],
    seconds: 3,
    rungs: [
      ["180p", 320, 180],
      ["144p", 256, 144],
    ],
    audio: [["und", 1]],
    also: (result) => expectTogether(result, 1),
  },
  {
    what: "audio alone",
    fileName: "alone.mp3",
    args: [...tone(), "-c:a", "libmp3lame"],
    seconds: 3,
    rungs: [],
    audio: stereo,
    also: ({ publisher }) => {
      expect(publisher.states.at(-1)).toMatchObject({
        aspectRatio: 0,
        hasPoster: false,
        hasStoryboard: false,
      });
      expect(publisher.files.get("master-1.m3u8")?.toString()).toContain(
        'CODECS="mp4a.40.2"\naudio-0/index.m3u8',
      );
    },
  },
  {
    what: "audio with a cover",
    fileName: "cover.mp3",
    args: [
      ...tone(),
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=400x400:rate=1:duration=1",
      "-map",
      "0",
      "-map",
      "1",
      "-frames:v",
      "1",
      "-c:v",
      "mjpeg",
      "-pix_fmt",
      "yuvj420p",
      "-disposition:v",
      "attached_pic",
      "-c:a",
      "libmp3lame",
      "-id3v2_version",
      "3",
    ],
    seconds: 3,
    rungs: [],
    audio: stereo,
    also: ({ publisher }) => {
      expect(publisher.states.at(-1)).toMatchObject({
        aspectRatio: 0,
        hasPoster: true,
        hasStoryboard: false,
      });
    },
  },
];

describe("awkward sources become ready", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "shoal-awkward-"));
    await writeFile(join(root, "subtitle.srt"), srt);
  });
  afterAll(async () => await rm(root, { recursive: true, force: true }));

  test.each(sources)("$what", { timeout: 60_000 }, async (source) => {
    const sourcePath = await makeClip(root, { name: source.fileName, args: source.args });
    await source.prepare?.(sourcePath);
    const workDir = join(root, `job-${source.fileName}`);
    await mkdir(workDir);
    const publisher = createMemoryPublisher();
    const state = await encodeVideo({
      sourcePath,
      workDir,
      doneParts: [],
      publish: publisher,
      log: pino({ level: "silent" }),
      signal: new AbortController().signal,
      config: testConfig,
    });

    expect(await readdir(workDir)).toEqual([]);
    expect(await findProcesses(sourcePath)).toEqual([]);
    expect(state.isComplete).toBe(true);
    expect(Math.abs(state.durationSeconds - source.seconds)).toBeLessThanOrEqual(0.1);
    expect(state.renditions.map(({ name, widthPx, heightPx }) => [name, widthPx, heightPx])).toEqual(
      source.rungs.map(([name, widthPx, heightPx]) => [name, widthPx, heightPx]),
    );
    if (source.audio) {
      expect(state.audioTracks.map(({ language, channelCount }) => [language, channelCount])).toEqual(
        source.audio,
      );
    }
    await expectRungs(source, { publisher, dir: workDir });
    await expectAudio(source, { publisher, dir: workDir });
    await source.also?.({ publisher, dir: workDir });
  });
});

async function expectRungs(source: AwkwardSource, { publisher, dir }: Result): Promise<void> {
  const lengths = new Set<string>();
  for (const [name, widthPx, heightPx, fps] of source.rungs) {
    const playlist = readPlaylist(publisher, name);
    lengths.add(playlist.segments.map(({ seconds }) => seconds.toFixed(2)).join(" "));
    expect(wrongHashes(publisher, name)).toEqual([]);
    expect(Math.max(...playlist.segments.map(({ seconds }) => Math.round(seconds)))).toBeLessThanOrEqual(
      playlist.targetSeconds,
    );
    const found = await inspect(publisher, name, dir);
    expect(found).toMatchObject({
      codec_name: "h264",
      width: widthPx,
      height: heightPx,
      pix_fmt: "yuv420p",
      sample_aspect_ratio: "1:1",
    });
    expect(found.side_data_list).toBeUndefined();
    expect(Math.abs(found.start_time)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(found.duration - source.seconds)).toBeLessThanOrEqual(0.1);
    if (fps) expect(found.r_frame_rate).toBe(fps);
    expect((await decodeGrey(publisher, name, dir)).length).toBeGreaterThan(1);
  }
  // segments of all rungs begin and end together
  expect(lengths.size).toBeLessThanOrEqual(1);
}

async function expectAudio(source: AwkwardSource, { publisher, dir }: Result): Promise<void> {
  for (const at of (source.audio ?? []).keys()) {
    const folder = `audio-${at}`;
    expect(wrongHashes(publisher, folder)).toEqual([]);
    const found = await inspect(publisher, folder, dir);
    expect(found).toMatchObject({ codec_name: "aac", sample_rate: "48000" });
    expect(Math.abs(found.start_time)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(found.duration - source.seconds)).toBeLessThanOrEqual(0.15);
  }
}

/** Quarters count from the top left, row by row. */
function expectRedQuarter(quarterColours: number[][], expected: number): void {
  const redness = quarterColours.map(([red = 0, , blue = 0]) => red - blue);
  expect(redness.indexOf(Math.max(...redness))).toBe(expected);
}

/** The flash and the beep are at the time that the source has them, and less than 40 ms apart. */
async function expectTogether({ publisher, dir }: Result, atSeconds: number): Promise<void> {
  const frames = await decodeGrey(publisher, "144p", dir);
  const flashSeconds = frames.findIndex((frame) => (frame[0] ?? 0) > 128) / 25;
  const samples = await decodeAudio(publisher, "audio-0", dir);
  const beepSeconds = samples.findIndex((sample) => Math.abs(sample) > 0.05) / 48_000;
  expect(Math.abs(flashSeconds - atSeconds)).toBeLessThanOrEqual(0.041);
  expect(Math.abs(beepSeconds - atSeconds)).toBeLessThanOrEqual(0.03);
  expect(Math.abs(flashSeconds - beepSeconds)).toBeLessThanOrEqual(0.04);
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type AwkwardSource, expectTogether, ladder240, stereo } from "./awkward-source.ts";
import { aac, clap, h264, picture, tone } from "./clips.ts";
import { decodeAudio } from "./published.ts";

const srt =
  "1\n00:00:00,500 --> 00:00:01,500\n{\\an8}<font color=red>Hello</font> <i>there</i>\n\n2\n00:00:02,000 --> 00:00:02,900\na < b\n";
/** Writes the files that some of the sources are made of. */
export async function writeIngredients(dir: string): Promise<void> {
  await writeFile(join(dir, "subtitle.srt"), srt);
}

/** Sources whose sound, time or container is unusual. */
export const awkwardFiles: readonly AwkwardSource[] = [
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

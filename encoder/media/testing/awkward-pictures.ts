import { expect } from "vitest";
import { type AwkwardSource, expectRedQuarter, ladder240, stereo } from "./awkward-source.ts";
import { aac, h264, picture, quarters, tone, turnMp4 } from "./clips.ts";
import { decodeGrey, decodeQuarters, inspect } from "./published.ts";

/** Sources whose pictures are unusual. */
export const awkwardPictures: readonly AwkwardSource[] = [
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
];

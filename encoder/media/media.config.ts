import { z } from "zod";
import { type ConfigOf, defineConfig } from "#common/node/config.ts";

/** How videos are encoded, and what an encode may cost. */
export const mediaConfig = defineConfig({
  ffmpegPath: {
    doc: "FFmpeg 5.1 or newer with libx264 and zimg (the filter zscale).",
    schema: z.string().min(1),
    default: "ffmpeg",
    env: "SHOAL_FFMPEG_PATH",
  },
  ffprobePath: {
    doc: "The ffprobe that came with that FFmpeg.",
    schema: z.string().min(1),
    default: "ffprobe",
    env: "SHOAL_FFPROBE_PATH",
  },
  encodePreset: {
    doc: "x264's preset: slower ones need more time and give smaller files of the same quality.",
    schema: z.enum(["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]),
    default: "veryfast",
    env: "SHOAL_ENCODE_PRESET",
  },
  encodeThreads: {
    doc: "Threads of one FFmpeg run; 0: as many as there are cores.",
    schema: z.coerce.number().int().min(0).max(256),
    default: 0,
    env: "SHOAL_ENCODE_THREADS",
  },
  maxDurationSeconds: {
    doc: "Longest video that is accepted.",
    schema: z.coerce.number().positive(),
    default: 12 * 60 * 60,
    env: "SHOAL_MAX_DURATION_SECONDS",
  },
  maxPicturePixels: {
    doc: "Largest picture that is accepted, as width × height.",
    schema: z.coerce.number().int().positive(),
    default: 8192 * 4320,
    env: "SHOAL_MAX_PICTURE_PIXELS",
  },
  encodeTimeFactor: {
    doc: "An encode pass is ended when it takes longer than two minutes plus this many times the video's length.",
    schema: z.coerce.number().positive(),
    default: 30,
    env: "SHOAL_ENCODE_TIME_FACTOR",
  },
  encodeStallSeconds: {
    doc: "An encode pass is ended when it makes no progress for this long.",
    schema: z.coerce.number().positive(),
    default: 120,
    env: "SHOAL_ENCODE_STALL_SECONDS",
  },
  encodeMemoryMib: {
    doc: "Address space that one FFmpeg run may use, in MiB; 0: no limit.",
    schema: z.coerce.number().int().min(0),
    default: 8192,
    env: "SHOAL_ENCODE_MEMORY_MIB",
  },
});

/** Values of {@link mediaConfig}. */
export type MediaConfig = ConfigOf<typeof mediaConfig>;

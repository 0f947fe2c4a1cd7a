import { z } from "zod";

/** One initialisation segment of a track: `<track>/init-<number>.mp4`, numbers from 1. */
const journalHeadSchema = z.object({
  codec: z.string(),
  widthPx: z.int().nonnegative(),
  heightPx: z.int().nonnegative(),
  channelCount: z.int().nonnegative(),
  timescaleHz: z.int().positive(),
  sha256: z.string(),
});

/** One track of a broadcast: a rung or the sound. */
export const journalTrackSchema = z.object({
  /** Its folder: `720p`, `audio-0`. */
  name: z.string(),
  kind: z.enum(["video", "audio"]),
  heads: z.array(journalHeadSchema),
});
/** One track of a broadcast. */
export type JournalTrack = z.infer<typeof journalTrackSchema>;

/** What a track has of a segment: `<track>/seg-<number>.m4s`. */
export const journalPartSchema = z.object({
  head: z.int().positive(),
  seconds: z.number().positive(),
  frameCount: z.int().positive(),
  sizeBytes: z.int().positive(),
  sha256: z.string(),
});
/** What a track has of a segment. */
export type JournalPart = z.infer<typeof journalPartSchema>;

/** One segment of all tracks; a track that is absent borrows of another. */
export const journalSegmentSchema = z.object({
  /** From 1, in a row. */
  number: z.int().positive(),
  /** Counts the discontinuities before it. */
  era: z.int().nonnegative(),
  /** On the broadcast's own time, which has no gaps, in ticks of 90 kHz. */
  startTicks: z.int().nonnegative(),
  endTicks: z.int().positive(),
  /** Wall time of its beginning, epoch. */
  dateMs: z.int(),
  parts: z.record(z.string(), journalPartSchema),
});
/** One segment of all tracks. */
export type JournalSegment = z.infer<typeof journalSegmentSchema>;

/** `journal/<00001>.json`: some segments, and all tracks as they were with the last of them. */
export const journalChunkSchema = z.object({
  tracks: z.array(journalTrackSchema),
  segments: z.array(journalSegmentSchema),
});

/** `journal/end.json`: the broadcast is finished. */
export const journalEndSchema = z.object({
  /** Empty: nothing was on air, or nothing is kept. */
  masterName: z.string(),
  tracks: z.array(journalTrackSchema),
  facts: z.record(
    z.string(),
    z.object({
      peakBps: z.int().nonnegative(),
      averageBps: z.int().nonnegative(),
      sizeBytes: z.int().nonnegative(),
      seconds: z.number().nonnegative(),
      frameRateFps: z.number().nonnegative(),
      partCount: z.int().nonnegative(),
    }),
  ),
  durationSeconds: z.number().nonnegative(),
});
/** What is known of a finished broadcast. */
export type JournalEnd = z.infer<typeof journalEndSchema>;

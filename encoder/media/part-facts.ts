import { z } from "zod";
import { captionTrackSchema } from "#common/videos/video.ts";

const trackShape = {
  /** RFC 6381. */
  codec: z.string(),
  /** Largest bitrate of any segment, and that of all. */
  peakBps: z.int().positive(),
  averageBps: z.int().positive(),
  sizeBytes: z.int().positive(),
  durationSeconds: z.number().positive(),
  segmentCount: z.int().positive(),
};

const rungFactsSchema = z.object({
  kind: z.literal("rung"),
  name: z.string(),
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  frameRateFps: z.number().positive(),
  ...trackShape,
});
/** A rung as published. */
export type RungFacts = z.infer<typeof rungFactsSchema>;

const audioFactsSchema = z.object({
  kind: z.literal("audio"),
  ordinal: z.int().nonnegative(),
  name: z.string(),
  language: z.string(),
  channelCount: z.int().positive(),
  isDefault: z.boolean(),
  ...trackShape,
});
/** An audio track as published. */
export type AudioFacts = z.infer<typeof audioFactsSchema>;

/** What is known of a finished part; kept beside it, so that another attempt need not look at it again. */
export const partFactsSchema = z.discriminatedUnion("kind", [
  rungFactsSchema,
  audioFactsSchema,
  z.object({ kind: z.literal("captions"), tracks: z.array(captionTrackSchema) }),
  z.object({ kind: z.literal("poster"), isThere: z.boolean() }),
  z.object({ kind: z.literal("storyboard"), isThere: z.boolean() }),
]);
/** What is known of a finished part. */
export type PartFacts = z.infer<typeof partFactsSchema>;

/** Where a part's facts lie in the revision. */
export function partFactsPath(part: string): string {
  return `parts/${part.replace(":", "-")}.json`;
}

import { z } from "zod";

const numberText = z
  .string()
  .optional()
  .transform((text) => {
    const value = Number.parseFloat(text ?? "");
    return Number.isFinite(value) ? value : undefined;
  });

const probeStreamSchema = z.object({
  index: z.int().nonnegative(),
  codec_type: z.string().default("unknown"),
  codec_name: z.string().default("unknown"),
  pix_fmt: z.string().default(""),
  width: z.int().default(0),
  height: z.int().default(0),
  sample_aspect_ratio: z.string().optional(),
  field_order: z.string().optional(),
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  duration: numberText,
  start_time: numberText,
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  color_transfer: z.string().optional(),
  color_primaries: z.string().optional(),
  channels: z.int().default(0),
  disposition: z.record(z.string(), z.number()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
/** One stream as ffprobe describes it. */
export type ProbeStream = z.infer<typeof probeStreamSchema>;

/** What `ffprobe -show_format -show_streams -of json` prints, as far as it is used. */
export const probeOutputSchema = z.object({
  streams: z.array(probeStreamSchema).max(1000).default([]),
  format: z
    .object({ duration: numberText, start_time: numberText })
    .default({ duration: undefined, start_time: undefined }),
});
/** What ffprobe prints of a file. */
export type ProbeOutput = z.infer<typeof probeOutputSchema>;

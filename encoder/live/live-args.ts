/** Samples that FFmpeg's AAC encoder puts before the first one; one block of AAC. */
export const aacBlockSamples = 1024;
/** Sound is 48 kHz on its way in and out. */
export const sampleRateHz = 48_000;

/** One rung that is encoded because it cannot be copied. */
export interface LiveRung {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly maxBitrateBps: number;
  readonly level: string;
}

/** The containers that frames are handed to FFmpeg in: IVF for VP8, VP9 and AV1, fragmented MP4 for H.264 and Opus. */
export type FeedFormat = "ivf" | "mov";

/** FFmpeg: Opus in fragments of MP4 on `pipe:0`, AAC in fragments on `pipe:3`; the first samples are left out. */
export function audioArgs(options: { skipSamples: number; bitrateBps: number }): string[] {
  // without gaps in it, sample n stays sample n; the encoder's own lead-in takes the place of the first block
  const filters = [
    `aresample=${sampleRateHz}`,
    `atrim=start_sample=${options.skipSamples + aacBlockSamples}`,
  ];
  return [
    ...feedArgs("mov"),
    ...["-map", "0:a:0", "-af", [...filters, "aformat=channel_layouts=stereo"].join(",")],
    ...["-c:a", "aac", "-profile:a", "aac_low", "-b:a", String(options.bitrateBps)],
    ...["-frag_duration", "200000", "-movflags", "+empty_moov+default_base_moof+skip_trailer"],
    ...pipeArgs(3),
  ];
}

/** FFmpeg: a picture of any codec on `pipe:0`, H.264 of each rung in fragments on `pipe:3` and on, frame by frame. */
export function transcodeArgs(options: {
  format: FeedFormat;
  rungs: readonly LiveRung[];
  threads: number;
  segmentSeconds: number;
}): string[] {
  const { rungs, threads } = options;
  const graph = [
    `[0:v:0]split=${rungs.length}${rungs.map((_, at) => `[in${at}]`).join("")}`,
    ...rungs.map((rung, at) => `[in${at}]${fitFilters(rung).join(",")}[out${at}]`),
  ].join(";");
  return [
    ...["-threads", String(threads)],
    ...feedArgs(options.format),
    ...["-filter_complex_threads", "1", "-filter_complex", graph],
    ...rungs.flatMap((rung, at) => [
      ...["-map", `[out${at}]`, "-fps_mode", "passthrough", "-enc_time_base", "1/90000"],
      ...["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-threads", String(threads)],
      ...["-profile:v", "main", "-level:v", rung.level, "-pix_fmt", "yuv420p", "-crf", "23"],
      ...["-maxrate", String(rung.maxBitrateBps), "-bufsize", String(rung.maxBitrateBps)],
      // key frames of all rungs lie on the same frame of the source
      ...[
        "-force_key_frames",
        `expr:gte(t,n_forced*${options.segmentSeconds})`,
        "-g",
        "600",
        "-sc_threshold",
        "0",
      ],
      ...["-bsf:v", "dump_extra=freq=keyframe"],
      ...["-video_track_timescale", "90000", "-use_editlist", "0"],
      ...["-movflags", "+frag_every_frame+empty_moov+default_base_moof+skip_trailer+frag_discont"],
      ...pipeArgs(3 + at),
    ]),
  ];
}

/** One input of known form and nothing else; what comes is used at once. */
function feedArgs(format: FeedFormat): string[] {
  return [
    ...["-protocol_whitelist", "pipe", "-format_whitelist", format],
    ...["-fflags", "+nobuffer", "-probesize", "32", "-analyzeduration", "0"],
    ...["-copyts", "-f", format, "-i", "pipe:0"],
  ];
}

function pipeArgs(pipe: number): string[] {
  return ["-map_metadata", "-1", "-flush_packets", "1", "-f", "mp4", `pipe:${pipe}`];
}

/** A picture that changes its shape on the way keeps its proportions. */
function fitFilters({ widthPx, heightPx }: LiveRung): string[] {
  const size = `${widthPx}:${heightPx}`;
  return [
    `scale=${size}:flags=bicubic:force_original_aspect_ratio=decrease`,
    `pad=${size}:(ow-iw)/2:(oh-ih)/2`,
    "setsar=1",
    "format=yuv420p",
  ];
}

import type { IngestReport } from "#common/live/broadcast.ts";

/** Where FFmpeg sends one track as RTP. */
export interface RtpDestination {
  readonly host: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly payloadType: number;
  readonly ssrc: number;
}

/** Fits a UDP packet with every header into the smallest usual path MTU. */
const packetSizeBytes = 1200;
const keyFrameSeconds = 2;

/** FFmpeg's argv tokens: FLV on standard input to plain RTP, picture as the report says, sound as Opus. */
export function toIngestArgs(options: {
  readonly report: IngestReport;
  readonly video: RtpDestination | null;
  readonly audio: RtpDestination | null;
  readonly threadCount: number;
}): string[] {
  const { report, video, audio } = options;
  // what comes is live: nothing is gained by looking at it for seconds first
  const input = ["-analyzeduration", "0", "-probesize", "65536", "-f", "flv", "-i", "pipe:0"];
  return [
    ...input,
    ...(video ? ["-map", "0:v:0", ...toVideoArgs(report, options.threadCount), ...toRtpArgs(video)] : []),
    ...(audio
      ? [
          "-map",
          "0:a:0",
          "-c:a",
          "libopus",
          "-b:a",
          "128k",
          "-ar",
          "48000",
          "-ac",
          "2",
          "-frame_duration",
          "20",
        ]
      : []),
    ...(audio ? toRtpArgs(audio) : []),
  ];
}

function toVideoArgs(report: IngestReport, threadCount: number): string[] {
  // RFC 6184 §8.2.2: who joins late has the parameter sets only where they are sent again, with each key frame
  if (report.video === "copied") return ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb"];
  const encoder = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main"];
  return [
    ...encoder,
    ...[
      "-pix_fmt",
      "yuv420p",
      "-vf",
      "scale='min(1920,iw)':-2",
      "-crf",
      "23",
      "-maxrate",
      "5M",
      "-bufsize",
      "5M",
    ],
    ...["-force_key_frames", `expr:gte(t,n_forced*${keyFrameSeconds})`, "-threads", String(threadCount)],
  ];
}

function toRtpArgs(to: RtpDestination): string[] {
  const address = `rtp://${to.host}:${to.port}?rtcpport=${to.rtcpPort}&pkt_size=${packetSizeBytes}`;
  return ["-payload_type", String(to.payloadType), "-ssrc", String(to.ssrc), "-f", "rtp", address];
}

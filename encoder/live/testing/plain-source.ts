import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { plainPublisherSchema } from "#common/live/sfu-control.ts";
import { type OwnSfu, roomId } from "../../../sfu/live/testing/own-sfu.ts";

/** What a test sends: a picture that shows its time, and a beep each second. */
export interface PlainWishes {
  readonly picture: "h264" | "h264 with B-frames" | "vp8" | "none";
  readonly hasSound: boolean;
  /** Seconds from one key frame to the next. */
  readonly gopSeconds: number;
}

/** A publisher by plain RTP; FFmpeg makes what it sends. */
export interface PlainSource {
  readonly sessionId: string;
  /** Goes as somebody whose network fails: without a word. */
  vanish(): Promise<void>;
  /** Goes on purpose. */
  leave(): Promise<void>;
}

const pictures = {
  h264: ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0"],
  "h264 with B-frames": [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-bf",
    "2",
    "-rc-lookahead",
    "4",
    "-threads",
    "1",
  ],
  vp8: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k"],
} as const;

/** Publishes into the room of the tests. */
export async function publishPlain(sfu: OwnSfu, wishes: Partial<PlainWishes> = {}): Promise<PlainSource> {
  const { picture, hasSound, gopSeconds }: PlainWishes = {
    picture: "h264",
    hasSound: true,
    gopSeconds: 1,
    ...wishes,
  };
  const video = { kind: "video", codec: picture === "vp8" ? "vp8" : "h264", payloadType: 96, ssrc: 1111 };
  const audio = { kind: "audio", codec: "opus", payloadType: 97, ssrc: 2222 };
  const tracks = [...(picture === "none" ? [] : [video]), ...(hasSound ? [audio] : [])];
  const path = `/rooms/${roomId}`;
  const session = await sfu.ask("POST", `${path}/plain-publisher`, { tracks }, plainPublisherSchema);
  const addresses = tracks.map(
    (_, at) => `rtp://127.0.0.1:${session.ports[at]}?rtcpport=${session.rtcpPorts[at]}&pkt_size=1200`,
  );
  const gop = String(Math.round(gopSeconds * 25));
  const toOutput = (at: number, track: { payloadType: number; ssrc: number }) => [
    ...[
      "-payload_type",
      String(track.payloadType),
      "-ssrc",
      String(track.ssrc),
      "-f",
      "rtp",
      addresses[at] ?? "",
    ],
  ];
  const isH264 = video.codec === "h264";
  const child: ChildProcess = spawn(
    "ffmpeg",
    [
      ...["-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25"],
      ...["-re", "-f", "lavfi", "-i", "sine=frequency=440:beep_factor=4:sample_rate=48000"],
      ...(picture === "none"
        ? []
        : [
            ...["-map", "0:v", ...pictures[picture], "-g", gop, "-keyint_min", gop, "-pix_fmt", "yuv420p"],
            ...(isH264 ? ["-bsf:v", "dump_extra=freq=keyframe"] : []),
            ...toOutput(0, video),
          ]),
      ...(hasSound
        ? ["-map", "1:a", "-c:a", "libopus", "-ac", "2", "-b:a", "64k", ...toOutput(tracks.length - 1, audio)]
        : []),
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  async function vanish(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  return {
    sessionId: session.sessionId,
    vanish,
    async leave() {
      await sfu.ask("DELETE", `${path}/publisher/${session.sessionId}`, undefined, z.unknown());
      await vanish();
    },
  };
}

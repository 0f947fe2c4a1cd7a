import type { PlainTransport, Producer, RouterRtpCodecCapability, RtpCodecCapability } from "mediasoup/types";
import type { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { plainTrackSchema } from "#common/live/sfu-control.ts";
import type { Branch } from "./branch.ts";
import { keyFrameRequestDelayMs } from "./key-frames.ts";
import type { MediaAddress } from "./media-address.ts";
import { PublisherSession } from "./publisher.ts";

export type PlainTrack = z.infer<typeof plainTrackSchema>;

/** A plain publisher with the addresses that it has to send to. */
export interface OpenedPlainPublisher {
  readonly session: PublisherSession;
  /** In the order of the tracks. */
  readonly ports: number[];
  readonly rtcpPorts: number[];
}

const codecs = new Map<string, Omit<RtpCodecCapability, "preferredPayloadType">>([
  ["audio/opus", { kind: "audio", mimeType: "audio/opus", clockRate: 48_000, channels: 2 }],
  [
    "video/h264",
    {
      kind: "video",
      mimeType: "video/H264",
      clockRate: 90_000,
      // what every browser offers to play; the real profile stands in the picture, and decoders go by that
      parameters: {
        "packetization-mode": 1,
        "level-asymmetry-allowed": 1,
        "profile-level-id": "42e01f",
      },
    },
  ],
  ["video/vp8", { kind: "video", mimeType: "video/VP8", clockRate: 90_000 }],
]);

/** The codecs for a room's root router; throws `stream.unsupported_media`, and `request.invalid` for two tracks of a kind. */
export function toPlainCodecs(tracks: readonly PlainTrack[]): RouterRtpCodecCapability[] {
  if (new Set(tracks.map(({ kind }) => kind)).size !== tracks.length) {
    throw new ShoalError("request.invalid", "A stream has one picture and one sound at most.");
  }
  return tracks.map((track) => ({ ...findCodec(track), preferredPayloadType: track.payloadType }));
}

/** Opens a port for each track; whoever sends to it first is the sender. */
export async function openPlainPublisher(
  root: Branch,
  tracks: readonly PlainTrack[],
  { listenInfo }: MediaAddress,
): Promise<OpenedPlainPublisher> {
  const transports: PlainTransport[] = [];
  const producers: Producer[] = [];
  try {
    for (const track of tracks) {
      const transport = await root.router.createPlainTransport({
        listenInfo,
        rtcpListenInfo: listenInfo,
        rtcpMux: false,
        comedia: true,
      });
      transports.push(transport);
      producers.push(await produce(transport, track));
    }
  } catch (error) {
    for (const transport of transports) transport.close();
    throw error;
  }
  return {
    session: new PublisherSession({ via: "plain", transports, producers }),
    ports: transports.map(({ tuple }) => tuple.localPort),
    rtcpPorts: transports.flatMap(({ rtcpTuple }) => rtcpTuple?.localPort ?? []),
  };
}

function produce(transport: PlainTransport, track: PlainTrack): Promise<Producer> {
  const { kind, payloadType, ssrc } = track;
  const { mimeType, clockRate, channels, parameters = {} } = findCodec(track);
  return transport.produce({
    kind,
    keyFrameRequestDelay: keyFrameRequestDelayMs,
    rtpParameters: {
      codecs: [{ mimeType, payloadType, clockRate, parameters, ...(channels !== undefined && { channels }) }],
      encodings: [{ ssrc }],
      // both tracks under one name, so that they are played in step
      rtcp: { cname: "shoal" },
    },
  });
}

function findCodec({ kind, codec }: PlainTrack): Omit<RtpCodecCapability, "preferredPayloadType"> {
  const found = codecs.get(`${kind}/${codec}`);
  if (found) return found;
  throw new ShoalError("stream.unsupported_media", `${codec} cannot be passed on as ${kind} by plain RTP.`);
}

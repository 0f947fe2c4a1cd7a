import type { Producer } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { type PublishOffer, toProducerParameters, writePublishAnswer } from "../sdp/publish-offer.ts";
import type { Branch } from "./branch.ts";
import { IceSession } from "./ice-session.ts";
import { keyFrameRequestDelayMs } from "./key-frames.ts";
import { PublisherSession } from "./publisher.ts";

/** RFC 7675 §5.1: "consent expires after 30 seconds". */
const consentTimeoutSeconds = 30;

/** A publisher by WebRTC. */
export interface OpenedWebRtcPublisher {
  readonly session: PublisherSession;
  readonly ice: IceSession;
  /** Our answer to its offer. */
  readonly sdp: string;
}

/** Takes a publisher's offer; throws `stream.unsupported_media` when mediasoup cannot take what is in it. */
export async function openWebRtcPublisher(
  root: Branch,
  offer: PublishOffer,
  addresses: readonly string[],
): Promise<OpenedWebRtcPublisher> {
  const ice = await IceSession.open(root, { addresses, consentTimeoutSeconds });
  const { transport } = ice;
  try {
    const connected = transport.connect({ dtlsParameters: offer.dtlsParameters });
    const [producers] = await Promise.all([produceAll(ice, offer), connected]);
    ice.meet(
      offer.usernameFragment,
      offer.tracks.find(({ codec }) => codec),
    );
    const session = new PublisherSession({
      via: "webrtc",
      transports: [transport],
      producers,
      isLinked: () => transport.iceState === "connected" || transport.iceState === "completed",
    });
    transport.observer.on("icestatechange", () => session.tell());
    transport.observer.on("dtlsstatechange", (state) => {
      // RFC 9725 §4.3: "DTLS teardown for session termination by either side"
      if (state === "failed" || state === "closed") session.close();
    });
    return { session, ice, sdp: writePublishAnswer(offer, ice.facts) };
  } catch (error) {
    transport.close();
    throw error;
  }
}

async function produceAll({ transport }: IceSession, offer: PublishOffer): Promise<Producer[]> {
  const tracks = offer.tracks.flatMap((track) => (track.codec ? [{ track, kind: track.codec.kind }] : []));
  try {
    return await Promise.all(
      tracks.map(({ track, kind }) =>
        transport.produce({
          kind,
          rtpParameters: toProducerParameters(track),
          keyFrameRequestDelay: keyFrameRequestDelayMs,
        }),
      ),
    );
  } catch (cause) {
    if (transport.closed) throw cause;
    throw new ShoalError("stream.unsupported_media", "What this offer would send cannot be passed on.", {
      cause,
    });
  }
}

import type { MediaKind, PipeTransport, Producer, RouterRtpCodecCapability } from "mediasoup/types";
import { z } from "zod";
import { pipeSchema, sfuControlPath } from "#common/live/sfu-control.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Branch } from "./branch.ts";
import { canCarry } from "./carry.rules.ts";
import { isLoopback, type MediaAddress, toHost } from "./media-address.ts";
import { connectPipeEnd, openPipeEnd, type PipeAnswer } from "./pipe.ts";
import { rtpParametersSchema } from "./rtp-parameters.schema.ts";
import type { Source } from "./source.ts";

/** An edge's end of a pipe from the room's origin. */
export interface IncomingPipe extends Source {
  /** `true`: it brings nothing any more. */
  readonly isClosed: boolean;
  /** Says so to the origin too, which need not hear it. */
  close(): void;
}

export interface IncomingPipeOptions {
  readonly client: InternalClient;
  readonly media: MediaAddress;
  readonly originUrl: string;
  readonly roomId: string;
}

/**
 * Asks the origin for what its publisher sends. The root is given the origin's codecs when it has none yet; `null`: it has
 * others, and cannot carry them. Throws `stream.not_live` while the origin has no publisher.
 */
export async function openIncomingPipe(
  root: Branch,
  { client, media, originUrl, roomId }: IncomingPipeOptions,
): Promise<IncomingPipe | null> {
  const isBetweenHosts = !isLoopback(toHost(originUrl)) || !isLoopback(media.host);
  const transport = await openPipeEnd(root, media, isBetweenHosts);
  const path = `${sfuControlPath}/rooms/${roomId}/pipes`;
  let pipe: PipeAnswer | undefined;
  const close = () => {
    transport.close();
    if (!pipe) return;
    // the origin closes by itself what it does not hear from
    client
      .ask({
        baseUrl: originUrl,
        method: "DELETE",
        path: `${path}/${encodeURIComponent(pipe.pipeId)}`,
        reply: z.unknown(),
      })
      .catch(() => {});
  };
  try {
    const { tuple, srtpParameters } = transport;
    pipe = await client.ask({
      baseUrl: originUrl,
      method: "POST",
      path,
      body: { host: media.host, port: tuple.localPort, srtpKey: srtpParameters?.keyBase64 ?? null },
      reply: pipeSchema,
    });
    const tracks = pipe.producers.map(({ kind, rtpParameters }) => ({
      kind,
      rtpParameters: rtpParametersSchema.parse(rtpParameters),
    }));
    const codecs = toCodecs(tracks);
    if (root.codecs.length === 0) root.router.updateMediaCodecs(codecs);
    if (!canCarry(root.codecs, codecs)) {
      close();
      return null;
    }
    await connectPipeEnd(transport, pipe);
    const producers = await Promise.all(tracks.map((track) => transport.produce(track)));
    return toSource(transport, pipe.sessionId, producers, close);
  } catch (error) {
    close();
    throw error;
  }
}

function toSource(
  transport: PipeTransport,
  sessionId: string,
  producers: readonly Producer[],
  close: () => void,
): IncomingPipe {
  return {
    sessionId,
    producers,
    get isClosed() {
      return transport.closed;
    },
    close() {
      if (!transport.closed) close();
    },
  };
}

type Track = { readonly kind: MediaKind; readonly rtpParameters: z.infer<typeof rtpParametersSchema> };

/** Codecs with the origin's numbers, so that players who are served there are served here without another router. */
function toCodecs(tracks: readonly Track[]): RouterRtpCodecCapability[] {
  return tracks.flatMap(({ kind, rtpParameters }) =>
    rtpParameters.codecs
      .filter(({ mimeType }) => !/\/rtx$/i.test(mimeType))
      .map(({ mimeType, payloadType, clockRate, channels, parameters }) => ({
        kind,
        mimeType,
        clockRate,
        preferredPayloadType: payloadType,
        parameters,
        ...(kind === "audio" && { channels }),
      })),
  );
}

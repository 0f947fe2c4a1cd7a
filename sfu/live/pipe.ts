import type { PipeTransport, SrtpParameters } from "mediasoup/types";
import type { z } from "zod";
import type { pipeRequestSchema, pipeSchema } from "#common/live/sfu-control.ts";
import type { Branch } from "./branch.ts";
import { type MediaAddress, toIp } from "./media-address.ts";
import type { Source } from "./source.ts";

export type PipeRequest = z.infer<typeof pipeRequestSchema>;
export type PipeAnswer = z.infer<typeof pipeSchema>;

/** An edge that sends no RTCP for so long has gone without a word. */
const silentAfterMs = 20_000;

/** Opens one end of a pipe between nodes; between hosts it is encrypted, and lost packets are sent again. */
export function openPipeEnd({ router }: Branch, { listenInfo }: MediaAddress, isBetweenHosts: boolean) {
  return router.createPipeTransport({
    listenInfo,
    enableSrtp: isBetweenHosts,
    enableRtx: isBetweenHosts,
  });
}

/** Tells one end of a pipe where the other is. */
export async function connectPipeEnd(
  transport: PipeTransport,
  other: { readonly host: string; readonly port: number; readonly srtpKey: string | null },
): Promise<void> {
  const ip = await toIp(other.host);
  const srtp = other.srtpKey === null ? {} : { srtpParameters: toSrtp(other.srtpKey) };
  await transport.connect({ ip, port: other.port, ...srtp });
}

/** The only suite that mediasoup's pipes speak (RFC 7714). */
function toSrtp(keyBase64: string): SrtpParameters {
  return { cryptoSuite: "AEAD_AES_256_GCM", keyBase64 };
}

/** The origin's end of a pipe to an edge; closes with the source that it carries. */
export class OutgoingPipe {
  readonly id: string;
  readonly #transport: PipeTransport;
  readonly #release: () => void;
  #byteCount = 0;
  #heardAtMs = performance.now();

  private constructor(transport: PipeTransport, release: () => void) {
    this.id = transport.id;
    this.#transport = transport;
    this.#release = release;
    transport.observer.once("close", this.#release);
  }

  /** Sends everything that the source has to an edge. */
  static async open(
    root: Branch,
    source: Source,
    request: PipeRequest,
    media: MediaAddress,
  ): Promise<{ pipe: OutgoingPipe; answer: PipeAnswer }> {
    const transport = await openPipeEnd(root, media, request.srtpKey !== null);
    const pipe = new OutgoingPipe(transport, root.use());
    try {
      await connectPipeEnd(transport, request);
      const consumers = await Promise.all(
        source.producers.map(({ id }) => transport.consume({ producerId: id })),
      );
      for (const consumer of consumers) consumer.observer.once("close", () => pipe.close());
      const answer: PipeAnswer = {
        pipeId: pipe.id,
        sessionId: source.sessionId,
        host: media.host,
        port: transport.tuple.localPort,
        srtpKey: transport.srtpParameters?.keyBase64 ?? null,
        producers: consumers.map(({ producerId, kind, rtpParameters }) => ({
          id: producerId,
          kind,
          rtpParameters: JSON.parse(JSON.stringify(rtpParameters)),
        })),
      };
      return { pipe, answer };
    } catch (error) {
      pipe.close();
      throw error;
    }
  }

  /** Closes when the edge has not been heard for long. */
  async check(): Promise<void> {
    const stats = await this.#transport.getStats();
    const byteCount = stats.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
    if (byteCount > this.#byteCount) this.#heardAtMs = performance.now();
    this.#byteCount = byteCount;
    if (performance.now() - this.#heardAtMs > silentAfterMs) this.close();
  }

  onClosed(listener: () => void): void {
    this.#transport.observer.once("close", listener);
  }

  close(): void {
    this.#transport.close();
  }
}

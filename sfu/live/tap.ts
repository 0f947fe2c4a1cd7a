import type { Consumer, PlainTransport, Producer, Router, RtpCapabilities } from "mediasoup/types";
import type { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { Tap, tapRequestSchema } from "#common/live/sfu-control.ts";
import { writeParameters } from "../sdp/write.ts";
import type { Branch } from "./branch.ts";
import { type MediaAddress, toIp, toMediaAddressFor } from "./media-address.ts";

export type TapRequest = z.infer<typeof tapRequestSchema>;

/** Plain RTP of one track on its way to a receiver; closes with the track's producer. */
export class TapSession {
  readonly id: string;
  readonly branch: Branch;
  readonly #transport: PlainTransport;
  readonly #consumer: Consumer;
  readonly #host: string;

  constructor(branch: Branch, transport: PlainTransport, consumer: Consumer, host: string) {
    this.id = transport.id;
    this.branch = branch;
    this.#transport = transport;
    this.#consumer = consumer;
    this.#host = host;
    consumer.observer.once("close", () => transport.close());
  }

  get isVideo(): boolean {
    return this.#consumer.kind === "video";
  }

  /** What it sends, of its router. */
  get producerId(): string {
    return this.#consumer.producerId;
  }

  /** What its receiver has to know. */
  describe(): Tap {
    const { codecs, encodings } = this.#consumer.rtpParameters;
    const [codec] = codecs;
    const ssrc = encodings?.[0]?.ssrc;
    if (!codec || ssrc === undefined) throw new Error("the tap's consumer has no codec or no SSRC");
    return {
      tapId: this.id,
      codec: codec.mimeType.replace(/^.*\//, "").toLowerCase(),
      payloadType: codec.payloadType,
      clockRateHz: codec.clockRate,
      channelCount: this.isVideo ? 0 : (codec.channels ?? 1),
      ssrc,
      formatParameters: writeParameters(codec.parameters ?? {}),
      source: { host: this.#host, port: this.#transport.tuple.localPort },
    };
  }

  async requestKeyFrame(): Promise<void> {
    await this.#consumer.requestKeyFrame();
  }

  onClosed(listener: () => void): void {
    this.#transport.observer.once("close", listener);
  }

  close(): void {
    this.#transport.close();
  }
}

/** Begins to send a track; `request.invalid` for a layer that there is not, `stream.not_live` for a kind. */
export async function openTap(branch: Branch, request: TapRequest, own: MediaAddress): Promise<TapSession> {
  const producer = await findProducer(branch, request);
  const ip = await toIp(request.host);
  const { listenInfo, host } = toMediaAddressFor(ip, own);
  const { router } = branch;
  const transport = await router.createPlainTransport({
    listenInfo,
    rtcpListenInfo: listenInfo,
    rtcpMux: false,
  });
  try {
    await transport.connect({ ip, port: request.port, rtcpPort: request.port + 1 });
    const consumer = await transport.consume({
      producerId: producer.id,
      rtpCapabilities: toPlainCapabilities(router),
      enableRtx: false,
    });
    return new TapSession(branch, transport, consumer, host);
  } catch (error) {
    transport.close();
    throw producer.closed ? new ShoalError("stream.not_live", "The publisher has just left.") : error;
  }
}

async function findProducer(branch: Branch, { kind, layer }: TapRequest): Promise<Producer> {
  const whole = branch.producer(kind);
  if (!whole) throw new ShoalError("stream.not_live", `There is no ${kind} to be had now.`);
  const layerCount = whole.rtpParameters.encodings?.length ?? 1;
  if (layer !== null && layer >= layerCount) {
    throw new ShoalError("request.invalid", `There are ${layerCount} layers, and no layer ${layer}.`);
  }
  if (layerCount === 1) return whole;
  const layers = await branch.layers();
  const producer = layers[layer ?? layerCount - 1];
  if (!producer) throw new ShoalError("stream.not_live", "The publisher has just left.");
  return producer;
}

/** What a receiver of plain RTP can do: neither ask again for packets nor say how much its link carries. */
function toPlainCapabilities({ rtpCapabilities }: Router): RtpCapabilities {
  const codecs = (rtpCapabilities.codecs ?? [])
    .filter(({ mimeType }) => !/\/rtx$/i.test(mimeType))
    .map((codec) => ({ ...codec, rtcpFeedback: [{ type: "nack", parameter: "pli" }] }));
  return { codecs, headerExtensions: [] };
}

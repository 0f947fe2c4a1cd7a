import type { Consumer, PipeTransport, Producer, Router } from "mediasoup/types";

/** The layers of a picture as pictures of their own. */
export interface LayerSplit {
  /** The smallest first. */
  readonly producers: readonly Producer[];
  onClosed(listener: () => void): void;
  close(): void;
}

/**
 * Takes simulcast apart. A simulcast consumer falls back to smaller layers; whoever records one layer must get that one or
 * nothing. So the layers go once through a pipe of the router with itself, and come out as simple producers.
 */
export async function splitLayers(router: Router, picture: Producer): Promise<LayerSplit> {
  const listenInfo = { protocol: "udp", ip: "127.0.0.1" } as const;
  const opened: PipeTransport[] = [];
  const close = () => {
    for (const transport of opened) transport.close();
  };
  try {
    const [entry, exit] = await Promise.all([
      router.createPipeTransport({ listenInfo }),
      router.createPipeTransport({ listenInfo }),
    ]);
    opened.push(entry, exit);
    await Promise.all([
      entry.connect({ ip: exit.tuple.localAddress, port: exit.tuple.localPort }),
      exit.connect({ ip: entry.tuple.localAddress, port: entry.tuple.localPort }),
    ]);
    const consumer = await entry.consume({ producerId: picture.id });
    const producers = await Promise.all(toLayers(consumer).map((layer) => exit.produce(layer)));
    consumer.observer.once("close", close);
    if (consumer.closed) close();
    return { producers, onClosed: (listener) => exit.observer.once("close", listener), close };
  } catch (error) {
    close();
    throw error;
  }
}

function toLayers({ kind, rtpParameters }: Consumer) {
  return (rtpParameters.encodings ?? []).map(({ ssrc }) => ({
    kind,
    rtpParameters: { ...rtpParameters, encodings: [{ ...(ssrc !== undefined && { ssrc }) }] },
  }));
}

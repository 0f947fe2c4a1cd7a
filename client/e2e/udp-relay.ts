import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

/** A way for UDP that can be cut: what reaches `address` goes on to the same port of 127.0.0.1, and back. */
export interface UdpRelay {
  readonly port: number;
  /** From now on nothing passes but what these flows send and get; names as `listFlows` gives them. */
  cutAllBut(flows: readonly string[]): void;
  mend(): void;
  /** Who has sent something so far. */
  listFlows(): string[];
  close(): Promise<void>;
}

/** Opens a relay on any free port of a loopback address that nobody else uses. */
export async function openUdpRelay(address: string): Promise<UdpRelay> {
  const front = createSocket("udp4");
  front.bind(0, address);
  await once(front, "listening");
  const { port } = front.address();
  const flows = new Map<string, Socket>();
  let passing: ReadonlySet<string> | undefined;
  const passes = (name: string) => passing === undefined || passing.has(name);

  function openFlow(name: string, from: RemoteInfo): Socket {
    const back = createSocket("udp4");
    flows.set(name, back);
    back.on("message", (packet) => {
      if (passes(name)) front.send(packet, from.port, from.address);
    });
    // a server that is not there yet answers by ICMP; nothing is lost by it
    back.on("error", () => {});
    return back;
  }

  front.on("message", (packet, from) => {
    const name = `${from.address}:${from.port}`;
    if (passes(name)) (flows.get(name) ?? openFlow(name, from)).send(packet, port, "127.0.0.1");
  });

  return {
    port,
    cutAllBut: (names) => {
      passing = new Set(names);
    },
    mend: () => {
      passing = undefined;
    },
    listFlows: () => [...flows.keys()],
    async close() {
      const all = [front, ...flows.values()];
      await Promise.all(all.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    },
  };
}

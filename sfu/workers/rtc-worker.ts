import { once } from "node:events";
import { createWorker } from "mediasoup";
import type { WebRtcServer, Worker } from "mediasoup/types";
import { ConfigError } from "#common/node/config.ts";

/** Where the workers listen for WebRTC. */
export interface RtcListening {
  /** Port of the first worker; each further one has the next. 0: any free ones. */
  readonly rtcPort: number;
  readonly rtcListenAddress: string;
}

/** Bursts to hundreds of viewers leave through one socket; the system gives as much of it as it allows. */
const socketBufferBytes = 4 * 1024 * 1024;

/** A mediasoup worker with its WebRTC port, and how much rooms have put on it. */
export class RtcWorker {
  readonly place: number;
  readonly worker: Worker;
  readonly webRtcServer: WebRtcServer;
  #load = 0;

  constructor(place: number, worker: Worker, webRtcServer: WebRtcServer) {
    this.place = place;
    this.worker = worker;
    this.webRtcServer = webRtcServer;
  }

  /** What is sent and received by it, in viewers. */
  get load(): number {
    return this.#load;
  }

  /** Counts something towards the load; the answer takes it back, once. */
  take(load: number): () => void {
    this.#load += load;
    let isTaken = true;
    return () => {
      if (isTaken) this.#load -= load;
      isTaken = false;
    };
  }

  /** Closes the worker and waits until its process is gone, for a second at most. */
  async close(): Promise<void> {
    await closeWorker(this.worker);
  }
}

/** Starts the worker of a place; throws {@link ConfigError} when it cannot have its port. */
export async function openRtcWorker(place: number, listening: RtcListening): Promise<RtcWorker> {
  const worker = await createWorker({ logLevel: "warn", disableLiburing: true });
  try {
    const { rtcPort, rtcListenAddress: ip } = listening;
    const port = rtcPort > 0 ? { port: rtcPort + place } : {};
    const buffers = { sendBufferSize: socketBufferBytes, recvBufferSize: socketBufferBytes };
    const webRtcServer = await worker.createWebRtcServer({
      listenInfos: [
        { protocol: "udp", ip, ...port, ...buffers },
        { protocol: "tcp", ip, ...port },
      ],
    });
    return new RtcWorker(place, worker, webRtcServer);
  } catch (error) {
    await closeWorker(worker);
    throw toSentence(error, place, listening);
  }
}

function toSentence(error: unknown, place: number, listening: RtcListening): unknown {
  const { rtcPort, rtcListenAddress } = listening;
  const message = error instanceof Error ? error.message : "";
  if (/address already in use/.test(message)) {
    return new ConfigError(
      `Stop the program that uses UDP or TCP port ${rtcPort + place}, or set SHOAL_RTC_PORT to the first of as many free ports as there are workers.`,
    );
  }
  if (/address not available|permission denied/.test(message)) {
    return new ConfigError(
      `Set SHOAL_RTC_LISTEN_ADDRESS and SHOAL_RTC_PORT to what this user may listen on, because ${rtcListenAddress} port ${rtcPort + place} is none.`,
    );
  }
  return error;
}

async function closeWorker(worker: Worker): Promise<void> {
  const gone = once(worker, "subprocessclose", { signal: AbortSignal.timeout(1000) });
  worker.close();
  await gone.catch(() => {});
}

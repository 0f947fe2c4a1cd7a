import { createConnection, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { quantile } from "./bench.ts";

/*
 * Asks one origin for the same addresses from many connections, one request at a time on each:
 * `<origin> <connections> <seconds> <authorization or ""> <path>…`. Speaks HTTP over plain sockets, so that this
 * process stays the smaller part of the load. Tells its parent `{ p95Ms, requestsPerSecond }`.
 */

const [origin = "", connections = "1", seconds = "1", authorization = "", ...paths] = process.argv.slice(2);
const { hostname, port, host } = new URL(origin);
const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("\r\n0\r\n\r\n");
const latenciesMs: number[] = [];
let nextIndex = 0;

function toRequest(): string {
  const path = paths[nextIndex++ % paths.length] ?? "/";
  const auth = authorization === "" ? "" : `Authorization: ${authorization}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${auth}Accept: application/json\r\n\r\n`;
}

/** Size of a whole answer, or undefined while it is not all there; throws when it is not a 200. */
function toAnswerBytes(received: Buffer): number | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = received.toString("latin1", 0, end);
  if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`${origin}: ${head.split("\r\n")[0]}`);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  // RFC 9112 §7.1: a chunked answer ends with a chunk of no bytes
  if (length === undefined)
    return received.subarray(-lastChunk.length).equals(lastChunk) ? received.length : undefined;
  const bytes = end + headEnd.length + Number(length);
  return received.length >= bytes ? bytes : undefined;
}

function keepAsking(until: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    let askedAt = 0;
    const ask = () => {
      askedAt = performance.now();
      socket.write(toRequest());
    };
    socket.on("connect", ask);
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      try {
        if (toAnswerBytes(received) === undefined) return;
      } catch (error) {
        reject(error);
        socket.destroy();
        return;
      }
      latenciesMs.push(performance.now() - askedAt);
      received = Buffer.alloc(0);
      if (performance.now() < until) ask();
      else socket.destroy();
    });
  });
}

const startedAt = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, () => keepAsking(startedAt + Number(seconds) * 1000)),
);
const tookSeconds = (performance.now() - startedAt) / 1000;
process.send?.({
  p95Ms: quantile(latenciesMs, 0.95),
  requestsPerSecond: latenciesMs.length / tookSeconds,
});
process.disconnect();

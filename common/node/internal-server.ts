import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import type { Closable } from "./closer.ts";
import { createInternalCalls, type InternalCall } from "./internal-calls.ts";

/** Names of the parts that a process needs and that do not answer now; empty: ready. */
export type ReadinessCheck = () => Promise<readonly string[]> | readonly string[];

/** The small HTTP server by which a process says how it is; only Shoal's own machines reach it. */
export interface InternalServer extends Closable {
  /** Where it listens; the real port when it was asked for port 0. */
  readonly url: string;
}

const readinessTimeoutMs = 5000;
const requestTimeoutMs = 10_000;

/**
 * Answers `GET /healthz` (200 while the process lives), `GET /readyz` (200 `{ "ready": true, "failing": [] }`, or 503 with
 * the names of what does not answer), `GET /metrics` (Prometheus text), and the process's own calls. Throws when the
 * address is taken.
 */
export async function createInternalServer(options: {
  /** Address to listen on, e.g. `http://127.0.0.1:8092`. */
  readonly url: string;
  readonly registry: Registry;
  readonly isReady: ReadinessCheck;
  /** What other processes may ask, with the token that they have to bring. */
  readonly calls?: {
    readonly token: string;
    readonly list: readonly InternalCall[];
    onError(error: unknown, call: InternalCall): void;
  };
}): Promise<InternalServer> {
  const calls = options.calls && createInternalCalls({ ...options.calls, calls: options.calls.list });
  const { hostname, port } = new URL(options.url);
  const server = createServer((request, response) => {
    if (calls?.answer(request, response)) return;
    const path = request.url?.split("?")[0];
    const answer = path === undefined ? undefined : answers.get(path);
    if (!answer || (request.method !== "GET" && request.method !== "HEAD")) {
      request.resume();
      return sendJson(response, 404, {
        error: { code: "request.not_found", message: "There is nothing here." },
      });
    }
    answer(response).catch(() => response.destroy());
  });
  const answers = new Map<string, (response: ServerResponse) => Promise<void>>([
    ["/healthz", async (response) => sendJson(response, 200, { alive: true })],
    [
      "/readyz",
      async (response) => {
        const failing = await findFailing(options.isReady);
        sendJson(response, failing.length === 0 ? 200 : 503, { ready: failing.length === 0, failing });
      },
    ],
    [
      "/metrics",
      async (response) => {
        const text = await options.registry.metrics();
        response.writeHead(200, { "content-type": options.registry.contentType }).end(text);
      },
    ],
  ]);
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  server.listen({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) });
  await once(server, "listening");
  const address = server.address();
  const realPort = address && typeof address !== "string" ? address.port : port;
  let closing: Promise<unknown> | undefined;
  return {
    url: `http://${hostname}:${realPort}`,
    async close() {
      closing ??= (async () => {
        const closed = once(server, "close");
        server.close();
        server.closeAllConnections();
        await closed;
      })();
      await closing;
    },
  };
}

/** A check that fails or hangs is itself what does not answer. */
async function findFailing(isReady: ReadinessCheck): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve(["readiness check"]), readinessTimeoutMs);
  });
  try {
    return await Promise.race([(async () => isReady())(), timeout]);
  } catch {
    return ["readiness check"];
  } finally {
    clearTimeout(timer);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}

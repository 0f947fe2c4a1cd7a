import type { IncomingMessage, Server } from "node:http";

/** How long the body of an ordinary request may be on its way. */
const bodyTimeoutMs = 20_000;

/**
 * Ends connections whose request's body comes drop by drop or not at all, whoever answers the request and however early.
 * Uploads have their own limits, so the server itself has none. Call it when everybody else listens: socket.io takes over
 * the listeners that are there before it.
 */
export function endSlowBodies(server: Server, timeoutMs = bodyTimeoutMs): void {
  server.on("request", (request: IncomingMessage) => {
    if (!hasBody(request) || request.url?.startsWith("/upload/")) return;
    const { socket } = request;
    const timer = setTimeout(() => request.complete || socket.destroy(), timeoutMs);
    timer.unref();
    const stop = () => clearTimeout(timer);
    request.once("end", stop);
    request.once("close", stop);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

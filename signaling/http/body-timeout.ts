import type { FastifyReply, FastifyRequest } from "fastify";

/** How long the body of an ordinary request may be on its way. */
const bodyTimeoutMs = 20_000;

/**
 * Ends a connection whose request is sent drop by drop. Uploads have their own limits, so the server itself has none.
 */
export async function bodyTimeout({ raw }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (raw.complete || raw.method === "GET" || raw.method === "HEAD") return;
  const timer = setTimeout(() => raw.complete || raw.destroy(), bodyTimeoutMs);
  timer.unref();
  const stop = () => clearTimeout(timer);
  raw.once("end", stop);
  raw.once("close", stop);
  reply.raw.once("close", stop);
}

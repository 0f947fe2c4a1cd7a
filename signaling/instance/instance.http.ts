import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import { isSameSecret } from "#common/node/secrets.ts";
import { toBearer } from "../http/request-sessions.ts";
import type { Readiness } from "./health.ts";
import { fetchOwnSeries } from "./instance.metrics.ts";

/** What the plain HTTP door of the instance needs. */
export interface InstanceHttpOptions {
  readonly readiness: () => Promise<Readiness>;
  readonly registry: Registry;
  /** Empty: only this machine may read the metrics. */
  readonly metricsToken: string;
  /** Where the other processes say theirs. */
  readonly otherMetrics: readonly string[];
}

/** Mounts `/healthz`, `/readyz` and `/metrics`. */
export function mountInstance(app: FastifyInstance, options: InstanceHttpOptions): void {
  app.get("/healthz", async () => ({ alive: true }));

  app.get("/readyz", async (_request, reply) => {
    const readiness = await options.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });

  app.get("/metrics", async (request, reply) => {
    if (!mayReadMetrics(request, options.metricsToken)) {
      // whoever may not read them need not know that they are here
      throw new ShoalError("request.not_found", "There is nothing at this address.");
    }
    const { registry } = options;
    const [own, others] = await Promise.all([registry.metrics(), fetchOwnSeries(options.otherMetrics)]);
    return reply.type(registry.contentType).send(`${own}${others}\n`);
  });
}

/** Through a proxy everybody seems to be of this machine, so what names one is refused. */
function mayReadMetrics({ headers, socket }: FastifyRequest, token: string): boolean {
  if (token !== "") return isSameSecret(toBearer(headers.authorization) ?? "", token);
  const isForwarded = "x-forwarded-for" in headers || "forwarded" in headers || "via" in headers;
  return !isForwarded && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
}

import type { FastifyInstance } from "fastify";
import { Gauge, Histogram, type Registry } from "prom-client";
import { jobStates } from "#common/jobs/job.ts";
import { askPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";

/** Measures every request of the app by route, never by address. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: "shoal_http_request_duration_seconds",
    help: "Time from a request's arrival to the end of its answer, by route.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}

/** Counts jobs by state whenever somebody reads the metrics; a database that is away leaves the series out. */
export function registerJobMetrics(registry: Registry, service: PocketBaseService): void {
  new Gauge({
    name: "shoal_jobs",
    help: "Jobs of the encoder, by state.",
    labelNames: ["state"],
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await Promise.allSettled(
        jobStates.map(async (state) => {
          const filter = `state = '${state}'`;
          const page = await askPocketBase(service, (client) =>
            client.collection("jobs").getList(1, 1, { filter, fields: "id" }),
          );
          return { state, count: page.totalItems };
        }),
      );
      for (const result of counts) {
        if (result.status === "fulfilled") this.set({ state: result.value.state }, result.value.count);
      }
    },
  });
}

const metricsTimeoutMs = 2000;
/** Text of another process that is longer than this is not ours. */
const maxTextLength = 1_000_000;

/** Our own series of other processes, as text; those that do not answer are left out. */
export async function fetchOwnSeries(urls: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    urls.map(async (url) => {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(metricsTimeoutMs) });
        return response.ok ? (await response.text()).slice(0, maxTextLength) : "";
      } catch {
        return "";
      }
    }),
  );
  // what Node says of itself has the same names in every process
  const lines = texts.flatMap((text) => text.split("\n"));
  return lines.filter((line) => /^(# (HELP|TYPE) )?shoal_/.test(line)).join("\n");
}

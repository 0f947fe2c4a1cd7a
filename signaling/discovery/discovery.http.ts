import type { FastifyInstance, FastifyRequest } from "fastify";
import { videoQuerySchema } from "#common/discovery/video-query.ts";
import { ShoalError } from "#common/errors.ts";
import { sendJson } from "../videos/videos.http.ts";
import type { DiscoveryService } from "./discovery.service.ts";

/** What the plain HTTP door of discovery needs. */
export interface DiscoveryHttpOptions {
  readonly discovery: DiscoveryService;
  /** Throws `auth.invalid_token`; the list itself is the same for everybody. */
  readonly authenticate: (request: FastifyRequest) => Promise<unknown>;
}

/** Mounts `GET /api/videos`, which every visit to the home page reads. */
export function mountDiscovery(
  app: FastifyInstance,
  { discovery, authenticate }: DiscoveryHttpOptions,
): void {
  app.get("/api/videos", async (request, reply) => {
    await authenticate(request);
    const query = videoQuerySchema.safeParse(request.query);
    if (!query.success) {
      throw new ShoalError(
        "request.invalid",
        query.error.issues[0]?.message ?? "This cannot be searched for.",
      );
    }
    return sendJson(reply, await discovery.listJson(query.data));
  });
}

import type { FastifyInstance } from "fastify";
import { videoQuerySchema } from "#common/discovery/video-query.ts";
import { ShoalError } from "#common/errors.ts";
import { sendJson } from "../videos/videos.http.ts";
import type { DiscoveryService } from "./discovery.service.ts";

/** Mounts `GET /api/videos`: the same for everybody, so nobody is asked who they are. */
export function mountDiscovery(app: FastifyInstance, discovery: DiscoveryService): void {
  app.get("/api/videos", async (request, reply) => {
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

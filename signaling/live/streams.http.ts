import type { FastifyInstance } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { streamQuerySchema } from "#common/live/stream.ts";
import { sendJson } from "../videos/videos.http.ts";
import type { StreamLists } from "./stream-lists.ts";

/** Mounts `GET /api/streams`, which a crowd asks for: the same for everybody, so nobody is asked who they are. */
export function mountStreamLists(app: FastifyInstance, lists: Pick<StreamLists, "listJson">): void {
  app.get("/api/streams", async (request, reply) => {
    const query = streamQuerySchema.safeParse(request.query);
    if (!query.success) {
      throw new ShoalError(
        "request.invalid",
        query.error.issues[0]?.message ?? "This cannot be searched for.",
      );
    }
    return sendJson(reply, await lists.listJson(query.data));
  });
}

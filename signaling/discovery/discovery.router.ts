import { videoPageSchema, videoQuerySchema } from "#common/discovery/video-query.ts";
import { publicProcedure, router } from "../http/trpc.ts";
import type { DiscoveryService } from "./discovery.service.ts";

/** The door of search and lists: open to everybody, shows what everybody may watch. */
export function createDiscoveryRouter(discovery: DiscoveryService) {
  return router({
    list: publicProcedure
      .meta({ openapi: { method: "GET", path: "/videos", summary: "Search and list public videos" } })
      .input(videoQuerySchema)
      .output(videoPageSchema)
      .query(({ input }) => discovery.list(input)),
  });
}

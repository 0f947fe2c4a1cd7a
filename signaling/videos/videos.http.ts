import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";
import { maxThumbnailBytes } from "./video-work.ts";
import type { Viewer } from "./videos.rules.ts";
import type { VideoService } from "./videos.service.ts";

/** What the plain HTTP door of videos needs. */
export interface VideosHttpOptions {
  readonly videos: VideoService;
  /** Who asks; throws `auth.invalid_token` and `request.cross_site`. */
  readonly authenticate: (request: FastifyRequest) => Promise<Viewer>;
}

/** Mounts `GET /api/videos/:id`, which is read more than all else, and `PUT /api/videos/:id/thumbnail`. */
export function mountVideos(app: FastifyInstance, { videos, authenticate }: VideosHttpOptions): void {
  app.get("/api/videos/:id", async (request, reply) => {
    const viewer = await authenticate(request);
    return sendJson(reply, await videos.getJson(viewer, toVideoId(request)));
  });

  app.register(async (door) => {
    // a picture is bytes, whatever its sender calls it
    door.removeAllContentTypeParsers();
    door.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    door.put("/api/videos/:id/thumbnail", {
      bodyLimit: maxThumbnailBytes,
      // who may not is told before the picture travels
      onRequest: async (request) => {
        await videos.findEditable(await toAccount(request), toVideoId(request));
      },
      errorHandler: (error) => {
        if (error.code !== "FST_ERR_CTP_BODY_TOO_LARGE") throw error;
        throw new ShoalError("upload.too_large", "A picture may have at most 10 MiB.", { cause: error });
      },
      handler: async (request) => {
        const picture = Buffer.isBuffer(request.body) ? request.body : Buffer.of();
        await videos.setThumbnail(await toAccount(request), toVideoId(request), picture);
        return {};
      },
    });
  });

  async function toAccount(request: FastifyRequest): Promise<Viewer> {
    const account = await authenticate(request);
    if (!account) throw new ShoalError("auth.required", "Log in first.");
    return account;
  }
}

/** Sends what is JSON already. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(json);
}

function toVideoId({ params }: FastifyRequest): VideoId {
  const id = params !== null && typeof params === "object" && "id" in params ? params.id : undefined;
  const parsed = videoIdSchema.safeParse(id);
  if (!parsed.success) throw new ShoalError("request.invalid", "This is not an id.");
  return parsed.data;
}

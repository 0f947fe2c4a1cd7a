import { randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { Server } from "@tus/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type ErrorCode, isErrorCode, ShoalError, toErrorBody } from "#common/errors.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";
import { toFileName } from "./upload.rules.ts";
import type { Uploader, UploadService } from "./upload.service.ts";
import type { UploadFiles } from "./upload-files.ts";
import { uploadIdSchema } from "./upload-info.store.ts";
import { createUploadLocker } from "./upload-locker.ts";

/** What the door of uploads needs. */
export interface UploadHttpOptions {
  readonly uploads: UploadService;
  readonly files: UploadFiles;
  /** Who asks; throws `auth.invalid_token` and `request.cross_site`. */
  readonly authenticate: (request: FastifyRequest) => Promise<Uploader | null>;
  readonly publicUrl: string;
  /** A connection without a byte for so long is closed. */
  readonly idleMs: number;
}

/** What tus' hooks must know of a request. */
interface Target {
  readonly uploader: Uploader;
  readonly videoId: VideoId;
  /** The upload that is asked about, or the id of the one to be made. */
  readonly uploadId: string;
}

/** The answer does not wait longer than this for the original to be hashed and put away; the work goes on. */
const finishPatienceMs = 20_000;
/** A refused client may go on sending for so long before its connection is cut, so that it hears the refusal. */
const lingerMs = 2000;
/** How long the one who writes to an upload may take to stop when another connection takes over. */
const handOverMs = 500;

const addressSchema = z.object({ videoId: videoIdSchema, uploadId: uploadIdSchema.optional() });

/** Mounts tus at `/upload/:videoId[/:uploadId]`. */
export function mountUploads(app: FastifyInstance, options: UploadHttpOptions): void {
  const { uploads } = options;
  const targets = new WeakMap<object, Target>();
  const targetOf = (request: object): Target => {
    const target = targets.get(request);
    if (!target) throw new Error("tus was given a request without a target");
    return target;
  };

  const tus = new Server({
    path: "/upload",
    datastore: options.files,
    locker: createUploadLocker(),
    lockDrainTimeout: handOverMs,
    allowedOrigins: [new URL(options.publicUrl).origin],
    namingFunction: (request) => targetOf(request).uploadId,
    getFileIdFromRequest: (request) => targetOf(request).uploadId,
    // a path: whichever name of this host the client used goes on to work
    generateUrl: (request, { path, id }) => `${path}/${targetOf(request).videoId}/${id}`,
    async onUploadCreate(request, upload) {
      const { uploader, videoId } = targetOf(request);
      const filename = toFileName(upload.metadata?.filename ?? upload.metadata?.name);
      options.files.assertRoom(uploader.id, upload.size ?? 0);
      await uploads.begin(videoId, filename);
      return { metadata: { videoId, ownerId: uploader.id, filename } };
    },
    async onUploadFinish(request) {
      await withPatience(uploads.finish(targetOf(request).uploadId), finishPatienceMs);
      return {};
    },
    onResponseError: (_request, error) =>
      error instanceof ShoalError
        ? { status_code: error.httpStatus, body: JSON.stringify(toErrorBody(error)) }
        : undefined,
  });

  async function assertMay(method: string, target: Target): Promise<void> {
    if (method === "POST") return uploads.assertMayCreate(target.uploader, target.videoId);
    const use = method === "PATCH" ? "write" : method === "DELETE" ? "delete" : "ask";
    return uploads.assertMayUse(target.uploader, target, use);
  }

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const address = toAddress(request);
    const target: Target = {
      uploader: await toUploader(request),
      videoId: address.videoId,
      uploadId: address.uploadId ?? randomBytes(16).toString("hex"),
    };
    await assertMay(request.method, target);
    const body = openBody(request, options.idleMs);
    const forTus = toWebRequest(request, body);
    targets.set(forTus, target);
    const response = await tus.handleWeb(forTus);
    const isGone = request.method === "DELETE" ? response.ok : request.method === "POST" && !response.ok;
    if (isGone) await uploads.ended(target.videoId);
    return answer(request, reply, response);
  }

  async function toUploader(request: FastifyRequest): Promise<Uploader> {
    const uploader = await options.authenticate(request);
    if (!uploader) throw new ShoalError("auth.required", "Log in first.");
    return uploader;
  }

  app.register(async (door) => {
    // bytes go to tus as they come: nothing here may read or hold them
    door.removeAllContentTypeParsers();
    door.addContentTypeParser("*", (_request, _payload, done) => done(null));
    door.addHook("onError", async (request) => linger(request));
    door.get("/upload/:videoId", async (request, reply) => {
      const { videoId } = toAddress(request);
      const unfinished = await uploads.findUnfinished(await toUploader(request), videoId);
      return reply.type("application/json").send(JSON.stringify(unfinished));
    });
    door.route({ method: "POST", url: "/upload/:videoId", handler: handle });
    door.route({ method: ["HEAD", "PATCH", "DELETE"], url: "/upload/:videoId/:uploadId", handler: handle });
    door.route({
      method: "OPTIONS",
      url: "/upload/*",
      handler: async (request, reply) =>
        answer(request, reply, await tus.handleWeb(toWebRequest(request, null))),
    });
  });
}

function toAddress({ params }: FastifyRequest) {
  const address = addressSchema.safeParse(params).data;
  if (!address) throw new ShoalError("request.not_found", "There is nothing at this address.");
  return address;
}

/** The request's bytes; they end early, without an error, when the connection is lost: what came is kept. */
function openBody(request: FastifyRequest, idleMs: number): Readable | null {
  const { raw } = request;
  if (request.method !== "POST" && request.method !== "PATCH") return null;
  const body = new PassThrough();
  raw.setTimeout(idleMs, () => raw.destroy());
  raw.once("end", () => raw.setTimeout(0));
  raw.once("close", () => body.end());
  raw.once("error", () => body.end());
  return raw.pipe(body);
}

function toWebRequest(request: FastifyRequest, body: Readable | null): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  // Node wants to be told that the answer may come before the body has ended
  const init: RequestInit & { duplex?: "half" } = { method: request.method, headers };
  if (body) Object.assign(init, { body: Readable.toWeb(body), duplex: "half" });
  return new Request(new URL(request.url, "http://localhost"), init);
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  response: Response,
): Promise<FastifyReply> {
  reply.code(response.status);
  const text = await response.text();
  for (const [name, value] of response.headers) {
    if (name !== "content-length" && name !== "content-type" && name !== "connection")
      reply.header(name, value);
  }
  if (response.status < 400) return reply.send(text || undefined);
  linger(request);
  return reply.type("application/json").send(toOurBody(response.status, text));
}

/** tus' own errors are lines of text; ours are JSON already. */
function toOurBody(status: number, text: string): string {
  const parsed = text.startsWith("{") ? text : undefined;
  if (parsed) return parsed;
  const code = codeOfStatus[String(status)];
  const message = text.trim() || "The upload was refused.";
  return JSON.stringify({ error: { code: isErrorCode(code) ? code : "request.invalid", message } });
}

const codeOfStatus: Record<string, ErrorCode> = {
  "404": "upload.not_found",
  "409": "upload.wrong_offset",
  "410": "upload.not_found",
  "413": "upload.too_large",
  "500": "service.internal",
};

/** Lets a client that still sends hear the answer, and then cuts it off. */
function linger({ raw }: FastifyRequest): void {
  if (raw.complete) return;
  const { socket } = raw;
  raw.unpipe();
  raw.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  raw.once("end", () => clearTimeout(timer));
  socket.once("close", () => clearTimeout(timer));
}

async function withPatience(work: Promise<void>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  // what fails after the answer was given is mended by the next repair
  work.catch(() => undefined);
  await Promise.race([work, enough]).finally(() => clearTimeout(timer));
}

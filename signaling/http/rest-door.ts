import { callTRPCProcedure } from "@trpc/server";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { generateOpenApiDocument, type OpenApiRouter } from "trpc-to-openapi";
import { z } from "zod";
import type { AppRouter } from "../app-router.ts";
import type { RequestSessions } from "./request-sessions.ts";

const definitionSchema = z.object({
  type: z.enum(["query", "mutation"]),
  meta: z
    .object({
      openapi: z
        .object({
          method: z.enum(["GET", "POST", "PATCH", "PUT", "DELETE"]),
          path: z.string().startsWith("/"),
        })
        .optional(),
    })
    .optional(),
});

/** What the REST door needs. */
export interface RestDoorOptions {
  readonly router: AppRouter;
  readonly requests: Pick<RequestSessions, "toContext">;
  readonly publicUrl: string;
  readonly name: string;
}

/**
 * Mounts every procedure that has an address below `/api`, and the document that describes them. An address that a
 * room has mounted itself, because it is asked for very often, stays as it is.
 */
export function mountRest(app: FastifyInstance, options: RestDoorOptions): void {
  const { router, requests } = options;
  for (const [path, procedure] of Object.entries(router._def.procedures)) {
    const { type, meta } = definitionSchema.parse("_def" in procedure ? procedure._def : undefined);
    if (!meta?.openapi) continue;
    const { method } = meta.openapi;
    const url = `/api${meta.openapi.path.replace(/\{(\w+)\}/g, ":$1")}`;
    if (app.hasRoute({ method, url })) continue;
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        const ctx = await requests.toContext(request, reply);
        const input = toInput(request);
        const output: unknown = await callTRPCProcedure({
          router,
          path,
          type,
          ctx,
          getRawInput: async () => input,
          signal: undefined,
          batchIndex: 0,
        });
        return reply.send(output);
      },
    });
  }
  const document = JSON.stringify(toDocument(options));
  app.get("/api/openapi.json", async (_request, reply) => reply.type("application/json").send(document));
}

/** Path, query and body as one object; of two with one name the more visible one wins: the path, then the query. */
function toInput({ params, query, body }: FastifyRequest): Record<string, unknown> {
  return { ...toFields(body), ...toFields(query), ...toFields(params) };
}

function toFields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function toDocument({ router, publicUrl, name }: RestDoorOptions) {
  const describable: OpenApiRouter = router;
  return generateOpenApiDocument(describable, {
    title: `${name} API`,
    description:
      'Errors are `{ "error": { "code": "upload.too_large", "message": "…" } }` with a fitting status.',
    version: "1",
    baseUrl: `${publicUrl}/api`,
  });
}

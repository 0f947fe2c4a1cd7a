import { readFile } from "node:fs/promises";
import { join } from "node:path";
import helmet from "@fastify/helmet";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";

const styleHashesSchema = z.array(z.string().regex(/^'sha256-[A-Za-z0-9+/=]+'$/));
/** Files that are no page even when they are not there. */
const looksLikeFile = /\.[a-z0-9]{1,12}$/i;

/**
 * Serves the built client: hashed files for ever, the others when they are asked for, and the one page for every address
 * that is nobody else's. Without a build there is nothing to serve, and everything else still works.
 */
export async function mountPages(
  app: FastifyInstance,
  options: { clientDir: string; publicUrl: string },
): Promise<void> {
  const page = await readOptional(join(options.clientDir, "index.html"));
  const hashes = await readOptional(join(options.clientDir, "csp-style-hashes.json"));
  const styleHashes = styleHashesSchema.parse(JSON.parse(hashes ?? "[]"));
  await app.register(async (pages) => {
    await pages.register(helmet, {
      contentSecurityPolicy: contentSecurityPolicy({ publicUrl: options.publicUrl, styleHashes }),
      strictTransportSecurity: options.publicUrl.startsWith("https:"),
      referrerPolicy: { policy: "same-origin" },
    });
    if (page !== undefined) {
      await pages.register(fastifyStatic, {
        root: options.clientDir,
        index: false,
        wildcard: false,
        cacheControl: false,
        globIgnore: ["index.html", "csp-style-hashes.json"],
        setHeaders: (response, path) => {
          const isHashed = path.startsWith(join(options.clientDir, "assets"));
          response.setHeader("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
        },
      });
    }
    pages.get("/*", async (request, reply) => {
      const path = request.url.split("?", 1)[0] ?? "/";
      if (page === undefined || looksLikeFile.test(path) || isDataPath(path)) {
        throw new ShoalError("request.not_found", "There is nothing at this address.");
      }
      return reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(page);
    });
  });
}

function isDataPath(path: string): boolean {
  return /^\/(api|trpc|upload|media|tracker|socket|pb)(\/|$)/.test(path) && path !== "/upload";
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

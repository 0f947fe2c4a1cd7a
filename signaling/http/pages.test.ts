import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import { mountPages } from "./pages.ts";

const page = "<!doctype html><title>Shoal</title>";
const hash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
let clientDir: string;

beforeAll(async () => {
  clientDir = await mkdtemp(join(tmpdir(), "shoal-pages-"));
  await mkdir(join(clientDir, "assets"));
  await writeFile(join(clientDir, "index.html"), page);
  await writeFile(join(clientDir, "csp-style-hashes.json"), JSON.stringify([hash]));
  await writeFile(join(clientDir, "assets", "main-abc123.js"), "export {};");
  await writeFile(join(clientDir, "favicon.svg"), "<svg/>");
});
afterAll(() => rm(clientDir, { recursive: true, force: true }));

async function openApp(folder = clientDir) {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const refusal = error instanceof ShoalError ? error : new ShoalError("service.internal", String(error));
    reply.code(refusal.httpStatus).send(toErrorBody(refusal));
  });
  await mountPages(app, { clientDir: folder, publicUrl: "https://shoal.test" });
  return app;
}

describe("pages", () => {
  it.each([
    "/api/nothing",
    "/trpc/x",
    "/media/x",
    "/upload/x",
    "/pb",
    "/nothing.js",
    "/assets/old-123.js",
    "/.env",
  ])("are not what %s asks for", async (url) => {
    const app = await openApp();
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, "request.not_found"]);
    await app.close();
  });

  it.each([
    "/assets/../../etc/passwd",
    "/assets/..%2f..%2fetc%2fpasswd",
    "//etc/passwd",
    "/%2e%2e/package.json",
  ])("do not lead out of their folder by %s", async (url) => {
    const app = await openApp();
    const { body } = await app.inject({ url });
    expect(body).not.toMatch(/root:|"name"/);
    await app.close();
  });

  it.each(["/", "/watch/abcdefghijklmno", "/upload", "/@ada", "/search?query=a.b"])(
    "are the one page for %s",
    async (url) => {
      const app = await openApp();
      const answer = await app.inject({ url });
      expect([answer.statusCode, answer.body, answer.headers["cache-control"]]).toEqual([
        200,
        page,
        "no-cache",
      ]);
      const policy = String(answer.headers["content-security-policy"]);
      expect(policy).toContain(`style-src 'self' ${hash}`);
      expect(policy).not.toContain("unsafe");
      expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff" });
      await app.close();
    },
  );

  it("have hashed files that never change, and others that do", async () => {
    const app = await openApp();
    const asset = await app.inject({ url: "/assets/main-abc123.js" });
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(asset.headers["content-type"]).toMatch(/javascript/);
    const icon = await app.inject({ url: "/favicon.svg" });
    expect([icon.statusCode, icon.headers["cache-control"]]).toEqual([200, "no-cache"]);
    expect((await app.inject({ url: "/csp-style-hashes.json" })).statusCode).toBe(404);
    await app.close();
  });

  it("are absent without a build", async () => {
    const app = await openApp(join(clientDir, "nothing-here"));
    expect((await app.inject({ url: "/" })).statusCode).toBe(404);
    await app.close();
  });
});

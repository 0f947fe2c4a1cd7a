import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { ShoalError, toErrorBody } from "../errors.ts";
import { isSameSecret } from "./secrets.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What a call is told; `params` are the `:names` of its path, decoded. */
export interface InternalCallInput<Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** Aborted when who asks has gone. */
  readonly signal: AbortSignal;
}

/** One call of a process's internal interface, as {@link defineCall} makes it. */
export interface InternalCall {
  readonly method: (typeof methods)[number];
  /** E.g. `/live/rooms/:roomId`. */
  readonly path: string;
  answer(input: InternalCallInput<unknown>): Promise<{ status: number; reply: unknown }>;
}

/** What {@link defineCall} takes; without `body` nothing of the body is looked at. */
interface CallDefinition<Body extends z.ZodType> {
  readonly method: (typeof methods)[number];
  readonly path: string;
  readonly body?: Body;
  /** Default 200. */
  readonly status?: number;
  /** The reply, `undefined` for `{}`. */
  handle(input: InternalCallInput<z.output<Body>>): unknown;
}

/** Defines a call; a body that does not fit is `request.invalid`. */
export function defineCall<Body extends z.ZodType>(definition: CallDefinition<Body>): InternalCall;
export function defineCall(definition: CallDefinition<z.ZodType>): InternalCall {
  const { method, path, body: schema, status = 200 } = definition;
  return {
    method,
    path,
    async answer(input) {
      const reply = await definition.handle({ ...input, body: schema && parse(schema, input.body) });
      return { status, reply: reply ?? {} };
    },
  };
}

function parse(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ShoalError("request.invalid", `${issue?.path.join(".") || "body"}: ${issue?.message}`);
}

const maxBodyBytes = 1024 * 1024;

/**
 * Answers internal calls with JSON; who has not got the token is told `auth.required`. `answer` is `false` for an address
 * that is none of the calls.
 */
export function createInternalCalls(options: {
  readonly token: string;
  readonly calls: readonly InternalCall[];
  onError(error: unknown, call: InternalCall): void;
}): { answer(request: IncomingMessage, response: ServerResponse): boolean } {
  const routes = options.calls.map((call) => ({ call, parts: call.path.split("/") }));

  function findRoute(method: string | undefined, path: string) {
    const parts = path.split("/");
    for (const route of routes) {
      if (route.call.method !== method || route.parts.length !== parts.length) continue;
      const params = toParams(route.parts, parts);
      if (params) return { call: route.call, params };
    }
    return undefined;
  }

  async function run(
    request: IncomingMessage,
    response: ServerResponse,
    call: InternalCall,
    rest: { params: Record<string, string>; query: URLSearchParams },
  ): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const authorization = request.headers.authorization ?? "";
      if (!isSameSecret(authorization, `Bearer ${options.token}`)) {
        request.resume();
        throw new ShoalError("auth.required", "This needs the internal token.");
      }
      const body = await readJson(request);
      const { status, reply } = await call.answer({ ...rest, body, signal: gone.signal });
      send(response, status, reply);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof ShoalError)) options.onError(error, call);
      const refusal =
        error instanceof ShoalError ? error : new ShoalError("service.internal", "This went wrong.");
      send(response, refusal.httpStatus, toErrorBody(refusal));
    }
  }

  return {
    answer(request, response) {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const route = findRoute(request.method, path);
      if (!route) return false;
      run(request, response, route.call, {
        params: route.params,
        query: new URLSearchParams(query),
      }).catch(() => response.destroy());
      return true;
    },
  };
}

function toParams(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [at, expected] of pattern.entries()) {
    const part = parts[at] ?? "";
    if (!expected.startsWith(":")) {
      if (part !== expected) return undefined;
      continue;
    }
    try {
      params[expected.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
    if (!part) return undefined;
  }
  return params;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) throw new ShoalError("request.invalid", "The body is too large.");
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new ShoalError("request.invalid", "The body is not JSON.", { cause });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}

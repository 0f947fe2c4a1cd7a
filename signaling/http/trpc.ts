import { getTRPCErrorShape, initTRPC, TRPCError } from "@trpc/server";
import type { OpenApiMeta } from "trpc-to-openapi";
import { isRoleAtLeast, type UserId, type UserRole } from "#common/accounts/user.ts";
import { errorTable, ShoalError } from "#common/errors.ts";
import type { RateLimitName } from "./rate-limits.ts";
import { toShoalError } from "./to-shoal-error.ts";

/** The account behind a request, as the front desk knows it. */
export interface Account {
  readonly id: UserId;
  readonly handle: string;
  readonly role: UserRole;
}

/** Who asks, from where; `setSessionToken` puts the token into the page's cookie (`null` takes it out). */
export interface RequestContext {
  readonly account: Account | null;
  /** The token that `account` came with. */
  readonly token: string | null;
  readonly address: string;
  setSessionToken(token: string | null): void;
  /** Counts this call under the subject (default: the address); throws `request.too_many`. */
  limitRate(name: RateLimitName, subject?: string): Promise<void>;
}

const t = initTRPC
  .meta<OpenApiMeta>()
  .context<RequestContext>()
  .create({
    errorFormatter: ({ shape, error }) => {
      const refusal = toShoalError(error);
      return {
        ...shape,
        message: refusal.message,
        // no stack, no path: only what a client can act on
        data: { code: shape.data.code, httpStatus: refusal.httpStatus, shoalCode: refusal.code },
      };
    },
  });

/** Builds a room's router. */
export const router = t.router;
/** Calls procedures from the server itself: tests. */
export const createCallerFactory = t.createCallerFactory;

/** For everybody. */
export const publicProcedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/** tRPC's form of a refusal, with the status that belongs to its code. */
export function toTrpcError(error: unknown): TRPCError {
  const cause = toShoalError(error);
  return new TRPCError({ code: errorTable[cause.code].trpcCode, message: cause.message, cause });
}

/** tRPC's answer to a request that was refused before any procedure was called. */
export function toTrpcErrorBody(error: unknown) {
  const refusal = toTrpcError(error);
  const unknown = { type: "unknown", path: undefined, input: undefined, ctx: undefined } as const;
  return { error: getTRPCErrorShape({ config: t._config, error: refusal, ...unknown }) };
}

/** For who is logged in; `ctx.account` is there. */
export const accountProcedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.account) throw new ShoalError("auth.required", "Log in first.");
  return next({ ctx: { ...ctx, account: ctx.account } });
});

/** For accounts that have at least this role. */
export function roleProcedure(least: UserRole) {
  return accountProcedure.use(({ ctx, next }) => {
    if (!isRoleAtLeast(ctx.account.role, least)) {
      throw new ShoalError("auth.forbidden", `This needs the role ${least}.`);
    }
    return next();
  });
}

import { initTRPC } from "@trpc/server";
import type { OpenApiMeta } from "trpc-to-openapi";
import { isRoleAtLeast, type UserId, type UserRole } from "#common/accounts/user.ts";
import { type ErrorCode, ShoalError } from "#common/errors.ts";

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
}

/** The Shoal code of a tRPC error: that of the refusal behind it, or the one that fits tRPC's own. */
export function toErrorCode(error: { code: string; cause?: unknown }): ErrorCode {
  if (error.cause instanceof ShoalError) return error.cause.code;
  if (error.code === "NOT_FOUND") return "request.not_found";
  if (error.code === "INTERNAL_SERVER_ERROR") return "service.internal";
  return "request.invalid";
}

const t = initTRPC
  .meta<OpenApiMeta>()
  .context<RequestContext>()
  .create({
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      // no stack, no path: only what a client can act on
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus, shoalCode: toErrorCode(error) },
    }),
  });

/** Builds a room's router. */
export const router = t.router;
/** Calls procedures from the server itself: the REST door and tests. */
export const createCallerFactory = t.createCallerFactory;

/** For everybody. */
export const publicProcedure = t.procedure;

/** For who is logged in; `ctx.account` is there. */
export const accountProcedure = t.procedure.use(({ ctx, next }) => {
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

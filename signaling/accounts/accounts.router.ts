import { z } from "zod";
import {
  handleSchema,
  loginInputSchema,
  ownUserSchema,
  passwordSchema,
  publicUserSchema,
  registerInputSchema,
  sessionSchema,
  updateUserInputSchema,
  userIdSchema,
  userRoleSchema,
} from "#common/accounts/user.ts";
import { accountProcedure, publicProcedure, roleProcedure, router } from "../http/trpc.ts";
import type { AccountsService } from "./accounts.service.ts";

const nothingSchema = z.object({});
const linkTokenSchema = z.string().min(1).max(4096);
const currentPasswordSchema = z.string().min(1).max(200);

/** The door of accounts. */
export function createAccountsRouter(accounts: AccountsService) {
  return router({
    register: publicProcedure
      .meta({
        openapi: { method: "POST", path: "/users/register", summary: "Make an account", protect: false },
      })
      .input(registerInputSchema)
      .output(sessionSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("register");
        const session = await accounts.register(input);
        ctx.setSessionToken(session.token);
        return session;
      }),

    login: publicProcedure
      .meta({ openapi: { method: "POST", path: "/users/login", summary: "Log in", protect: false } })
      .input(loginInputSchema)
      .output(sessionSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("login");
        await ctx.limitRate("loginAccount", input.email.toLowerCase());
        const session = await accounts.logIn(input.email, input.password);
        ctx.setSessionToken(session.token);
        return session;
      }),

    logout: accountProcedure
      .meta({ openapi: { method: "POST", path: "/users/logout", summary: "End this session" } })
      .output(nothingSchema)
      .mutation(async ({ ctx }) => {
        if (ctx.token) await accounts.logOut(ctx.token);
        ctx.setSessionToken(null);
        return {};
      }),

    me: accountProcedure
      .meta({ openapi: { method: "GET", path: "/users/me", summary: "One's own account" } })
      .output(ownUserSchema)
      .query(({ ctx }) => accounts.me(ctx.account)),

    update: accountProcedure
      .meta({ openapi: { method: "PATCH", path: "/users/me", summary: "Change one's channel" } })
      .input(updateUserInputSchema)
      .output(ownUserSchema)
      .mutation(({ ctx, input }) => accounts.update(ctx.account, withoutAbsent(input))),

    changePassword: accountProcedure
      .meta({ openapi: { method: "POST", path: "/users/me/password", summary: "Change one's password" } })
      .input(z.object({ oldPassword: currentPasswordSchema, newPassword: passwordSchema }))
      .output(sessionSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("secret", ctx.account.id);
        const session = await accounts.changePassword(ctx.account, input.oldPassword, input.newPassword);
        ctx.setSessionToken(session.token);
        return session;
      }),

    remove: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/users/me/delete", summary: "Delete one's account and videos" },
      })
      .input(z.object({ password: currentPasswordSchema }))
      .output(nothingSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("secret", ctx.account.id);
        await accounts.remove(ctx.account, input.password);
        ctx.setSessionToken(null);
        return {};
      }),

    get: publicProcedure
      .meta({ openapi: { method: "GET", path: "/users/{id}", summary: "A channel, by id or handle" } })
      .input(z.object({ id: handleSchema }))
      .output(publicUserSchema)
      .query(({ input }) => accounts.get(input.id)),

    requestVerification: accountProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/users/me/verification",
          summary: "Send the verification mail again",
        },
      })
      .output(nothingSchema)
      .mutation(async ({ ctx }) => {
        await ctx.limitRate("mail", ctx.account.id);
        await accounts.requestVerification(ctx.account);
        return {};
      }),

    confirmVerification: publicProcedure
      .meta({
        openapi: { method: "POST", path: "/users/verify", summary: "Verify a mail address", protect: false },
      })
      .input(z.object({ token: linkTokenSchema }))
      .output(nothingSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("secret");
        await accounts.confirmVerification(input.token);
        return {};
      }),

    requestPasswordReset: publicProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/users/password-reset",
          summary: "Send a link for a new password",
          protect: false,
        },
      })
      .input(z.object({ email: z.email("This is not a mail address.").max(254) }))
      .output(nothingSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("mail");
        await ctx.limitRate("mail", input.email.toLowerCase());
        await accounts.requestPasswordReset(input.email);
        return {};
      }),

    confirmPasswordReset: publicProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/users/password-reset/confirm",
          summary: "Choose a new password",
          protect: false,
        },
      })
      .input(z.object({ token: linkTokenSchema, password: passwordSchema }))
      .output(nothingSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("secret");
        await accounts.confirmPasswordReset(input.token, input.password);
        return {};
      }),

    setRole: roleProcedure("admin")
      .meta({
        openapi: { method: "PUT", path: "/users/{id}/role", summary: "Change what an account may do" },
      })
      .input(z.object({ id: userIdSchema, role: userRoleSchema }))
      .output(z.object({ role: userRoleSchema }))
      .mutation(({ input }) => accounts.setRole(input.id, input.role)),
  });
}

/** Absent fields stay as they are, so they must not travel as `undefined`. */
function withoutAbsent({ handle, displayName, bio }: z.infer<typeof updateUserInputSchema>) {
  return {
    ...(handle === undefined ? {} : { handle }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(bio === undefined ? {} : { bio }),
  };
}

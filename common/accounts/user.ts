import { z } from "zod";
import { toLine, toLines } from "../text.ts";

/** What an account may do, weakest first; each role may do all that the ones before it may. */
export const userRoles = ["viewer", "creator", "moderator", "admin"] as const;

/** Schema of {@link UserRole}. */
export const userRoleSchema = z.enum(userRoles);
/** One of {@link userRoles}. */
export type UserRole = z.infer<typeof userRoleSchema>;

/** Has `role` at least the rights of `least`? */
export function isRoleAtLeast(role: UserRole, least: UserRole): boolean {
  return userRoles.indexOf(role) >= userRoles.indexOf(least);
}

/** A record id as PocketBase makes it: 15 lower-case letters and digits. */
export const recordIdSchema = z.string().regex(/^[a-z0-9]{15}$/, "This is not an id.");

/** Schema of an account's id. */
export const userIdSchema = recordIdSchema.brand("UserId");
/** An account's id. */
export type UserId = z.infer<typeof userIdSchema>;

/** Handles name channels: 3 to 30 lower-case letters, digits, `_` and `-`, starting with a letter or digit. */
export const handleSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9_-]{2,29}$/,
    "A handle has 3 to 30 letters, digits, - or _, and starts with a letter or digit.",
  );

/** A password: 10 to 71 characters (bcrypt reads no more than 72 bytes). */
export const passwordSchema = z
  .string()
  .min(10, "A password has at least 10 characters.")
  .max(71, "A password has at most 71 characters.")
  .refine((text) => new TextEncoder().encode(text).length <= 71, "This password is too long.");

const emailSchema = z.email("This is not a mail address.").max(254);

/** Input of `POST /api/users/register`. */
export const registerInputSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  handle: handleSchema,
  displayName: z.string().overwrite(toLine).max(60).optional(),
});
/** Input of `POST /api/users/login`. */
export const loginInputSchema = z.object({
  email: z.string().trim().min(1, "Write your mail address.").max(254),
  password: z.string().min(1, "Write your password.").max(200),
});

/** A channel as anybody may see it. */
export const publicUserSchema = z.object({
  id: userIdSchema,
  handle: z.string(),
  displayName: z.string(),
  bio: z.string(),
  createdAt: z.iso.datetime(),
  videoCount: z.int().nonnegative(),
});
/** A channel as anybody may see it. */
export type PublicUser = z.infer<typeof publicUserSchema>;

/** An account as its owner sees it. */
export const ownUserSchema = publicUserSchema.extend({
  email: z.string(),
  verified: z.boolean(),
  role: userRoleSchema,
  storedBytes: z.int().nonnegative(),
  limits: z.object({
    /** Bytes that one file may have. */
    fileBytes: z.int().positive(),
    /** Bytes that all originals of the account may have together. */
    storedBytes: z.int().positive(),
  }),
});
/** An account as its owner sees it. */
export type OwnUser = z.infer<typeof ownUserSchema>;

/** What register and log-in answer; `token` goes into `Authorization: Bearer …`. */
export const sessionSchema = z.object({ user: ownUserSchema, token: z.string() });
/** What register and log-in answer. */
export type Session = z.infer<typeof sessionSchema>;

/** Input of `PATCH /api/users/me`; absent fields stay as they are. */
export const updateUserInputSchema = z.object({
  displayName: z.string().overwrite(toLine).max(60).optional(),
  bio: z.string().overwrite(toLines).trim().max(1000).optional(),
  handle: handleSchema.optional(),
});

/** An OAuth2 provider that an administrator configured in PocketBase. */
export const oauthProviderSchema = z.object({ name: z.string(), displayName: z.string() });
/** An OAuth2 provider that an administrator configured in PocketBase. */
export type OauthProvider = z.infer<typeof oauthProviderSchema>;

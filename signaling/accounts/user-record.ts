import { z } from "zod";
import {
  type OwnUser,
  type PublicUser,
  type UserRole,
  userIdSchema,
  userRoleSchema,
} from "#common/accounts/user.ts";

/** A row of the collection `users`. */
export const userRowSchema = z
  .object({
    id: userIdSchema,
    email: z.string(),
    verified: z.boolean(),
    handle: z.string(),
    displayName: z.string(),
    bio: z.string(),
    role: userRoleSchema,
    storedBytes: z.number(),
    created: z.string(),
  })
  .transform(({ created, ...row }) => ({ ...row, createdAt: new Date(created).toISOString() }));

/** An account as the front desk keeps it. */
export type UserRecord = Readonly<z.infer<typeof userRowSchema>>;

/** The fields that Shoal writes. */
export type UserPatch = Partial<Pick<UserRecord, "handle" | "displayName" | "bio" | "role" | "verified">>;

/** What a new account is made of. */
export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly handle: string;
  readonly displayName: string;
  readonly role: UserRole;
  readonly verified: boolean;
}

/** A channel as anybody may see it. */
export function toPublicUser(record: UserRecord, videoCount: number): PublicUser {
  const { id, handle, displayName, bio, createdAt } = record;
  return { id, handle, displayName: displayName || handle, bio, createdAt, videoCount };
}

/** An account as its owner sees it. */
export function toOwnUser(record: UserRecord, videoCount: number, limits: OwnUser["limits"]): OwnUser {
  const { email, verified, role, storedBytes } = record;
  return { ...toPublicUser(record, videoCount), email, verified, role, storedBytes, limits };
}

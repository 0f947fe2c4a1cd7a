import { handleSchema, type UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";

const maxHandleLength = 30;

/**
 * A handle made of a name that somebody has elsewhere: `Jörg O'Neill` → `jorg-oneill`. `attempt` above 0 adds a number,
 * for when the handle is taken. Undefined when the name has nothing that a handle may have.
 */
export function toHandle(name: string, attempt = 0): string | undefined {
  const plain = name
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "");
  const ending = attempt === 0 ? "" : `-${attempt + 1}`;
  const handle = `${plain.slice(0, maxHandleLength - ending.length)}${ending}`;
  return handleSchema.safeParse(handle).success && plain !== "" ? handle : undefined;
}

/** An instance keeps at least one administrator: throws `auth.forbidden` when this change would take the last one. */
export function assertAdminRemains(change: {
  from: UserRole;
  to: UserRole | "gone";
  adminCount: number;
}): void {
  if (change.from !== "admin" || change.to === "admin" || change.adminCount > 1) return;
  throw new ShoalError("auth.forbidden", "This is the last administrator. Make another one first.");
}

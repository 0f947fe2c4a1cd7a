import { handleSchema, type UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";

const maxHandleLength = 30;

/**
 * A handle made of a name that somebody has elsewhere: `Jörg O'Neill` → `jorg-oneill`. `attempt` above 0 adds a number,
 * for when the handle is taken. Undefined when the name has nothing that a handle may have,
 * or is one that nobody may take.
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
  const isUsable = plain !== "" && handleSchema.safeParse(handle).success && !reservedHandle.test(handle);
  return isUsable ? handle : undefined;
}

/** Handles that speak for the instance; with a number behind them they do so too. */
const reservedHandle =
  /^(admin|administrator|api|help|info|mod|moderator|official|owner|root|security|shoal|staff|support|system|team|webmaster)[-_\d]*$/;

/** Throws `account.handle_taken` for a handle by which somebody could pass for those who run the instance. */
export function assertFreeHandle(handle: string): void {
  if (!reservedHandle.test(handle)) return;
  throw new ShoalError("account.handle_taken", "This handle is taken. Choose another one.");
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

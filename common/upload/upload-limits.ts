import type { UserRole } from "../accounts/user.ts";

const gibibyte = 1024 ** 3;

/** Default limits by role, in bytes; an instance may set others. Viewers may not upload unless the instance says so. */
export const defaultUploadLimits: Record<UserRole, { fileBytes: number; storedBytes: number }> = {
  viewer: { fileBytes: 2 * gibibyte, storedBytes: 5 * gibibyte },
  creator: { fileBytes: 20 * gibibyte, storedBytes: 200 * gibibyte },
  moderator: { fileBytes: 20 * gibibyte, storedBytes: 200 * gibibyte },
  admin: { fileBytes: 200 * gibibyte, storedBytes: 10_000 * gibibyte },
};

import { LRUCache } from "lru-cache";
import type { UserId, UserRole } from "#common/accounts/user.ts";

/** Remembers for a little while who may stream, because every stream on air is asked about every second. */
export interface OwnerGate {
  /** Is there such an account, and may it stream? Throws `service.unavailable` when nobody can say. */
  mayStream(ownerId: UserId): Promise<boolean>;
  /** Something about the account may have changed; without an id: about any. */
  forget(ownerId?: string): void;
}

const maxOwners = 10_000;
const keptMs = 30_000;

/** Makes an {@link OwnerGate}. */
export function createOwnerGate(options: {
  readonly roleOf: (accountId: UserId) => Promise<UserRole | undefined>;
  readonly mayStream: (role: UserRole) => boolean;
}): OwnerGate {
  const answers = new LRUCache<string, Promise<boolean>>({ max: maxOwners, ttl: keptMs });

  async function ask(ownerId: UserId): Promise<boolean> {
    const role = await options.roleOf(ownerId);
    return role !== undefined && options.mayStream(role);
  }

  return {
    mayStream(ownerId) {
      const known = answers.get(ownerId);
      if (known) return known;
      const answer = ask(ownerId);
      answers.set(ownerId, answer);
      answer.catch(() => answers.delete(ownerId));
      return answer;
    },
    forget(ownerId) {
      if (ownerId === undefined) answers.clear();
      else answers.delete(ownerId);
    },
  };
}

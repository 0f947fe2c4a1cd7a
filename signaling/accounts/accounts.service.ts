import { setTimeout as sleep } from "node:timers/promises";
import {
  type OwnUser,
  type PublicUser,
  recordIdSchema,
  type Session,
  type UserId,
  type UserRole,
  userIdSchema,
} from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import type { Account } from "../http/trpc.ts";
import { assertAdminRemains, assertFreeHandle } from "./accounts.rules.ts";
import type { AccountStore, StoredSession } from "./accounts.store.ts";
import type { Sessions } from "./sessions.ts";
import { type NewUser, toOwnUser, toPublicUser, type UserPatch, type UserRecord } from "./user-record.ts";

/** What this room wants of the room `videos`. */
export interface AccountVideos {
  /** Deletes all videos of an account that is about to go. */
  removeAllOf(ownerId: UserId): Promise<void>;
  /** Videos of a channel that anybody may find. */
  countListed(ownerId: UserId): Promise<number>;
}

/** What the room `accounts` is made of. */
export interface AccountsServiceOptions {
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly videos: AccountVideos;
  readonly limits: Record<UserRole, OwnUser["limits"]>;
  readonly registrationOpen: boolean;
  readonly defaultRole: UserRole;
  /** A token's owner has logged out: whatever was opened with it ends. */
  readonly onLoggedOut: (token: string) => void;
  readonly log: Logger;
}

/** A refused log-in takes at least this long, so that it does not tell whether the account exists. */
const refusalMs = 400;
const sameTokenMs = 1000;

/** What happens to accounts. Built by {@link createAccountsService}. */
export type AccountsService = ReturnType<typeof createAccountsService>;

/** Builds the room. */
export function createAccountsService(options: AccountsServiceOptions) {
  const { store, sessions, videos, log } = options;
  const roles = createKeyedLock();

  async function toOwn(record: UserRecord): Promise<OwnUser> {
    return toOwnUser(record, await videos.countListed(record.id), options.limits[record.role]);
  }

  async function toSession({ user, token }: StoredSession): Promise<Session> {
    return { user: await toOwn(user), token };
  }

  async function findExisting(id: UserId): Promise<UserRecord> {
    const record = await store.find(id);
    if (!record) throw absent();
    return record;
  }

  /** PocketBase makes the same token again within a second: one that was logged out meanwhile would be refused. */
  async function logInAnew(email: string, password: string): Promise<StoredSession> {
    const session = await store.logIn(email, password);
    if (!(await sessions.isRevoked(session.token))) return session;
    await sleep(sameTokenMs);
    return store.logIn(email, password);
  }

  async function logIn(email: string, password: string): Promise<StoredSession> {
    const patience = sleep(refusalMs);
    try {
      return await logInAnew(email, password);
    } catch (error) {
      await patience;
      throw error;
    }
  }

  async function update(id: UserId, patch: UserPatch): Promise<UserRecord> {
    const record = await store.update(id, patch);
    sessions.forget(id);
    if (!record) throw absent();
    return record;
  }

  /** Throws unless this is the account's password. */
  async function assertPassword(record: UserRecord, password: string): Promise<void> {
    await logIn(record.email, password);
  }

  /** Who has a reserved handle keeps it when the rest of the channel is changed. */
  async function assertMayBeCalled({ id }: Account, handle: string): Promise<void> {
    if ((await findExisting(id)).handle !== handle) assertFreeHandle(handle);
  }

  /** One at a time: two administrators who make way for each other would leave none. */
  function leaveRole<Result>(
    id: UserId,
    to: UserRole | "gone",
    leave: (record: UserRecord) => Promise<Result>,
  ): Promise<Result> {
    return roles.run("admin", async () => {
      const record = await findExisting(id);
      if (record.role === "admin") {
        assertAdminRemains({ from: record.role, to, adminCount: await store.countWithRole("admin") });
      }
      return leave(record);
    });
  }

  return {
    /** Makes an account and logs it in; a mail asks to verify the address. */
    async register(
      input: Pick<NewUser, "email" | "password" | "handle"> & { displayName?: string | undefined },
    ) {
      if (!options.registrationOpen) {
        throw new ShoalError("account.registration_closed", "This instance takes no new accounts.");
      }
      const { email, password, handle, displayName = "" } = input;
      assertFreeHandle(handle);
      const user = { email, password, handle, displayName, role: options.defaultRole, verified: false };
      const record = await store.create(user);
      log.info({ userId: record.id, role: record.role }, "account made");
      store
        .requestVerification(email)
        .catch((error) => log.warn({ err: error, userId: record.id }, "no verification mail was sent"));
      return toSession(await store.logIn(email, password));
    },

    /** Makes an account without asking whether registration is open. */
    async makeAccount(user: NewUser): Promise<UserRecord> {
      const record = await store.create(user);
      log.info({ userId: record.id, role: record.role }, "account made");
      return record;
    },

    async logIn(email: string, password: string): Promise<Session> {
      return toSession(await logIn(email, password));
    },

    async logOut(token: string): Promise<void> {
      await sessions.revoke(token);
      options.onLoggedOut(token);
    },

    async me(account: Account): Promise<OwnUser> {
      return toOwn(await findExisting(account.id));
    },

    async update(
      account: Account,
      patch: Pick<UserPatch, "handle" | "displayName" | "bio">,
    ): Promise<OwnUser> {
      if (patch.handle !== undefined) await assertMayBeCalled(account, patch.handle);
      return toOwn(await update(account.id, patch));
    },

    /** Every other session of the account ends; the answer is a new one. */
    async changePassword(account: Account, oldPassword: string, newPassword: string): Promise<Session> {
      const record = await findExisting(account.id);
      await assertPassword(record, oldPassword);
      await store.setPassword(record.id, newPassword);
      sessions.forget(record.id);
      return toSession(await store.logIn(record.email, newPassword));
    },

    /** The account and all its videos go. */
    async remove(account: Account, password: string): Promise<void> {
      const record = await findExisting(account.id);
      await assertPassword(record, password);
      await leaveRole(record.id, "gone", async () => {
        await videos.removeAllOf(record.id);
        await store.remove(record.id);
        sessions.forget(record.id);
      });
      log.info({ userId: record.id }, "account deleted");
    },

    /** By id or handle. */
    async get(idOrHandle: string): Promise<PublicUser> {
      const id = recordIdSchema.safeParse(idOrHandle).success ? userIdSchema.parse(idOrHandle) : undefined;
      const record = (id && (await store.find(id))) ?? (await store.findByHandle(idOrHandle));
      if (!record) throw absent();
      return toPublicUser(record, await videos.countListed(record.id));
    },

    async setRole(id: UserId, role: UserRole): Promise<{ role: UserRole }> {
      const from = await leaveRole(id, role, async (record) => {
        await update(id, { role });
        return record.role;
      });
      log.info({ userId: id, from, to: role }, "role changed");
      return { role };
    },

    async requestVerification(account: Account): Promise<void> {
      const { email, verified } = await findExisting(account.id);
      if (!verified) await store.requestVerification(email);
    },
    confirmVerification: store.confirmVerification,
    requestPasswordReset: store.requestPasswordReset,
    confirmPasswordReset: store.confirmPasswordReset,
  };
}

function absent(): ShoalError {
  return new ShoalError("account.not_found", "There is no such account.");
}

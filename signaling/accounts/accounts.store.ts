import type PocketBase from "pocketbase";
import { ClientResponseError } from "pocketbase";
import { z } from "zod";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import { type ErrorCode, ShoalError } from "#common/errors.ts";
import { createPocketBase } from "#common/node/pocketbase.ts";
import {
  askPocketBase,
  findInPocketBase,
  isRefusedField,
  isTaken,
  type PocketBaseService,
} from "#common/node/pocketbase-ask.ts";
import { type NewUser, type UserPatch, type UserRecord, userRowSchema } from "./user-record.ts";

/** A log-in that PocketBase accepted. */
export interface StoredSession {
  readonly user: UserRecord;
  readonly token: string;
}

const users = (client: PocketBase) => client.collection("users");
const sessionSchema = z.object({ record: userRowSchema, token: z.string() });

/** Where accounts are kept: PocketBase. A database that is away is `service.unavailable`. */
export type AccountStore = ReturnType<typeof createPocketBaseAccountStore>;

/** Keeps accounts in PocketBase. */
export function createPocketBaseAccountStore(url: string, service: PocketBaseService) {
  const ask = <Result>(call: (client: PocketBase) => Promise<Result>) => askPocketBase(service, call);

  /** Calls as nobody in particular; `refusal` is what PocketBase's refusal means. */
  async function askAsStranger<Result>(
    refusal: { code: ErrorCode; message: string },
    call: (client: PocketBase) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await call(createPocketBase(url));
    } catch (error) {
      if (!(error instanceof ClientResponseError)) throw error;
      if (error.status === 0 || error.status >= 500) {
        throw new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
          cause: error,
        });
      }
      throw new ShoalError(refusal.code, refusal.message, { cause: error });
    }
  }

  async function findWhere(filter: string, parameters: Record<string, unknown>) {
    const row = await findInPocketBase(service, (client) =>
      users(client).getFirstListItem(client.filter(filter, parameters)),
    );
    return row && userRowSchema.parse(row);
  }

  return {
    async find(id: UserId): Promise<UserRecord | undefined> {
      const row = await findInPocketBase(service, (client) => users(client).getOne(id));
      return row && userRowSchema.parse(row);
    },
    findByHandle: (handle: string) => findWhere("handle = {:handle}", { handle }),
    findByEmail: (email: string) => findWhere("email = {:email}", { email }),

    async countWithRole(role: UserRole): Promise<number> {
      const found = await ask((client) =>
        users(client).getList(1, 1, { filter: client.filter("role = {:role}", { role }), fields: "id" }),
      );
      return found.totalItems;
    },

    /** Throws `account.email_taken` and `account.handle_taken`. */
    async create(user: NewUser): Promise<UserRecord> {
      const body = { ...user, passwordConfirm: user.password, emailVisibility: false };
      return userRowSchema.parse(await refusingTaken(() => ask((client) => users(client).create(body))));
    },

    /** Throws `account.handle_taken`; `undefined` when the account is gone. */
    async update(id: UserId, patch: UserPatch): Promise<UserRecord | undefined> {
      const row = await refusingTaken(() =>
        findInPocketBase(service, (client) => users(client).update(id, patch)),
      );
      return row && userRowSchema.parse(row);
    },

    /** All tokens of the account end with it. */
    async setPassword(id: UserId, password: string): Promise<void> {
      await ask((client) => users(client).update(id, { password, passwordConfirm: password }));
    },

    async remove(id: UserId): Promise<void> {
      await findInPocketBase(service, (client) => users(client).delete(id));
    },

    /** Throws `auth.wrong_credentials`. */
    async logIn(email: string, password: string): Promise<StoredSession> {
      const answer = await askAsStranger(
        { code: "auth.wrong_credentials", message: "The mail address or the password is wrong." },
        (client) => users(client).authWithPassword(email, password),
      );
      const { record, token } = sessionSchema.parse(answer);
      return { user: record, token };
    },

    async requestVerification(email: string): Promise<void> {
      await ask((client) => users(client).requestVerification(email));
    },
    /** Throws `auth.link_expired`. */
    async confirmVerification(token: string): Promise<void> {
      await askAsStranger(expiredLink, (client) => users(client).confirmVerification(token));
    },
    async requestPasswordReset(email: string): Promise<void> {
      await ask((client) => users(client).requestPasswordReset(email));
    },
    /** Throws `auth.link_expired`. */
    async confirmPasswordReset(token: string, password: string): Promise<void> {
      await askAsStranger(expiredLink, (client) =>
        users(client).confirmPasswordReset(token, password, password),
      );
    },
  };
}

const expiredLink = {
  code: "auth.link_expired",
  message: "This link does not work any more. Ask for a new one.",
} as const;

async function refusingTaken<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isTaken(error, "email")) {
      throw new ShoalError("account.email_taken", "There is an account with this mail address.", {
        cause: error,
      });
    }
    // PocketBase knows more about mail addresses than our door does
    if (isRefusedField(error, "email")) {
      throw new ShoalError("request.invalid", "This is not a mail address.", { cause: error });
    }
    if (isTaken(error, "handle")) {
      throw new ShoalError("account.handle_taken", "This handle is taken. Choose another one.", {
        cause: error,
      });
    }
    throw error;
  }
}

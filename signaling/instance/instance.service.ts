import type { OauthProvider, Session, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { Instance } from "#common/instance/instance.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import { isSameSecret } from "#common/node/secrets.ts";
import type { NewUser, UserRecord } from "../accounts/user-record.ts";

/** What this room wants of the room `accounts`. */
export interface InstanceAccounts {
  makeAccount(user: NewUser): Promise<UserRecord>;
  logIn(email: string, password: string): Promise<Session>;
  countWithRole(role: UserRole): Promise<number>;
  findByEmail(email: string): Promise<UserRecord | undefined>;
  listProviders(): Promise<OauthProvider[]>;
}

/** What the room `instance` is made of. */
export interface InstanceServiceOptions {
  readonly accounts: InstanceAccounts;
  readonly name: string;
  readonly registrationOpen: boolean;
  readonly peersEnabled: boolean;
  /** 64 hex digits. */
  readonly firstAdminToken: string;
  /** May what was read before be trusted, because changes are heard of? */
  readonly isFeedLive: () => boolean;
  readonly log: Logger;
}

/** Input of `POST /api/instance/first-admin`. */
export interface FirstAdmin {
  readonly token: string;
  readonly email: string;
  readonly password: string;
  readonly handle: string;
}

/** What the instance says of itself. Built by {@link createInstanceService}. */
export type InstanceService = ReturnType<typeof createInstanceService>;

/** Builds the room. */
export function createInstanceService(options: InstanceServiceOptions) {
  const { accounts, log } = options;
  let hasAdmin: boolean | undefined;
  const turns = createKeyedLock();

  async function isSetUp(): Promise<boolean> {
    if (hasAdmin !== undefined && options.isFeedLive()) return hasAdmin;
    hasAdmin = (await accounts.countWithRole("admin")) > 0;
    return hasAdmin;
  }

  async function makeFirstAdmin({ email, password, handle }: FirstAdmin): Promise<Session> {
    if ((await accounts.countWithRole("admin")) > 0) {
      throw new ShoalError("instance.already_set_up", "This instance has an administrator already.");
    }
    await accounts.makeAccount({ email, password, handle, displayName: "", role: "admin", verified: true });
    hasAdmin = true;
    return accounts.logIn(email, password);
  }

  return {
    async get(): Promise<Instance> {
      const [isReady, oauthProviders] = await Promise.all([isSetUp(), accounts.listProviders()]);
      return {
        name: options.name,
        needsFirstAdmin: !isReady,
        registrationOpen: options.registrationOpen,
        peersEnabled: options.peersEnabled,
        oauthProviders,
      };
    },

    /** Throws `auth.link_expired` for a wrong token and `instance.already_set_up` when there is an administrator. */
    async createFirstAdmin(input: FirstAdmin): Promise<Session> {
      if (!isSameSecret(input.token, options.firstAdminToken)) {
        throw new ShoalError("auth.link_expired", "This link is not the one that the first start printed.");
      }
      // one at a time: two who hold the link do not both become the first
      return turns.run("first", () => makeFirstAdmin(input));
    },

    /** The administrator that the settings ask for, when there is no account with the mail address. */
    async ensureAdmin(email: string, password: string): Promise<void> {
      if (await accounts.findByEmail(email)) return;
      const admin = { email, password, displayName: "", role: "admin", verified: true } as const;
      try {
        await accounts.makeAccount({ ...admin, handle: "admin" });
      } catch (error) {
        if (!(error instanceof ShoalError && error.code === "account.handle_taken")) throw error;
        await accounts.makeAccount({ ...admin, handle: `admin-${Date.now().toString(36)}` });
      }
      log.info("administrator of the settings made");
    },

    /** Something about accounts has changed. */
    forget(): void {
      hasAdmin = undefined;
    },
  };
}

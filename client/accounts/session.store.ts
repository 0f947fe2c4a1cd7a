import { createSignal } from "solid-js";
import type { OwnUser } from "#common/accounts/user.ts";
import { api, listenForSessionEnd } from "../app/api.ts";
import { toProblem } from "../app/problem.ts";

/** Who sits before the page. The token is in a cookie that the page cannot read. */
export type SessionState =
  | { readonly state: "unknown" }
  | { readonly state: "guest" }
  | { readonly state: "account"; readonly user: OwnUser }
  | { readonly state: "unreachable"; readonly error: unknown };

const [session, setSession] = createSignal<SessionState>({ state: "unknown" });

export { session };

/** The account, when there is one. */
export function currentUser(): OwnUser | undefined {
  const now = session();
  return now.state === "account" ? now.user : undefined;
}

/** Asks the front desk who we are. */
export async function refreshSession(): Promise<void> {
  try {
    enterSession(await api.accounts.me.query());
  } catch (error) {
    const { code } = toProblem(error);
    const isGuest = code === "auth.required" || code === "auth.invalid_token" || code === "account.not_found";
    if (isGuest) leaveSession();
    // an account stays one while nobody answers: uploads and half-written words depend on it
    else if (session().state !== "account") setSession({ state: "unreachable", error });
  }
}

/** Takes the account that the front desk answered with. */
export function enterSession(user: OwnUser): void {
  setSession({ state: "account", user });
}

/** Forgets the account in this page; the cookie is the front desk's to take. */
export function leaveSession(): void {
  setSession({ state: "guest" });
}

listenForSessionEnd(leaveSession);

export async function logOut(): Promise<void> {
  await api.accounts.logout.mutate();
  leaveSession();
}

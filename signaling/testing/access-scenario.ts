import type { VideoVisibility } from "#common/videos/video.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import type { Ask, TestAccount } from "./front-desk.ts";

/** Who asks. `expired` and `logged out` are the owner, with a token that is not good any more. */
export const actors = ["stranger", "expired", "logged out", "viewer", "owner", "moderator", "admin"] as const;
/** One of {@link actors}. */
export type Actor = (typeof actors)[number];
/** What everybody gets: a code, or "ok". */
export type Outcomes = Record<Actor, string>;

/** What a scenario asks about; all of it is of `owner`. Ids of what a scenario is not about are empty. */
export interface Scene {
  readonly videoId: string;
  readonly streamId: string;
  /** A restream target of the stream. */
  readonly targetId: string;
  /** `null`: a stranger. */
  readonly actor: TestAccount | null;
}

/** One procedure, or one address that is none: how it is asked, and what everybody gets. */
export interface Scenario {
  readonly procedure: string;
  readonly about?: { readonly visibility?: VideoVisibility; readonly state?: VideoState };
  readonly ask: (scene: Scene) => Ask & { readonly path: string };
  readonly outcomes: Outcomes;
}

/** The same for all, whatever token they bring: nobody is asked who they are. */
export function anybody(outcome: string): Outcomes {
  return { ...everybody(outcome), expired: outcome, "logged out": outcome };
}

const badToken = { expired: "auth.invalid_token", "logged out": "auth.invalid_token" } as const;

/** The same for all, but for tokens that are not good. */
export function everybody(outcome: string): Outcomes {
  return {
    stranger: outcome,
    ...badToken,
    viewer: outcome,
    owner: outcome,
    moderator: outcome,
    admin: outcome,
  };
}

/** For accounts: strangers are told to log in. */
export function accounts(outcome: string): Outcomes {
  return { ...everybody(outcome), stranger: "auth.required" };
}

/** For the owner; for others it does not exist, which is said by this code. */
export function ownerOnly(absent: string): Outcomes {
  return { ...accounts(absent), owner: "ok" };
}

/** For the owner, moderators and administrators. */
export function keepers(absent: string): Outcomes {
  return { ...ownerOnly(absent), moderator: "ok", admin: "ok" };
}

/** The same where strangers may ask too. */
export function watchers(absent: string): Outcomes {
  return { ...keepers(absent), stranger: absent };
}

/** For the owner; moderators, for whom it exists, are refused. */
export function ownersHand(absent: string): Outcomes {
  return { ...ownerOnly(absent), moderator: "auth.forbidden", admin: "auth.forbidden" };
}

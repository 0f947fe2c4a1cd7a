import { type ErrorCode, isErrorCode } from "#common/errors.ts";

/** Why a video does not play, in the order in which a person can do something about it. */
export const playbackFailures = [
  "network",
  "service_away",
  "grant_expired",
  "not_found",
  "not_playable",
  "decode",
  "unsupported",
] as const;
/** One of {@link playbackFailures}. */
export type PlaybackFailure = (typeof playbackFailures)[number];

const failureSentences: Record<PlaybackFailure, string> = {
  network: "The connection was lost. Check your network, then try again.",
  service_away: "This instance does not answer at the moment. Try again in a little while.",
  grant_expired: "The permission to watch has run out. Try again to get a new one.",
  not_found: "This video does not exist, or you may not watch it.",
  not_playable: "This video cannot be watched yet. Its first quality is still being made.",
  decode: "Your browser could not decode this video. Try again or pick another quality.",
  unsupported: "Your browser can play neither this format nor anything that we could offer instead.",
};

/** The sentence that the player shows. */
export function toFailureSentence(failure: PlaybackFailure): string {
  return failureSentences[failure];
}

/** Can trying again help at all? */
export function isRetryable(failure: PlaybackFailure): boolean {
  return failure !== "unsupported";
}

/** What the refusal of a grant means for the viewer; `undefined`: no answer came at all. */
export function toGrantFailure(code: string | undefined): PlaybackFailure {
  return isErrorCode(code) ? (failureByCode[code] ?? "service_away") : "network";
}

const failureByCode: Partial<Record<ErrorCode, PlaybackFailure>> = {
  "video.not_found": "not_found",
  "request.invalid": "not_found",
  "video.not_playable": "not_playable",
  "video.wrong_state": "not_playable",
  "auth.required": "not_found",
  "auth.forbidden": "not_found",
  "grant.expired": "grant_expired",
  "grant.invalid": "grant_expired",
  "grant.required": "grant_expired",
  "media.not_found": "not_found",
};

/** What went wrong inside hls.js, as far as recovery must tell it apart. */
export type MediaTrouble =
  | { readonly kind: "network"; readonly httpStatus: number | undefined }
  | { readonly kind: "decode" }
  | { readonly kind: "unsupported" };

/** What to try before anybody is bothered. */
export type RecoveryStep =
  | { readonly name: "reload_media"; readonly delayMs: number }
  | { readonly name: "renew_grant"; readonly delayMs: number }
  | { readonly name: "recover_decoder" }
  | { readonly name: "give_up"; readonly failure: PlaybackFailure };

/** Steps in a row without a painted frame between them. */
const maxAttempts = 5;
const firstDelayMs = 500;

/** The next thing to try after `attempt` tries (0: none yet) that did not bring the picture back. */
export function toRecoveryStep(trouble: MediaTrouble, attempt: number): RecoveryStep {
  switch (trouble.kind) {
    case "unsupported":
      return { name: "give_up", failure: "unsupported" };
    case "decode":
      return attempt < 3 ? { name: "recover_decoder" } : { name: "give_up", failure: "decode" };
    case "network": {
      const delayMs = attempt === 0 ? 0 : firstDelayMs * 2 ** (attempt - 1);
      if (attempt >= maxAttempts) return { name: "give_up", failure: toFailureOfStatus(trouble.httpStatus) };
      // without a status it may be anything, and a new grant tells what
      const isGrantTrouble = trouble.httpStatus === undefined || [401, 403, 404].includes(trouble.httpStatus);
      return { name: isGrantTrouble || attempt > 0 ? "renew_grant" : "reload_media", delayMs };
    }
  }
}

function toFailureOfStatus(httpStatus: number | undefined): PlaybackFailure {
  if (httpStatus === undefined || httpStatus === 0) return "network";
  if (httpStatus === 401 || httpStatus === 403) return "grant_expired";
  if (httpStatus === 404) return "not_found";
  return "service_away";
}

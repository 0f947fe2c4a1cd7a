import type { ErrorCode } from "#common/errors.ts";

/** Codes of the servers, and what only a page can notice. */
export type ProblemCode =
  | ErrorCode
  | "network.unreachable"
  | "network.timeout"
  | "upload.file_gone"
  | "page.outdated"
  | "unknown";

/** What went wrong, for a person. */
export interface Problem {
  readonly code: ProblemCode;
  readonly title: string;
  readonly text: string;
  /** Could the same request succeed later? */
  readonly canRetry: boolean;
}

type Sentences = { title: string; text: string; canRetry?: true };

const sentences: Record<ProblemCode, Sentences> = {
  "request.invalid": {
    title: "That did not fit",
    text: "Something in the form is not right. Check it and try again.",
  },
  "request.not_found": { title: "Nothing here", text: "This address leads nowhere." },
  "request.too_many": {
    title: "A little slower",
    text: "Too many tries in a short time. Wait a minute, then try again.",
    canRetry: true,
  },
  "request.cross_site": {
    title: "Not from here",
    text: "This request came from another site, so it was refused. Reload the page.",
  },
  "service.unavailable": {
    title: "Back in a moment",
    text: "A part of this Shoal is starting or resting. Try again in a few seconds.",
    canRetry: true,
  },
  "service.internal": {
    title: "That is on us",
    text: "Something broke on the server. It is in the log; trying again may help.",
    canRetry: true,
  },
  "auth.required": { title: "Log in first", text: "This needs an account." },
  "auth.invalid_token": {
    title: "You were logged out",
    text: "Your session has ended. Log in again to go on.",
  },
  "auth.wrong_credentials": {
    title: "That did not match",
    text: "The mail address or the password is wrong.",
  },
  "auth.forbidden": {
    title: "Not for this account",
    text: "Your account is not allowed to do this. An administrator can change that.",
  },
  "auth.link_expired": {
    title: "This link has expired",
    text: "Links work once and for a short time. Ask for a new one.",
  },
  "account.email_taken": {
    title: "Already here",
    text: "There is an account with this mail address. Log in instead, or reset the password.",
  },
  "account.handle_taken": {
    title: "Handle taken",
    text: "Somebody swims under this handle already. Choose another.",
  },
  "account.not_found": {
    title: "No such channel",
    text: "Nobody here goes by that handle. It may have been renamed or removed.",
  },
  "account.registration_closed": {
    title: "Registration is closed",
    text: "This Shoal takes no new accounts at the moment.",
  },
  "instance.already_set_up": {
    title: "Already set up",
    text: "This Shoal has its administrator. Log in instead.",
  },
  "video.not_found": {
    title: "This video is not here",
    text: "It may have been removed, made private, or never have been.",
  },
  "video.not_playable": {
    title: "Not ready to watch",
    text: "This video is still being made. It plays as soon as the first quality is there.",
    canRetry: true,
  },
  "video.wrong_state": {
    title: "Not at this point",
    text: "The video has moved on in the meantime. Reload to see where it stands.",
    canRetry: true,
  },
  "upload.too_large": { title: "Too large", text: "This file is larger than your account may upload." },
  "upload.quota_exceeded": {
    title: "No room left",
    text: "Your storage is full. Delete a video to make room.",
  },
  "upload.not_found": {
    title: "Upload lost",
    text: "The server no longer knows this upload. Start it again.",
  },
  "upload.already_complete": { title: "Already there", text: "This file has arrived completely." },
  "upload.wrong_offset": {
    title: "Out of step",
    text: "The upload had moved on meanwhile. It continues where the server stands.",
    canRetry: true,
  },
  "upload.bad_image": {
    title: "Not a picture we can read",
    text: "Choose a JPEG, PNG, WebP or AVIF picture.",
  },
  "grant.required": {
    title: "Not without a pass",
    text: "This media needs a fresh permission. Reload the page.",
  },
  "grant.invalid": {
    title: "Pass not accepted",
    text: "The permission to play this is not valid. Reload the page.",
  },
  "grant.expired": {
    title: "Pass expired",
    text: "The permission to play this has run out. Reload the page.",
    canRetry: true,
  },
  "grant.wrong_video": {
    title: "Wrong pass",
    text: "This permission belongs to another video. Reload the page.",
  },
  "stream.not_found": {
    title: "No such stream",
    text: "It may have been deleted, or it is not for you to see.",
  },
  "stream.wrong_key": { title: "Wrong stream key", text: "Copy the key again, or make a new one." },
  "stream.already_live": {
    title: "Already on air",
    text: "Somebody is sending to this stream. End that first, then go live here.",
  },
  "stream.not_live": { title: "Not on air", text: "This stream is not on air now." },
  "stream.wrong_state": { title: "Not now", text: "The stream is not in a state in which that can be done." },
  "stream.too_many": {
    title: "Too many streams",
    text: "Delete a stream that you do not need, then try again.",
  },
  "stream.full": {
    title: "No room left",
    text: "The server carries as many as it can. Try again in a moment.",
    canRetry: true,
  },
  "stream.bad_sdp": { title: "Not understood", text: "The sending program's offer could not be read." },
  "stream.unsupported_media": {
    title: "This format does not work",
    text: "Send H.264, VP8, VP9 or AV1 with Opus or AAC sound.",
  },
  "stream.session_not_found": { title: "Connection lost", text: "Connect again.", canRetry: true },
  "stream.wrong_etag": { title: "Connection changed", text: "Connect again.", canRetry: true },
  "stream.bad_target": {
    title: "That place cannot be reached",
    text: "Use the rtmp:// or rtmps:// address that the other site shows.",
  },
  "media.not_found": {
    title: "Part of the video is missing",
    text: "A piece of this video could not be found.",
    canRetry: true,
  },
  "encode.unreadable": {
    title: "Cannot be read",
    text: "The file looks damaged. Try to open it on your computer, or export it again.",
  },
  "encode.empty": { title: "Empty file", text: "There is nothing in this file." },
  "encode.truncated": {
    title: "Cut off",
    text: "The file ends too early. Export or copy it again, then upload it once more.",
  },
  "encode.no_streams": { title: "Nothing to play", text: "There is neither picture nor sound in this file." },
  "encode.not_media": { title: "Not a video", text: "This file is neither video nor audio." },
  "encode.too_short": { title: "Too short", text: "A video needs more than one picture." },
  "encode.too_long": { title: "Too long", text: "This video is longer than this Shoal takes." },
  "encode.too_big_picture": {
    title: "Picture too large",
    text: "The picture has more pixels than can be handled here. Export it smaller.",
  },
  "encode.unsupported": {
    title: "Unknown format",
    text: "This format cannot be read here. MP4, MOV, MKV, WebM, AVI and MPEG-TS work.",
  },
  "encode.timeout": {
    title: "Took too long",
    text: "Encoding did not finish in time. Trying again may help.",
    canRetry: true,
  },
  "encode.limit_exceeded": {
    title: "More than allowed",
    text: "Encoding this file needs more than this Shoal gives one video.",
  },
  "encode.failed": {
    title: "Encoding failed",
    text: "The video could not be made. Trying again may help.",
    canRetry: true,
  },
  "encode.cancelled": { title: "Cancelled", text: "Encoding was stopped.", canRetry: true },
  "network.unreachable": {
    title: "Out of reach",
    text: "The server cannot be reached. Check your connection, then try again.",
    canRetry: true,
  },
  "network.timeout": {
    title: "No answer",
    text: "The server took too long to answer. Try again.",
    canRetry: true,
  },
  "upload.file_gone": {
    title: "The file has changed",
    text: "It was moved or edited on this device. Pick it again to continue.",
  },
  "page.outdated": {
    title: "A new version is here",
    text: "Shoal was updated while this page was open. Reload it.",
    canRetry: true,
  },
  unknown: {
    title: "Something went wrong",
    text: "We do not know what it was. Trying again may help.",
    canRetry: true,
  },
};

export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === "string" && Object.hasOwn(sentences, text);
}

/** The sentences for a code; one that this page does not know yet is `unknown`. */
export function toProblemOfCode(code: unknown): Problem {
  const known = isProblemCode(code) ? code : "unknown";
  const { title, text, canRetry } = sentences[known];
  return { code: known, title, text, canRetry: canRetry ?? false };
}

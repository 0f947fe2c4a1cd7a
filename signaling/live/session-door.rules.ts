import { ShoalError } from "#common/errors.ts";
import type { IceServer } from "../playback/playback.config.ts";

/** What a description, a fragment of one, and what a page says of its picture travel as. */
export const mediaTypes = {
  description: "application/sdp",
  fragment: "application/trickle-ice-sdpfrag",
  json: "application/json",
} as const;

/** A refusal of the protocol itself, with the status that its specification names. */
export class DoorRefusal extends ShoalError {
  readonly #status: number;

  constructor(status: 405 | 406 | 413 | 415 | 428, message: string) {
    super("request.invalid", message);
    this.name = "DoorRefusal";
    this.#status = status;
  }

  override get httpStatus(): number {
    return this.#status;
  }
}

/** The type of a body without its parameters; empty: it has none. */
export function toMediaType(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Would this `Accept` take that type (RFC 9110 §12.5.1)? Absent, it takes everything. */
export function doesAccept(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  const ranges = [mediaType, mediaType.replace(/\/.*/, "/*"), "*/*"];
  return accept.split(",").some((part) => {
    const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    return ranges.includes(range) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/**
 * `Link` values of ICE servers. RFC 9725 §4.6: 'a "Link" header field with a "rel" attribute value of "ice-server"', its
 * target the server, with "username", "credential" and "credential-type" where there are some.
 */
export function toIceLinks(servers: readonly IceServer[]): string[] {
  return servers.map(({ urls, username, credential }) =>
    [
      `<${urls.replace(/[^\x21-\x7e]|[<>"]/g, encodeURIComponent)}>`,
      'rel="ice-server"',
      ...(username === undefined ? [] : [`username=${quote(username)}`]),
      ...(credential === undefined ? [] : [`credential=${quote(credential)}`, 'credential-type="password"']),
    ].join("; "),
  );
}

/**
 * Where a session can be found. Absolute, because not every client resolves it; under the name that the client used, so
 * that it is the same server, or under ours where that is no name at all.
 */
export function toLocation(
  path: string,
  asked: { protocol: string; host: string },
  publicUrl: string,
): string {
  const ours = new URL(publicUrl);
  const theirs = `${asked.protocol}://${asked.host}`;
  const isOurs = asked.host === "" || asked.host === ours.host || !URL.canParse(theirs);
  return new URL(path, isOurs ? ours : theirs).href;
}

/** RFC 9110 §5.6.4: a quoted-string escapes quotes and backslashes; control characters cannot be in it. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&")}"`;
}

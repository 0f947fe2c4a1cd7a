import { createHash, randomInt } from "node:crypto";
import { type StreamId, streamIdSchema } from "../live/stream.ts";
import { isSameSecret } from "./secrets.ts";

const secretLength = 32;
const secretLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const keyPattern = /^([a-z0-9]{15})-[0-9A-Za-z]{32}$/;
/** Characters of a key that its owner is shown again. */
const hintLength = 4;

/** A new key of a stream: `<streamId>-` and 32 letters and digits, which nobody guesses. */
export function makeStreamKey(streamId: StreamId, random: (max: number) => number = randomInt): string {
  const secret = Array.from({ length: secretLength }, () => secretLetters[random(secretLetters.length)]);
  return `${streamId}-${secret.join("")}`;
}

/** Which stream a key is said to be for; `undefined` when it cannot be a key. Says nothing of whether it fits. */
export function parseStreamKey(key: string): StreamId | undefined {
  return streamIdSchema.safeParse(keyPattern.exec(key)?.[1]).data;
}

/** What is kept of a key: SHA-256, in hex. The key is random, so that a slow hash would add nothing. */
export function hashStreamKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The end of a key, by which its owner recognizes it. */
export function toStreamKeyHint(key: string): string {
  return key.slice(-hintLength);
}

/** Is it the key of this hash? How long the answer takes does not tell how much of it is. */
export function isStreamKey(key: string, keyHash: string): boolean {
  return isSameSecret(hashStreamKey(key), keyHash);
}

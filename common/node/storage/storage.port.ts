import type { Readable } from "node:stream";

/** What is known of a stored object. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** An object that is open for reading; whoever opened it closes it (`await using`, or `close`). */
export interface OpenedObject extends AsyncDisposable {
  readonly stored: StoredObject;
  /** All of it. */
  readWhole(): Promise<Buffer>;
  /**
   * Bytes `from` to `to`, both included, piece by piece and in order: the next one comes when `use` has ended, and in
   * the same memory. Ends with the error of `use`.
   */
  readPieces(range: { from: number; to: number }, use: (piece: Buffer) => Promise<void>): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Where media lies. Keys are relative paths of `[A-Za-z0-9._-]` parts joined by `/`; no part starts with a dot.
 * A bad key throws a plain Error before anything is touched. Absent objects are `undefined`, never an error.
 */
export interface Storage {
  /** Stores all of the body under the key, atomically: a reader sees the old object or the new one, never half. */
  put(key: string, body: Uint8Array | Readable): Promise<void>;
  /** Stores a local file; it may be moved away in doing so. */
  putFile(key: string, path: string): Promise<void>;
  head(key: string): Promise<StoredObject | undefined>;
  /** Whole object; meant for playlists, pictures and segments. */
  read(key: string): Promise<Buffer | undefined>;
  /** Opens an object for reading it in the way that suits its size. */
  open(key: string): Promise<OpenedObject | undefined>;
  /** Bytes `from` to `to`, both included. The caller destroys the stream when it stops early. */
  stream(key: string, range?: { from: number; to: number }): Promise<Readable | undefined>;
  /** Calls `use` with a path of a local copy that FFmpeg can read; the copy is gone when `use` has ended. */
  withLocalFile<Result>(key: string, use: (path: string) => Promise<Result>): Promise<Result | undefined>;
  /** Keys below the prefix in lexical order. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Deletes every object below the prefix (`media/<id>/`) or the one with that key; absent is fine. */
  remove(prefix: string): Promise<void>;
  /** Throws when the storage cannot be written to and read from now. */
  check(): Promise<void>;
}

const keyPart = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Throws unless this is a key that a {@link Storage} takes; `""` and a closing `/` are allowed for prefixes only. */
export function assertStorageKey(key: string, use: "object" | "prefix" = "object"): void {
  if (use === "prefix" && key === "") return;
  const path = use === "prefix" ? key.replace(/\/$/, "") : key;
  if (path.length > 512 || !path.split("/").every((part) => keyPart.test(part))) {
    throw new Error(`not a storage key: ${JSON.stringify(key.slice(0, 80))}`);
  }
}

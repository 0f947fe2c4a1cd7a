import { createHash } from "node:crypto";
import type PocketBase from "pocketbase";
import { ClientResponseError } from "pocketbase";
import { ShoalError } from "../errors.ts";

/** What a store needs of `createPocketBaseService`. */
export interface PocketBaseService {
  client(): Promise<PocketBase>;
}

/** A record's id that follows from a text: one look-up finds the record, and the database refuses a second one. */
export function toRecordId(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return BigInt(`0x${hash}`).toString(36).padStart(15, "0").slice(-15);
}

/** PocketBase's answer that a record is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ClientResponseError && error.status === 404;
}

/** PocketBase's answer that a field of a record (its id too) must be unique and is taken. */
export function isTaken(error: unknown, field: string): boolean {
  const code = toFieldCode(error, field);
  return code === "validation_not_unique" || code === "validation_pk_invalid";
}

/** PocketBase's answer that a field of a record has a value that it may not have. */
export function isRefusedField(error: unknown, field: string): boolean {
  return toFieldCode(error, field) !== undefined;
}

function toFieldCode(error: unknown, field: string): unknown {
  if (!(error instanceof ClientResponseError) || error.status !== 400) return undefined;
  return error.response.data?.[field]?.code;
}

/**
 * Makes one call with all rights, logging in again once when the token was refused.
 * A PocketBase that is away, or fails by itself, gives `service.unavailable`; other answers are thrown as they are.
 */
export async function askPocketBase<Result>(
  service: PocketBaseService,
  call: (client: PocketBase) => Promise<Result>,
): Promise<Result> {
  const client = await service.client();
  try {
    return await call(client);
  } catch (error) {
    if (!(error instanceof ClientResponseError)) throw error;
    if (error.status === 401 || error.status === 403) {
      client.authStore.clear();
      return call(await service.client());
    }
    if (error.status !== 0 && error.status < 500) throw error;
    throw new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
      cause: error,
    });
  }
}

/** {@link askPocketBase} for one record: `undefined` when it is not there. */
export async function findInPocketBase<Result>(
  service: PocketBaseService,
  call: (client: PocketBase) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await askPocketBase(service, call);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

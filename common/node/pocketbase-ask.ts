import type PocketBase from "pocketbase";
import { ClientResponseError } from "pocketbase";
import { ShoalError } from "../errors.ts";

/** What a store needs of `createPocketBaseService`. */
export interface PocketBaseService {
  client(): Promise<PocketBase>;
}

/** PocketBase's answer that a record is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ClientResponseError && error.status === 404;
}

/** PocketBase's answer that a field of a record (its id too) must be unique and is taken. */
export function isTaken(error: unknown, field: string): boolean {
  if (!(error instanceof ClientResponseError) || error.status !== 400) return false;
  const code: unknown = error.response.data?.[field]?.code;
  return code === "validation_not_unique" || code === "validation_pk_invalid";
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

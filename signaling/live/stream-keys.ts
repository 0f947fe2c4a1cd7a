import type { UserId, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { isStreamKey, parseStreamKey } from "#common/node/stream-key.ts";
import { isPublishTicket, type PublishTickets } from "./publish-tickets.ts";
import type { StreamRecord } from "./stream-record.ts";
import type { StreamStore } from "./streams.store.ts";

/** What the one who checks keys is made of. */
export interface StreamKeysOptions {
  readonly store: Pick<StreamStore, "find" | "findKeyHash">;
  readonly tickets: PublishTickets;
  /** `undefined`: there is no such account any more. */
  readonly roleOf: (accountId: UserId) => Promise<UserRole | undefined>;
  readonly mayStream: (role: UserRole) => boolean;
}

/** Says who may publish. */
export interface StreamKeys {
  /** The stream of a key. Throws `stream.wrong_key`, the same and as late for a stream that does not exist. */
  verify(key: string): Promise<StreamRecord>;
  /**
   * The stream into which this bearer token (its key, or a ticket of its owner's) lets somebody publish now; `streamId`
   * says which one is meant, or `null`: the one that the token is for. Throws `stream.wrong_key`, and `auth.forbidden`
   * when its owner may not stream any more.
   */
  admit(streamId: StreamId | null, bearer: string): Promise<StreamRecord>;
}

/** Looked for when a text is no key at all, so that this takes as long as a wrong one. */
const nobodysStream = streamIdSchema.parse("0".repeat(15));
const nobodysHash = "0".repeat(64);

/** Makes {@link StreamKeys}. Every answer is read from the store: a key that was rolled elsewhere is refused at once. */
export function createStreamKeys({ store, tickets, roleOf, mayStream }: StreamKeysOptions): StreamKeys {
  async function findByKey(key: string): Promise<StreamRecord | undefined> {
    const streamId = parseStreamKey(key);
    const [keyHash, record] = await Promise.all([
      store.findKeyHash(streamId ?? nobodysStream),
      store.find(streamId ?? nobodysStream),
    ]);
    return isStreamKey(key, keyHash ?? nobodysHash) ? record : undefined;
  }

  async function findByTicket(token: string): Promise<StreamRecord | undefined> {
    const { streamId, accountId } = await tickets.verify(token);
    const record = await store.find(streamId);
    return record?.ownerId === accountId ? record : undefined;
  }

  async function assertMayStream({ ownerId }: Pick<StreamRecord, "ownerId">): Promise<void> {
    const role = await roleOf(ownerId);
    if (role === undefined || !mayStream(role)) {
      throw new ShoalError("auth.forbidden", "This account may not stream.");
    }
  }

  return {
    async verify(key) {
      const record = await findByKey(key);
      if (!record) throw refuse();
      await assertMayStream(record);
      return record;
    },

    async admit(streamId, bearer) {
      const record = isPublishTicket(bearer) ? await findByTicket(bearer) : await findByKey(bearer);
      if (!record || (streamId !== null && record.id !== streamId)) throw refuse();
      await assertMayStream(record);
      return record;
    },
  };
}

function refuse(): ShoalError {
  return new ShoalError("stream.wrong_key", "This key does not open this stream.");
}

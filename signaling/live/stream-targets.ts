import { ShoalError } from "#common/errors.ts";
import type { BroadcastOrder } from "#common/live/broadcast.ts";
import type { CreateRestreamTargetInput } from "#common/live/restream.ts";
import type { StreamId } from "#common/live/stream.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import {
  assertRestreamKey,
  type HostLookup,
  parseRestreamUrl,
  resolveRestreamHost,
} from "#common/node/restream-address.ts";
import type { SealedKeys } from "./sealed-keys.ts";
import type { TargetRecord } from "./stream-record.ts";
import { createStreamCache } from "./streams.cache.ts";
import type { StreamStore } from "./streams.store.ts";

/** What the keeper of targets is made of. */
export interface StreamTargetsOptions {
  readonly store: Pick<StreamStore, "listTargets" | "createTarget" | "updateTarget" | "removeTarget">;
  readonly sealedKeys: SealedKeys;
  /** May streams be sent to hosts of this server's own network? */
  readonly allowInner: boolean;
  readonly isFeedUp: () => boolean;
  /** Somebody changed the targets of this stream here. */
  readonly onChange: (streamId: StreamId) => void;
  readonly log: Logger;
  readonly lookup?: HostLookup;
}

/** Keeps where else streams are sent, and the keys of those places. */
export interface StreamTargets {
  /** Oldest first. */
  list(streamId: StreamId): Promise<readonly TargetRecord[]>;
  /** Throws `stream.bad_target`. */
  add(streamId: StreamId, input: CreateRestreamTargetInput): Promise<TargetRecord>;
  /** Throws `request.not_found`. */
  set(streamId: StreamId, targetId: string, changes: { isEnabled: boolean }): Promise<TargetRecord>;
  /** Throws `request.not_found`. */
  remove(streamId: StreamId, targetId: string): Promise<void>;
  /** The ones that are switched on, with their keys, as the encoder is told of them. */
  toOrders(streamId: StreamId): Promise<BroadcastOrder["targets"]>;
  forget(streamId: StreamId): void;
  forgetAll(): void;
}

/** Targets that one stream may have. */
export const maxTargetsPerStream = 10;

/** Makes {@link StreamTargets}. */
export function createStreamTargets(options: StreamTargetsOptions): StreamTargets {
  const { store, sealedKeys, allowInner, onChange, log } = options;
  const locks = createKeyedLock();
  const cache = createStreamCache<{ readonly targets: readonly TargetRecord[] }>({
    read: async (streamId) => ({ targets: await store.listTargets(streamId) }),
    isFeedUp: options.isFeedUp,
    isNewer: () => false,
  });

  async function list(streamId: StreamId): Promise<readonly TargetRecord[]> {
    return (await cache.find(streamId))?.targets ?? [];
  }

  function tell(streamId: StreamId): void {
    cache.drop(streamId);
    onChange(streamId);
  }

  function toOrder({ id, streamId, url, keySealed }: TargetRecord): BroadcastOrder["targets"] {
    try {
      // the setting may have been changed since it was added
      parseRestreamUrl(url, { allowInner });
      return [{ id, url, key: sealedKeys.open(keySealed, streamId) }];
    } catch (error) {
      log.warn({ err: error, streamId, targetId: id }, "a restream target cannot be used");
      return [];
    }
  }

  return {
    list,

    async add(streamId, input) {
      const address = parseRestreamUrl(input.url, { allowInner });
      assertRestreamKey(input.key);
      await resolveRestreamHost(address, {
        allowInner,
        ...(options.lookup && { lookup: options.lookup }),
      });
      return locks.run(streamId, async () => {
        if ((await store.listTargets(streamId)).length >= maxTargetsPerStream) {
          throw new ShoalError(
            "stream.bad_target",
            `A stream can be sent to ${maxTargetsPerStream} places at most.`,
          );
        }
        const target = await store.createTarget({
          streamId,
          name: input.name,
          url: address.url,
          keySealed: sealedKeys.seal(input.key, streamId),
          isEnabled: true,
        });
        tell(streamId);
        return target;
      });
    },

    async set(streamId, targetId, changes) {
      const target = await store.updateTarget(streamId, targetId, changes);
      if (!target) throw toAbsentTarget();
      tell(streamId);
      return target;
    },

    async remove(streamId, targetId) {
      if (!(await store.removeTarget(streamId, targetId))) throw toAbsentTarget();
      tell(streamId);
    },

    async toOrders(streamId) {
      return (await list(streamId)).filter(({ isEnabled }) => isEnabled).flatMap(toOrder);
    },

    forget: cache.drop,
    forgetAll: cache.clear,
  };
}

function toAbsentTarget(): ShoalError {
  return new ShoalError("request.not_found", "This stream has no such target.");
}

import { isDeepStrictEqual } from "node:util";
import {
  type BroadcastOrder,
  type BroadcastStatus,
  broadcastStatusesSchema,
} from "#common/live/broadcast.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";

/** Tells the encoder which broadcasts shall be, again and again, and keeps what it answers. */
export interface EncoderOrders extends Closable {
  /** Every broadcast that shall be; sent at once when that is news. Before the first call nothing is sent at all. */
  set(orders: readonly BroadcastOrder[]): void;
  /** What the encoder said last of a broadcast that is ordered; `undefined`: nothing yet. */
  statusOf(broadcastId: string): BroadcastStatus | undefined;
  /** The same of the broadcast that this stream has now. */
  statusOfStream(streamId: string): BroadcastStatus | undefined;
}

const repeatMs = 1000;
/** The same while something is waited for: the first segment, or the end of a recording. */
const hurriedMs = 250;
const answerTimeoutMs = 3000;
/** What one call can carry; more broadcasts than this need a second encoder. */
const maxOrders = 500;

/** Makes {@link EncoderOrders}; `onChange` hears when a broadcast's state, or what can be watched of it, has changed. */
export function createEncoderOrders(options: {
  readonly encoderUrl: string;
  readonly client: InternalClient;
  readonly onChange: () => void;
  readonly log: Logger;
}): EncoderOrders {
  const { client, log } = options;
  const closing = new AbortController();
  let orders: readonly BroadcastOrder[] | undefined;
  let statuses = new Map<string, BroadcastStatus>();
  let isAway = false;

  async function send(): Promise<void> {
    if (!orders) return;
    if (orders.length > maxOrders)
      log.error({ count: orders.length }, "more broadcasts than the encoder takes");
    try {
      const answer = await client.ask({
        baseUrl: options.encoderUrl,
        method: "PUT",
        path: "/live/broadcasts",
        body: { broadcasts: orders.slice(0, maxOrders) },
        reply: broadcastStatusesSchema,
        timeoutMs: answerTimeoutMs,
        signal: closing.signal,
      });
      if (isAway) log.info("the encoder takes orders again");
      isAway = false;
      take(answer.broadcasts);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (!isAway) log.warn({ err: error }, "the encoder does not take orders");
      isAway = true;
    }
  }

  function take(answered: readonly BroadcastStatus[]): void {
    const before = statuses;
    statuses = new Map(answered.map((status) => [status.broadcastId, status]));
    if (!isDeepStrictEqual(toOutlines(before), toOutlines(statuses))) options.onChange();
  }

  /** Is there a broadcast that is about to be something else? */
  function isHurried(): boolean {
    return (orders ?? []).some(({ broadcastId, wanted }) => {
      const status = statuses.get(broadcastId);
      return wanted === "finished" ? status?.state !== "finished" : !status?.liveName;
    });
  }

  /** One call at a time; what has changed meanwhile is sent right after. */
  async function repeat(): Promise<void> {
    while (!closing.signal.aborted) {
      const sent = orders;
      await send();
      if (orders !== sent || closing.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, isHurried() && !isAway ? hurriedMs : repeatMs);
        goOn = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  let goOn = () => {};
  const repeating = repeat();

  return {
    set(wanted) {
      if (orders && isDeepStrictEqual(orders, wanted)) return;
      orders = wanted;
      goOn();
    },
    statusOf: (broadcastId) => statuses.get(broadcastId),
    statusOfStream(streamId) {
      const order = orders?.find((one) => one.streamId === streamId);
      return order && statuses.get(order.broadcastId);
    },
    async close() {
      closing.abort();
      goOn();
      await repeating;
    },
  };
}

/** What must be acted upon at once; how long it lasts and how large it is can wait for the next look. */
function toOutlines(statuses: ReadonlyMap<string, BroadcastStatus>) {
  return [...statuses.values()].map(({ broadcastId, state, trouble, liveName, masterName, targets }) => ({
    broadcastId,
    state,
    trouble,
    liveName,
    masterName,
    targets,
  }));
}

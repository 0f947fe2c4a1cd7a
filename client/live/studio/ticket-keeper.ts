import type { PublishTicket } from "#common/live/stream.ts";

/** A ticket must still be good for this long when it is used. */
const leastLeftMs = 60_000;
const renewBeforeMs = 150_000;

interface KeeperOptions {
  readonly fetch: () => Promise<PublishTicket>;
  readonly now?: () => number;
}

/** Keeps a ticket at hand, so that the click waits for none; asks once at a time. */
export function createTicketKeeper({ fetch, now = Date.now }: KeeperOptions) {
  let ticket: PublishTicket | undefined;
  let asking: Promise<PublishTicket> | undefined;

  const leftMs = () => (ticket ? Date.parse(ticket.expiresAt) - now() : 0);

  function ask(): Promise<PublishTicket> {
    asking ??= fetch()
      .then((fresh) => {
        ticket = fresh;
        return fresh;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  }

  return {
    get: (): Promise<PublishTicket> => (ticket && leftMs() > leastLeftMs ? Promise.resolve(ticket) : ask()),
    /** Called now and then while somebody may click soon; failing costs time later, nothing else. */
    async renew(): Promise<void> {
      if (leftMs() < renewBeforeMs) await ask().catch(() => {});
    },
    /** The server did not take it: a changed key, a clock that is wrong. */
    forget(): void {
      ticket = undefined;
    },
  };
}

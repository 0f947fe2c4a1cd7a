import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { SfuNode } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";

const everyMs = 2000;

/** Says every 2 s to the front desk that this node is there, until it is closed. */
export function openRegistration(options: {
  readonly signalingUrl: string;
  readonly node: SfuNode;
  readonly client: InternalClient;
  readonly log: Logger;
}): Closable {
  const { signalingUrl, node, client, log } = options;
  const closing = new AbortController();
  const { signal } = closing;

  async function say(): Promise<boolean> {
    try {
      await client.ask({
        baseUrl: signalingUrl,
        method: "PUT",
        path: `/internal/sfu-nodes/${node.nodeId}`,
        body: node,
        reply: z.unknown(),
        signal,
      });
      return true;
    } catch {
      return false;
    }
  }

  async function repeat(): Promise<void> {
    let wasHeard: boolean | undefined;
    while (!signal.aborted) {
      const isHeard = await say();
      if (signal.aborted) return;
      if (isHeard && !wasHeard) log.info({ nodeId: node.nodeId }, "registered at the front desk");
      // it starts after this process
      if (!isHeard && wasHeard) log.warn("the front desk does not answer; it is told again");
      wasHeard = isHeard;
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  const repeating = repeat();
  return {
    async close() {
      closing.abort();
      await repeating;
    },
  };
}

import { ShoalError } from "#common/errors.ts";
import type { LiveFacts } from "../live-facts.ts";

/** A life of streams in which nothing is on air, but for what a test says. */
export function createQuietLife(facts: Partial<LiveFacts> = {}): LiveFacts {
  return {
    viewerCountOf: () => 0,
    ingestOf: () => null,
    thumbnailOf: async () => null,
    targetStatesOf: () => new Map(),
    reconnectUntilOf: () => null,
    async endBroadcast() {
      throw new ShoalError("stream.not_live", "This stream is not on air.");
    },
    lastVideoOf: async ({ lastVideoId }) => lastVideoId,
    ...facts,
  };
}

import { ClientResponseError } from "pocketbase";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { createPocketBaseService } from "#common/node/pocketbase.ts";
import { isStreamKey, parseStreamKey } from "#common/node/stream-key.ts";

const rowSchema = z.object({ id: z.string(), keyHash: z.string(), heldUntil: z.string() });
/** Of no key: who asks for a stream that does not exist waits as long as who has a wrong key. */
const noHash = "0".repeat(64);

/**
 * Finds the stream of a key in the database; throws `stream.wrong_key`, `stream.wrong_state` while a broadcast that was ended
 * on request must not begin again by itself, or `service.unavailable`.
 */
export function createStreamLookup(
  service: ReturnType<typeof createPocketBaseService>,
): (key: string) => Promise<string> {
  return async (key) => {
    const streamId = parseStreamKey(key);
    if (!streamId) throw wrongKey();
    const row = await find(service, streamId);
    if (!isStreamKey(key, row?.keyHash ?? noHash)) throw wrongKey();
    // PocketBase writes a space where ISO 8601 has a T
    if (row && Date.parse(row.heldUntil.replace(" ", "T")) > Date.now()) {
      throw new ShoalError(
        "stream.wrong_state",
        "This broadcast was ended. Stop sending, and start again in a minute.",
      );
    }
    return streamId;
  };
}

async function find(service: ReturnType<typeof createPocketBaseService>, id: string) {
  const client = await service.client();
  try {
    return rowSchema.parse(await client.collection("streams").getOne(id, { fields: "id,keyHash,heldUntil" }));
  } catch (cause) {
    if (cause instanceof ClientResponseError && cause.status === 404) return undefined;
    throw new ShoalError("service.unavailable", "The database does not answer. Try again soon.", { cause });
  }
}

function wrongKey(): ShoalError {
  return new ShoalError("stream.wrong_key", "The stream key is wrong. Copy it again from the stream's page.");
}

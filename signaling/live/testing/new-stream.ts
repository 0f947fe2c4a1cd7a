import { makeUserId } from "../../videos/videos.store.memory.ts";
import type { NewStream } from "../stream-record.ts";
import { makeStreamId } from "../streams.store.memory.ts";

/** A stream that is about to be made, of an account and with a key that nobody has. */
export function makeNewStream(stream: Partial<NewStream> = {}): NewStream {
  return {
    id: makeStreamId(),
    ownerId: makeUserId(),
    title: "Reef cam",
    description: "",
    category: "animals",
    language: "en",
    visibility: "public",
    mode: "realtime",
    keyHash: "ab".repeat(32),
    keyHint: "wxyz",
    scheduledAt: null,
    isRecorded: true,
    dvrWindowSeconds: 1800,
    reconnectWindowSeconds: 60,
    peersAllowed: true,
    ...stream,
  };
}

import type { UserId } from "#common/accounts/user.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { StreamRecord } from "./stream-record.ts";

/** What the other rooms hear of streams. */
export type StreamEvent =
  /** `before`: what was known of it until now; `undefined`: nothing, which does not mean that it is new. */
  | { readonly kind: "changed"; readonly record: StreamRecord; readonly before: StreamRecord | undefined }
  | { readonly kind: "removed"; readonly streamId: StreamId; readonly ownerId: UserId }
  /** Where else the stream is to be sent is something else now. */
  | { readonly kind: "targets_changed"; readonly streamId: StreamId }
  /** Changes may have been missed: what was built from events must be built anew. */
  | { readonly kind: "reset" };

/** Hears of every change. */
export type StreamListener = (event: StreamEvent) => void;

/** Tells everybody who listens; who throws is told of in the log and disturbs nobody else. */
export function createStreamEvents(onError: (error: unknown) => void) {
  const listeners = new Set<StreamListener>();
  return {
    /** Returns how to stop listening. */
    subscribe(listener: StreamListener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event: StreamEvent): void {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}

import { z } from "zod";

/**
 * The life of a stream. `idle`: off air. `live`: media arrives. `reconnecting`: the publisher is gone and may come back
 * within the window; address, broadcast and recording stay. `ending`: the recording is being closed.
 */
export const streamStates = ["idle", "live", "reconnecting", "ending"] as const;
/** Schema of {@link StreamState}. */
export const streamStateSchema = z.enum(streamStates);
/** One of {@link streamStates}. */
export type StreamState = z.infer<typeof streamStateSchema>;

const moves: Record<StreamState, readonly StreamState[]> = {
  idle: ["live"],
  live: ["reconnecting", "ending"],
  reconnecting: ["live", "ending"],
  ending: ["idle"],
};

/** Moves a stream on; a move that cannot be is an `Error` that names both states. */
export function moveStream(from: StreamState, to: StreamState): StreamState {
  if (!moves[from].includes(to)) throw new Error(`a stream cannot go from ${from} to ${to}`);
  return to;
}

/** Is there a broadcast that viewers can be with? */
export function isOnAir(state: StreamState): boolean {
  return state === "live" || state === "reconnecting";
}

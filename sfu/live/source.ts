import type { Producer } from "mediasoup/types";

/** What a room passes on: the producers of one publisher, or those that came through the pipe from the room's origin. */
export interface Source {
  /** Of the publisher, here or at the origin. */
  readonly sessionId: string;
  /** At most one of each kind, in the room's root router. */
  readonly producers: readonly Producer[];
}

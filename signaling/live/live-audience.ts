import type { StreamId } from "#common/live/stream.ts";

/** Counts who watches which stream: one viewer counts once, whatever number of pages they have open. */
export function createLiveAudience() {
  /** Pages by viewer, by stream. */
  const streams = new Map<StreamId, Map<string, number>>();
  return {
    add(streamId: StreamId, viewer: string): void {
      const viewers = streams.get(streamId) ?? new Map<string, number>();
      streams.set(streamId, viewers.set(viewer, (viewers.get(viewer) ?? 0) + 1));
    },

    subtract(streamId: StreamId, viewer: string): void {
      const viewers = streams.get(streamId);
      const left = (viewers?.get(viewer) ?? 0) - 1;
      if (left > 0) viewers?.set(viewer, left);
      else viewers?.delete(viewer);
      if (viewers?.size === 0) streams.delete(streamId);
    },

    countOf: (streamId: StreamId): number => streams.get(streamId)?.size ?? 0,
  };
}

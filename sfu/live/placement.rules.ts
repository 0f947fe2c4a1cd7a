/** A worker as placing somebody sees it. */
export interface Place {
  readonly place: number;
  /** In viewers. */
  readonly load: number;
}

/** Viewers that a worker may be ahead of the idlest one before a room spreads to it: a pipe costs both of them. */
export const spreadStep = 25;

/**
 * Where somebody is served: at the least loaded place where the room is already, or at the idlest of all, where that has
 * so much less to do that it is worth a pipe. `undefined`: there is no place at all.
 */
export function choosePlace(places: readonly Place[], having: ReadonlySet<number>): number | undefined {
  const idlest = least(places);
  const here = least(places.filter(({ place }) => having.has(place)));
  if (!idlest || !here) return idlest?.place;
  return here.load - idlest.load >= spreadStep ? idlest.place : here.place;
}

function least(places: readonly Place[]): Place | undefined {
  const [first, ...others] = places;
  return first && others.reduce((low, one) => (one.load < low.load ? one : low), first);
}

import type { RoomState, SfuState } from "#common/live/sfu-control.ts";

/** An sfu node as the front desk knows it. */
export interface LiveNode {
  /** Base address of its control interface; nodes are told apart by it. */
  readonly url: string;
  /** The same as other nodes reach it. */
  readonly advertisedUrl: string;
  readonly region: string;
  /** Its last answer; `undefined`: it has not answered since it was lost. */
  readonly state: SfuState | undefined;
  /** Since when it does not answer; `null` while it does. */
  readonly lostAtMs: number | null;
}

/** A node that answers, and what it has of one stream. */
export interface RoomSeat {
  readonly url: string;
  readonly advertisedUrl: string;
  readonly room: RoomState;
}

/** How good a claim is to be the room's origin: who has the publisher, before who had one. */
function toClaim({ publisher, originUrl }: RoomState): number {
  if (originUrl !== null) return 0;
  if (publisher === null) return 1;
  return publisher.state === "live" ? 3 : 2;
}

/** The node that has the publisher of a stream, or had it and keeps its viewers; never an edge. */
export function findOrigin(nodes: readonly LiveNode[], streamId: string): RoomSeat | undefined {
  let best: RoomSeat | undefined;
  for (const seat of findSeats(nodes, streamId)) {
    if (toClaim(seat.room) > (best ? toClaim(best.room) : 0)) best = seat;
  }
  return best;
}

/** Every node that has a room of the stream, edges too. */
export function findSeats(nodes: readonly LiveNode[], streamId: string): RoomSeat[] {
  return nodes.flatMap(({ url, advertisedUrl, state }) => {
    const room = state?.rooms.find(({ roomId }) => roomId === streamId);
    return room ? [{ url, advertisedUrl, room }] : [];
  });
}

/** Viewers of the stream on all nodes that answer. */
export function countViewers(nodes: readonly LiveNode[], streamId: string): number {
  return findSeats(nodes, streamId).reduce((sum, { room }) => sum + room.viewerCount, 0);
}

/**
 * Where somebody is to publish: where the room is already, so that viewers stay; else the least loaded node of the
 * region that is wanted; else the least loaded of all. `undefined`: no node answers.
 */
export function choosePublisherNode(
  nodes: readonly LiveNode[],
  streamId: string,
  region: string,
): string | undefined {
  const origin = findOrigin(nodes, streamId);
  if (origin) return origin.url;
  const inRegion = nodes.filter((node) => node.region === region);
  return chooseLeastLoaded(inRegion)?.url ?? chooseLeastLoaded(nodes)?.url;
}

/** Where a viewer is to be seated; an `edge` has to be told the origin before. `undefined`: all are full. */
export function chooseViewerNode(
  nodes: readonly LiveNode[],
  streamId: string,
): { readonly url: string; readonly originUrl: string | null } | undefined {
  const origin = findOrigin(nodes, streamId);
  if (!origin) return undefined;
  const free = nodes.filter(hasPlace);
  if (free.some(({ url }) => url === origin.url)) return { url: origin.url, originUrl: null };
  const seats = findSeats(free, streamId);
  // an edge that exists costs no new pipe
  const edge =
    seats.find(({ room }) => room.originUrl === origin.advertisedUrl)?.url ?? chooseLeastLoaded(free)?.url;
  return edge === undefined ? undefined : { url: edge, originUrl: origin.advertisedUrl };
}

function hasPlace({ state }: LiveNode): boolean {
  return state !== undefined && state.viewerCount < state.maxViewerCount;
}

/** By viewers of what it takes, then by rooms. */
function chooseLeastLoaded(nodes: readonly LiveNode[]): LiveNode | undefined {
  const loads = nodes.flatMap((node) => {
    if (!node.state) return [];
    const { viewerCount, maxViewerCount, rooms } = node.state;
    return [{ node, load: viewerCount / Math.max(1, maxViewerCount), roomCount: rooms.length }];
  });
  return loads.sort((a, b) => a.load - b.load || a.roomCount - b.roomCount)[0]?.node;
}

import { ShoalError } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { PageSocket } from "../sockets/page-socket.ts";
import { createLiveAudience } from "./live-audience.ts";
import type { Viewer } from "./streams.rules.ts";

/** The room of all who follow a stream. */
export const roomOf = (streamId: StreamId) => `stream:${streamId}`;
/** The room of those who hear its reports too. */
export const reportRoomOf = (streamId: StreamId) => `reports:${streamId}`;

/** Who may hear what. */
export interface FollowRules {
  /** Does this stream exist for them? */
  mayFollow(viewer: Viewer, streamId: StreamId): Promise<boolean>;
  /** Do they hear reports: its owner, and who keeps order here? */
  mayHearReports(viewer: Viewer, streamId: StreamId): Promise<boolean>;
}

/** What a page wants to follow. */
export interface Following {
  readonly streamId: StreamId;
  readonly isWatching: boolean;
}

interface Follower extends Following {
  readonly standing: Standing;
  /** Whom it counts as: an account counts once, strangers by their pages. */
  readonly name: string;
}

type Standing = "none" | "follower" | "reporter";

/** Keeps who follows what; each page follows one stream at a time. */
export function createLiveFollowers(rules: FollowRules, onCount: (streamId: StreamId) => void) {
  const audience = createLiveAudience();
  const followers = new Map<PageSocket, Follower>();
  /** Streams that somebody hears reports of, or did until lately. */
  const reported = new Set<StreamId>();
  /** Counts changes of audiences: an answer that was on its way meanwhile is asked for again. */
  let version = 0;

  async function ask(viewer: Viewer, streamId: StreamId): Promise<Standing> {
    const [mayFollow, mayHearReports] = await Promise.all([
      rules.mayFollow(viewer, streamId),
      rules.mayHearReports(viewer, streamId),
    ]);
    if (!mayFollow) return "none";
    return mayHearReports ? "reporter" : "follower";
  }

  async function askUntilSettled(socket: PageSocket, streamId: StreamId): Promise<Standing> {
    for (;;) {
      const since = version;
      const standing = await ask(viewerOf(socket), streamId);
      if (since === version || !socket.connected) return standing;
    }
  }

  function leave(socket: PageSocket): void {
    const follower = followers.get(socket);
    if (!follower) return;
    const { streamId, isWatching, name } = follower;
    followers.delete(socket);
    socket.leave(roomOf(streamId));
    socket.leave(reportRoomOf(streamId));
    if (!isWatching) return;
    audience.subtract(streamId, name);
    onCount(streamId);
  }

  async function place(socket: PageSocket, wanted: Following, standing: Standing): Promise<void> {
    leave(socket);
    if (standing === "none") throw new ShoalError("stream.not_found", "There is no such stream.");
    const { streamId, isWatching } = wanted;
    const name = viewerOf(socket)?.id ?? socket.id;
    followers.set(socket, { streamId, isWatching, standing, name });
    if (isWatching) audience.add(streamId, name);
    if (standing === "reporter") reported.add(streamId);
    const reportRooms = standing === "reporter" ? [reportRoomOf(streamId)] : [];
    await socket.join([roomOf(streamId), ...reportRooms]);
    if (isWatching) onCount(streamId);
  }

  return {
    countOf: audience.countOf,

    /** Throws `stream.not_found` for what does not exist for them; then the page follows nothing. */
    async follow(socket: PageSocket, wanted: Following): Promise<void> {
      const standing = await askUntilSettled(socket, wanted.streamId);
      if (socket.connected) await place(socket, wanted, standing);
    },

    leave,

    followingOf: (socket: PageSocket): Following | undefined => followers.get(socket),

    listFollowed: (): Set<StreamId> => new Set([...followers.values()].map(({ streamId }) => streamId)),

    /** Streams of which `isHeard` says that somebody hears reports. */
    listReported(isHeard: (streamId: StreamId) => boolean): StreamId[] {
      for (const streamId of reported) if (!isHeard(streamId)) reported.delete(streamId);
      return [...reported];
    },

    /**
     * Looks again at everybody who follows a stream; `gone` is called for who may not any more and has left. The caller
     * lets one end before it begins the next.
     */
    async recheck(streamId: StreamId, gone: (socket: PageSocket) => void): Promise<void> {
      version += 1;
      const standings = new Map<string | undefined, Standing>();
      for (const [socket, follower] of [...followers]) {
        if (follower.streamId !== streamId) continue;
        const viewer = viewerOf(socket);
        // all strangers are one, and so are the pages of an account
        const standing = standings.get(viewer?.id) ?? (await ask(viewer, streamId));
        standings.set(viewer?.id, standing);
        if (followers.get(socket) !== follower || follower.standing === standing) continue;
        await place(socket, follower, standing).catch(() => gone(socket));
      }
    },
  };
}

function viewerOf(socket: PageSocket): Viewer {
  return socket.data.account ?? null;
}

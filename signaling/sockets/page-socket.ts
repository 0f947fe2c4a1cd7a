import type { Namespace, Server, Socket } from "socket.io";
import type { LiveEvents } from "#common/live/live-events.ts";
import type { ServerEvents } from "#common/videos/video-events.ts";
import type { Viewer } from "../videos/videos.rules.ts";

/** All that pages may hear, whatever the namespace. */
export type PageEvents = ServerEvents & LiveEvents;

/** What is known of a page's socket; nothing of it is the page's own word. */
export interface PageData {
  /** The token that it came with, when that was good. */
  token?: string;
  /** Whose token it is; `null` is a stranger. */
  account?: Viewer;
}

/** Pages declare nothing that they may say: who listens reads it as `unknown`. */
type Unread = Record<string, never>;

/** The socket.io server of the front desk. */
export type PageServer = Server<Unread, PageEvents, Unread, PageData>;
/** One of its namespaces. */
export type PageNamespace = Namespace<Unread, PageEvents, Unread, PageData>;
/** One page in a namespace. */
export type PageSocket = Socket<Unread, PageEvents, Unread, PageData>;

/** What the owner of a namespace that strangers may enter wants to hear. */
export interface PublicNamespaceHooks {
  /** A page has come in; `socket.data.account` says whose it is. */
  connected(socket: PageSocket): void;
  /** `socket.data.account` is another one, e.g. with another role. */
  renewed(socket: PageSocket): void;
}

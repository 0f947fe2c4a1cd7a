import { errorBodySchema } from "#common/errors.ts";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { ViewerDisplay } from "#common/live/sfu-control.ts";
import { withStereoSound } from "./whep.rules.ts";

/** Where a session is opened, and with what: part of a grant. */
export interface WhepSource {
  readonly url: string;
  readonly token: string | null;
  readonly iceServers: LivePlaybackGrant["iceServers"];
}

/** `unsteady`: nothing was heard for a while, it may come back by itself. `lost`: it will not. */
export type WhepLink = "connecting" | "connected" | "unsteady" | "lost";

/** What a session tells its owner. */
export interface WhepEvents {
  linkChanged(link: WhepLink): void;
  /** A response of the front desk, for whoever reads its clock. */
  answered?(response: Response, sentAtMs: number): void;
}

/** One WebRTC connection on which somebody watches. */
export interface WhepSession {
  /** All tracks of the offer. */
  readonly stream: MediaStream;
  readonly peer: RTCPeerConnection;
  /** Says what is shown, so that the right layer is sent; the last word counts. */
  showAs(display: ViewerDisplay): void;
  /** Idempotent; the server hears of it even while the page goes away. */
  close(): void;
}

/** The server said no, or nothing (`code` is `undefined`). */
export class WhepRefusal extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "WhepRefusal";
    this.code = code;
  }
}

const requestTimeoutMs = 4_000;
const displayDelayMs = 150;

/**
 * Opens a session by WHEP with the server's offer: two requests, and ICE begins before the second is answered. The server
 * is ICE lite, so none of our candidates is waited for. Throws {@link WhepRefusal}; what was opened until then is closed.
 */
export async function openWhepSession(
  source: WhepSource,
  events: WhepEvents,
  signal: AbortSignal,
): Promise<WhepSession> {
  const peer = new RTCPeerConnection({
    iceServers: source.iceServers.map(toIceServer),
    bundlePolicy: "max-bundle",
  });
  const stream = new MediaStream();
  let sessionUrl: string | undefined;
  let isClosed = false;
  let displayTimer: ReturnType<typeof setTimeout> | undefined;
  let display: ViewerDisplay | undefined;

  peer.addEventListener("track", ({ track, receiver }) => {
    stream.addTrack(track);
    keepDelayLow(receiver);
  });
  peer.addEventListener("connectionstatechange", () => {
    if (!isClosed) events.linkChanged(toLink(peer.connectionState));
  });
  window.addEventListener("pagehide", close, { once: true });
  signal.addEventListener("abort", close, { once: true });

  function request(url: string, init: RequestInit): Promise<Response> {
    const authorization = source.token === null ? {} : { authorization: `Bearer ${source.token}` };
    return fetch(url, {
      ...init,
      headers: { ...init.headers, ...authorization },
      credentials: "same-origin",
      signal: init.signal ?? AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
  }

  async function negotiate(): Promise<void> {
    const sentAtMs = Date.now();
    const offered = await request(source.url, { method: "POST", headers: { accept: "application/sdp" } });
    events.answered?.(offered, sentAtMs);
    const location = offered.headers.get("location");
    if (location) sessionUrl = new URL(location, new URL(source.url, window.location.href)).href;
    if (!offered.ok || sessionUrl === undefined) throw await toRefusal(offered);
    await peer.setRemoteDescription({ type: "offer", sdp: await offered.text() });
    const answer = await peer.createAnswer();
    const sdp = withStereoSound(answer.sdp ?? "");
    const etag = offered.headers.get("etag");
    const headers = { "content-type": "application/sdp", ...(etag && { "if-match": etag }) };
    // ICE sets out while the answer is on its way: the server's side is complete in its offer
    const [accepted] = await Promise.all([
      request(sessionUrl, { method: "PATCH", headers, body: sdp }),
      peer.setLocalDescription({ type: "answer", sdp }),
    ]);
    if (!accepted.ok) throw await toRefusal(accepted);
  }

  function sendDisplay(): void {
    displayTimer = undefined;
    if (isClosed || sessionUrl === undefined || !display) return;
    const headers = { "content-type": "application/json" };
    // a loss costs sharpness, not the picture; the next change says it again
    request(`${sessionUrl}/display`, { method: "PUT", headers, body: JSON.stringify(display) }).catch(
      () => {},
    );
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(displayTimer);
    window.removeEventListener("pagehide", close);
    signal.removeEventListener("abort", close);
    peer.close();
    if (sessionUrl === undefined) return;
    const farewell = { method: "DELETE", keepalive: true, signal: AbortSignal.timeout(requestTimeoutMs) };
    request(sessionUrl, farewell).catch(() => {});
  }

  try {
    await negotiate();
  } catch (error) {
    close();
    if (error instanceof WhepRefusal) throw error;
    throw new WhepRefusal("the connection could not be opened", undefined, { cause: error });
  }
  return {
    stream,
    peer,
    showAs: (next) => {
      if (display?.heightPx === next.heightPx && display.isVisible === next.isVisible) return;
      display = next;
      clearTimeout(displayTimer);
      displayTimer = setTimeout(sendDisplay, displayDelayMs);
    },
    close,
  };
}

/** No more delay than the network asks for: Media Capture's `jitterBufferTarget`, and its name before. */
function keepDelayLow(receiver: RTCRtpReceiver): void {
  if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  else if ("playoutDelayHint" in receiver) Object.assign(receiver, { playoutDelayHint: 0 });
}

function toLink(state: RTCPeerConnectionState): WhepLink {
  switch (state) {
    case "connected":
      return "connected";
    case "disconnected":
      return "unsteady";
    case "failed":
    case "closed":
      return "lost";
    case "new":
    case "connecting":
      return "connecting";
  }
}

async function toRefusal(response: Response): Promise<WhepRefusal> {
  const body = errorBodySchema.safeParse(await response.json().catch(() => undefined));
  const { code, message } = body.data?.error ?? { message: `HTTP ${response.status}` };
  return new WhepRefusal(message, code);
}

function toIceServer({ urls, username, credential }: WhepSource["iceServers"][number]): RTCIceServer {
  return { urls, ...(username && { username }), ...(credential && { credential }) };
}

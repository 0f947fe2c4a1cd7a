import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import { requestLiveGrant } from "./live.api.ts";

/** A grant that nobody used is dropped: it may be out of date. */
const unusedAfterMs = 10_000;

let pending:
  | { readonly streamId: string; readonly grant: Promise<LivePlaybackGrant>; readonly atMs: number }
  | undefined;

/** Loads the code of the live player, so that a click finds it there. For when a pointer rests on a card; idempotent. */
export function prefetchLivePlayer(): void {
  // a page that went out of date says so when it is opened
  Promise.all([import("./live.page.tsx"), import("./live-player.tsx")]).catch(() => {});
}

/** Asks for a grant when somebody presses the card of a stream; the page takes it a moment later. */
export function prefetchLive(streamId: string, press: PointerEvent): void {
  prefetchLivePlayer();
  const isClickComing = press.pointerType === "mouse" && press.button === 0;
  if (!isClickComing || press.ctrlKey || press.metaKey || press.shiftKey) return;
  const grant = requestLiveGrant(streamId);
  // nobody may ever wait for it
  grant.catch(() => {});
  pending = { streamId, grant, atMs: performance.now() };
}

/** What was asked for, or the same from now on. */
export function takeLiveGrant(streamId: string): Promise<LivePlaybackGrant> {
  const taken = pending;
  pending = undefined;
  const isGood = taken?.streamId === streamId && performance.now() - taken.atMs < unusedAfterMs;
  if (isGood) return taken.grant;
  const grant = requestLiveGrant(streamId);
  grant.catch(() => {});
  return grant;
}

import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { sdpAnswerSchema, sdpPatchedSchema, viewAnswerSchema } from "#common/live/sfu-control.ts";
import {
  makePublishOffer,
  makeViewDescription,
  measureWatched,
  openPage,
  type PublishWishes,
  takeAnswer,
} from "./browser.ts";
import { type OwnSfu, roomId } from "./own-sfu.ts";

/** Path of the room that tests use, below `/live`. */
export const room = `/rooms/${roomId}`;

/** A page of the browser for the test that runs. */
export async function newPage(browser: Browser, sfu: OwnSfu): Promise<Page> {
  const page = await openPage(browser, sfu.url);
  onTestFinished(() => page.context().close());
  return page;
}

/** A page that publishes. */
export async function publish(browser: Browser, sfu: OwnSfu, wishes: Partial<PublishWishes> = {}) {
  const page = await newPage(browser, sfu);
  const all: PublishWishes = { codec: "H264", hasSound: true, layerCount: 3, ...wishes };
  const sdpOffer = await page.evaluate(makePublishOffer, all);
  const answer = await sfu.ask("POST", `${room}/publisher`, { sdpOffer }, sdpAnswerSchema);
  await page.evaluate(takeAnswer, answer.sdp);
  return { page, path: `${room}/publisher/${answer.sessionId}`, sdpOffer, ...answer };
}

/** Our own page as a viewer: it is given an offer. */
export async function watchWithoutOffer(browser: Browser, sfu: OwnSfu) {
  const page = await newPage(browser, sfu);
  const session = await sfu.ask("POST", `${room}/viewers`, { sdpOffer: null }, viewAnswerSchema);
  const sdp = await page.evaluate(makeViewDescription, session.sdp);
  const path = `${room}/viewers/${session.sessionId}`;
  await sfu.ask("PATCH", path, { kind: "answer", sdp, ifMatch: null }, sdpPatchedSchema);
  return { page, path, ...session };
}

/** A foreign player: it brings an offer, perhaps with numbers of its own, and may hear only a part of the answer. */
export async function watchWithOffer(
  browser: Browser,
  sfu: OwnSfu,
  {
    toHeard = (sdp: string) => sdp,
    opusPayloadType = 111,
  }: { toHeard?: (sdp: string) => string; opusPayloadType?: number } = {},
) {
  const page = await newPage(browser, sfu);
  const sdpOffer = await page.evaluate(makeViewDescription, opusPayloadType);
  const session = await sfu.ask("POST", `${room}/viewers`, { sdpOffer }, viewAnswerSchema);
  await page.evaluate(takeAnswer, toHeard(session.sdp));
  return { page, path: `${room}/viewers/${session.sessionId}`, sdpOffer, ...session };
}

/** What a page has been sent so far. */
export const watched = (page: Page) => page.evaluate(measureWatched);

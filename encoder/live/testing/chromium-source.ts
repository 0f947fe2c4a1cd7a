import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { sdpAnswerSchema } from "#common/live/sfu-control.ts";
import {
  makePublishOffer,
  openPage,
  type PublishWishes,
  sendLayers,
  takeAnswer,
} from "../../../sfu/live/testing/browser.ts";
import { type OwnSfu, roomId } from "../../../sfu/live/testing/own-sfu.ts";

/** A page of a real browser that publishes by WebRTC. */
export interface ChromiumSource {
  readonly page: Page;
  /** Sends so many layers from now on, the smallest first. */
  sendLayers(count: number): Promise<void>;
  leave(): Promise<void>;
}

/** Publishes into the room of the tests: three layers of H.264 and sound when nobody says otherwise. */
export async function publishFromChromium(
  browser: Browser,
  sfu: OwnSfu,
  wishes: Partial<PublishWishes> = {},
): Promise<ChromiumSource> {
  const page = await openPage(browser, sfu.url);
  const all: PublishWishes = { codec: "H264", hasSound: true, layerCount: 3, ...wishes };
  const sdpOffer = await page.evaluate(makePublishOffer, all);
  const path = `/rooms/${roomId}/publisher`;
  const { sessionId, sdp } = await sfu.ask("POST", path, { sdpOffer }, sdpAnswerSchema);
  await page.evaluate(takeAnswer, sdp);
  return {
    page,
    sendLayers: (count) => page.evaluate(sendLayers, count),
    async leave() {
      await sfu.ask("DELETE", `${path}/${sessionId}`, undefined, z.unknown()).catch(() => undefined);
      await page.context().close();
    },
  };
}

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { Closer } from "#common/node/closer.ts";
import { findChromium } from "../../../cli/setup/chromium.step.mjs";

const root = join(import.meta.dirname, "../../..");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

const html = `<!doctype html><script type="module">
  import { WHIPClient } from "/whip.js";
  import { WHEPClient } from "/whep.js";
  Object.assign(window, { WHIPClient, WHEPClient });
</script>`;

/** Pages of another site than Shoal's, with the reference clients of WHIP and WHEP (npm `whip-whep`). */
export interface ReferencePages {
  /** An empty page; what it says on its console is kept in `troubles`. */
  open(): Promise<Page>;
  readonly troubles: string[];
  close(): Promise<void>;
}

/** Opens a browser and the other site. */
export async function openReferencePages(): Promise<ReferencePages> {
  const closer = new Closer();
  const server = createServer((request, response) => {
    const name = /^\/(whip|whep)\.js$/.exec(request.url ?? "")?.[1];
    response.setHeader("content-type", name ? "text/javascript" : "text/html");
    response.end(name ? readFileSync(join(root, `node_modules/whip-whep/${name}.js`)) : html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closer.add("site", () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = address && typeof address === "object" ? address.port : 0;
  const executablePath = (await findChromium(root))?.path ?? "";
  const browser: Browser = await chromium.launch({ executablePath, args: flags });
  closer.add("browser", () => browser.close());
  const troubles: string[] = [];
  return {
    troubles,
    async open() {
      const page = await browser.newPage();
      page.on("pageerror", (error) => troubles.push(error.message));
      await page.goto(`http://localhost:${port}/`);
      return page;
    },
    close: () => closer.close(),
  };
}

/** Publishes the fake camera by the reference client, which stays in the page as `client`. */
export async function publishByReference(page: Page, url: string, token: string): Promise<void> {
  await page.evaluate(
    async ({ url, token }) => {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width: 640, height: 360, frameRate: 15 },
        audio: true,
      });
      const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      for (const track of stream.getTracks()) connection.addTransceiver(track, { direction: "sendonly" });
      const client = new (Reflect.get(window, "WHIPClient"))();
      Object.assign(window, { client, connection });
      await client.publish(connection, url, token);
    },
    { url, token },
  );
}

/** Watches by the reference client, which stays in the page as `client`. */
export async function watchByReference(page: Page, url: string): Promise<void> {
  await page.evaluate(async (url) => {
    const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    connection.addTransceiver("audio", { direction: "recvonly" });
    connection.addTransceiver("video", { direction: "recvonly" });
    const client = new (Reflect.get(window, "WHEPClient"))();
    Object.assign(window, { client, connection });
    await client.view(connection, url);
  }, url);
}

/** The client leaves: DELETE. */
export async function stopReference(page: Page): Promise<void> {
  await page.evaluate(() => Reflect.get(window, "client").stop());
}

/** Frames decoded by the page so far. */
export function countFrames(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const report: RTCStatsReport = await Reflect.get(window, "connection").getStats();
    let count = 0;
    for (const stats of report.values()) {
      if (stats.type === "inbound-rtp") count += stats.framesDecoded ?? 0;
    }
    return count;
  });
}

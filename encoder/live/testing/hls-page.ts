import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import type { Storage } from "#common/node/storage/storage.port.ts";

/** A page that plays a broadcast with hls.js, as it lies in the storage. */
export interface HlsPage {
  readonly page: Page;
  /** Takes this level from the next segment on. */
  switchTo(heightPx: number): Promise<void>;
  look(): Promise<HlsLook>;
  close(): Promise<void>;
}

/** What the page sees now. */
export interface HlsLook {
  readonly currentSeconds: number;
  readonly levelsPx: readonly number[];
  /** Height of the picture that is shown. */
  readonly shownPx: number;
  /** The longest hole between two buffered ranges, in seconds. */
  readonly longestHoleSeconds: number;
  readonly errors: readonly string[];
  /** Times that it had to wait for media after its first frame. */
  readonly stallCount: number;
}

/** Plays `<prefix><masterName>` of a storage. */
export async function openHlsPage(
  browser: Browser,
  options: { storage: Storage; prefix: string; masterName: string },
): Promise<HlsPage> {
  const server = await serve(options);
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the server has no port");
  const page = await (await browser.newContext()).newPage();
  const base = `http://127.0.0.1:${address.port}`;
  await page.goto(`${base}/page.html`);
  await page.evaluate(play, `${base}/media/${options.masterName}`);
  return {
    page,
    switchTo: (heightPx) => page.evaluate(switchLevel, heightPx),
    look: () => page.evaluate(lookAtPlayer),
    async close() {
      await page.context().close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve({ storage, prefix }: { storage: Storage; prefix: string }): Promise<Server> {
  const require = createRequire(import.meta.url);
  const hls = await readFile(require.resolve("hls.js/dist/hls.min.js"));
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const send = (type: string, body: Buffer | string) =>
      response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
    if (path === "/page.html") return send("text/html", "<video muted></video><script src=/hls.js></script>");
    if (path === "/hls.js") return send("text/javascript", hls);
    const bytes = path.startsWith("/media/") ? await storage.read(prefix + path.slice(7)) : undefined;
    if (!bytes) return response.writeHead(404).end();
    return send(path.endsWith(".m3u8") ? "application/vnd.apple.mpegurl" : "video/mp4", bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** In the page. */
function play(url: string): void {
  const video = document.querySelector("video");
  const Hls = Reflect.get(window, "Hls");
  const player = new Hls({ startLevel: 0 });
  const seen: { errors: string[]; stallCount: number } = { errors: [], stallCount: 0 };
  Object.assign(window, { player, seen });
  player.on(Hls.Events.ERROR, (_: string, { type, details, fatal }: Record<string, unknown>) =>
    seen.errors.push(`${type} ${details}${fatal ? " fatal" : ""}`),
  );
  video?.addEventListener("waiting", () => {
    if (video.currentTime > 0.5) seen.stallCount += 1;
  });
  player.loadSource(url);
  player.attachMedia(video);
  player.on(Hls.Events.MANIFEST_PARSED, () => video?.play());
}

/** In the page. */
function switchLevel(heightPx: number): void {
  const player = Reflect.get(window, "player");
  player.nextLevel = player.levels.findIndex((level: { height: number }) => level.height === heightPx);
}

/** In the page. */
function lookAtPlayer(): HlsLook {
  const video = document.querySelector("video");
  const player = Reflect.get(window, "player");
  const seen = Reflect.get(window, "seen");
  const ranges = video?.buffered;
  let longestHoleSeconds = 0;
  for (let at = 1; ranges && at < ranges.length; at += 1) {
    longestHoleSeconds = Math.max(longestHoleSeconds, ranges.start(at) - ranges.end(at - 1));
  }
  return {
    currentSeconds: video?.currentTime ?? 0,
    levelsPx: player.levels.map(({ height }: { height: number }) => height),
    shownPx: video?.videoHeight ?? 0,
    longestHoleSeconds,
    errors: seen.errors,
    stallCount: seen.stallCount,
  };
}

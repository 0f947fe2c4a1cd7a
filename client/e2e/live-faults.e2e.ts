import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import { Closer } from "#common/node/closer.ts";
import { findProgram } from "../../cli/setup/shell.mjs";
import { createdStreamSchema, ownStreamSchema } from "../../common/live/stream.ts";
import { playbackGrantSchema } from "../../common/playback/playback-grant.ts";
import { videoSchema } from "../../common/videos/video.ts";
import { installClockCamera, readSightings, type Sighting, watchClock } from "./clock-picture.ts";
import { type OwnNetwork, openOwnNetwork } from "./own-network.ts";
import { readRecordedClock } from "./recorded-clock.ts";
import { countUdpSockets, findChildren, findLiveWorkers, listProcesses } from "./shoal-processes.ts";
import { type Creator, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";

/*
 * One broadcast from the studio, one viewer by WebRTC and one by HLS, and everything that can go wrong on the way, one after
 * the other. Nobody reloads a page, and in the end there is one video. The picture is a clock: what is on a screen, and what
 * is in the recording, says when it was sent.
 */

/** What viewers may have to wait for a picture that is newer than the fault, and what may be lost of the recording. */
const goalsMs = { webrtc: 5_000, hls: 10_000 } as const;
const lossPerFaultMs = 2_000;
/** On a busy machine everything takes twice as long. */
const slack = 2;
const outageMs = 20_000;
/** A busy machine drops a frame or two. */
const stutterMs = 300;
const picture = { widthPx: 960, heightPx: 540, frameRate: 25 };

interface Fault {
  readonly name: string;
  readonly atMs: number;
  /** When what was broken by our hand was whole again: at once where somebody else has to mend it. */
  readonly overAtMs: number;
}

const closer = new Closer();
const faults: Fault[] = [];
const toolPids = new Set<number>();
let shoal: OwnShoal;
let network: OwnNetwork;
let creator: Creator;
let streamId: string;
let broadcastId: string;
let studio: Page;
let viewers: Record<keyof typeof goalsMs, Page>;
let socketsBefore: number;
let workersBefore: number;

test.describe.configure({ mode: "serial" });
// taking pictures of every step costs more than what is measured
test.use({ trace: "off" });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  network = await openOwnNetwork();
  closer.add("network", () => network.close());
  shoal = await startOwnShoal({ SHOAL_RATE_LIMITS: "off" });
  closer.add("Shoal", () => shoal.close());
  creator = await registerCreator(shoal.url, "skipper");
  const created = await creator.ask("POST", "/streams", { title: "Heavy weather", visibility: "public" });
  streamId = createdStreamSchema.parse(created).id;
  socketsBefore = countSockets();
  workersBefore = countLiveWorkers();
  studio = await openStudio();
  viewers = { webrtc: await openViewer(browser, "low_latency"), hls: await openViewer(browser, "smooth") };
});

test.afterAll(() => closer.close());

async function openContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  closer.add("context", () => context.close());
  return context;
}

/** The streamer's browser, alone in a network of its own. */
async function openStudio(): Promise<Page> {
  const url = `http://${network.hostAddress}:${new URL(shoal.url).port}`;
  const program = process.env.SHOAL_CHROMIUM ?? findProgram("chromium", "chromium-browser", "google-chrome");
  if (!program) throw new Error("there is no Chromium");
  const browser = await chromium.launch({
    executablePath: await network.wrap(program, shoal.folder),
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
      ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      // cameras are for secure pages, and only localhost is one without a certificate
      `--unsafely-treat-insecure-origin-as-secure=${url}`,
    ],
  });
  closer.add("streamer's browser", () => browser.close());
  const context = await openContext(browser);
  await context.addCookies([{ name: "shoal_session", value: creator.token, url }]);
  await installClockCamera(context, picture);
  await noteConnections(context);
  const page = await context.newPage();
  await page.goto(`${url}/studio/live/${streamId}`);
  await page.getByRole("button", { name: /^Camera/ }).click();
  return page;
}

/** Pages of this context note when a connection of theirs stands, and when it stands again. */
async function noteConnections(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const connectedAtMs: number[] = [];
    Reflect.set(window, "connectedAtMs", connectedAtMs);
    const Plain = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Plain {
      constructor(config?: RTCConfiguration) {
        super(config);
        this.addEventListener("connectionstatechange", () => {
          if (this.connectionState === "connected") connectedAtMs.push(Date.now());
        });
      }
    };
  });
}

async function openViewer(browser: Browser, liveWish: "low_latency" | "smooth"): Promise<Page> {
  const context = await openContext(browser);
  await watchClock(context);
  await context.addInitScript(
    (preferences) => {
      if (localStorage.getItem("shoal.player") === null) localStorage.setItem("shoal.player", preferences);
    },
    JSON.stringify({ liveWish, peerConsent: "refused", isMuted: true }),
  );
  const page = await context.newPage();
  await page.goto(`${shoal.url}/live/${streamId}`);
  return page;
}

const readOwn = async () => ownStreamSchema.parse(await creator.ask("GET", `/streams/${streamId}/studio`));

function pidOf(name: string): number {
  const pid = shoal.pids()[name];
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}

/** The process that writes the broadcast; others wait for theirs. */
async function findWriter(): Promise<number> {
  const path = join(dataDir(), "work/live/broadcasts", broadcastId, "owner.json");
  return z.object({ pid: z.int() }).parse(JSON.parse(await readFile(path, "utf8"))).pid;
}

function findToolPids(workerPid: number): number[] {
  const pids = findChildren(workerPid, "ffmpeg").map(({ pid }) => pid);
  for (const pid of pids) toolPids.add(pid);
  return pids;
}

const dataDir = () => join(shoal.folder, "data");
const countLiveWorkers = () => findLiveWorkers(dataDir()).length;
const listSfuWorkers = () => findChildren(pidOf("sfu"), "mediasoup-worker").map(({ pid }) => pid);

/** The mediasoup worker with the room: nothing else has sockets beside those of its WebRTC server. */
function findRoomsWorker(): number {
  const [busiest] = listSfuWorkers().sort((a, b) => countUdpSockets(b) - countUdpSockets(a));
  if (busiest === undefined) throw new Error("the sfu has no workers");
  return busiest;
}

function countSockets(): number {
  return [...listSfuWorkers(), pidOf("encoder")].reduce((sum, pid) => sum + countUdpSockets(pid), 0);
}

async function untilAllIsWell(): Promise<void> {
  await expect(studio.locator(".stage")).toHaveAttribute("data-life", "on_air");
  for (const way of ["webrtc", "hls"] as const) {
    const player = viewers[way].getByTestId("player");
    await expect(player).toHaveAttribute("data-way", way, { timeout: 40_000 });
    await expect(player).toHaveAttribute("data-phase", "playing");
  }
  await expect.poll(async () => (await fetch(`${shoal.url}/readyz`)).status).toBe(200);
  await expect.poll(async () => (await readOwn()).state).toBe("live");
  findToolPids(await findWriter());
}

/** Waits until a page shows what was sent after a moment; answers how long that took, and how long the picture stood still. */
async function untilNewer(page: Page, atMs: number): Promise<{ backMs: number; stillMs: number }> {
  const isNewer = ({ shownMs }: Sighting) => shownMs > atMs;
  await expect.poll(async () => (await readSightings(page)).some(isNewer), { timeout: 60_000 }).toBe(true);
  const seen = await readSightings(page);
  const end = seen.findIndex(isNewer);
  const standsMs = seen
    .slice(1, end + 1)
    .map(({ seenAtMs }, place) => ({ seenAtMs, forMs: seenAtMs - (seen[place]?.seenAtMs ?? seenAtMs) }))
    .filter(({ seenAtMs }) => seenAtMs > atMs)
    .map(({ forMs }) => forMs);
  return { backMs: (seen[end]?.seenAtMs ?? Number.NaN) - atMs, stillMs: Math.max(0, ...standsMs) };
}

async function expectViewersBack(fault: Fault): Promise<void> {
  faults.push(fault);
  const [webrtc, hls] = await Promise.all([
    untilNewer(viewers.webrtc, fault.overAtMs),
    untilNewer(viewers.hls, fault.overAtMs),
  ]);
  const toText = (one: typeof webrtc) => `${one.backMs} ms (stood still for ${one.stillMs} ms)`;
  console.log(
    `${fault.name}: a newer picture by WebRTC after ${toText(webrtc)}, by HLS after ${toText(hls)}`,
  );
  expect.soft(webrtc.backMs, "by WebRTC").toBeLessThan(goalsMs.webrtc * slack);
  expect.soft(hls.backMs, "by HLS").toBeLessThan(goalsMs.hls * slack);
  for (const page of Object.values(viewers)) {
    expect(await page.evaluate(() => Reflect.get(window, "isSamePage"))).toBe(true);
  }
  await untilAllIsWell();
}

async function killed(name: string, pids: readonly number[]): Promise<Fault> {
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await expect
    .poll(() => listProcesses().some(({ pid }) => pids.includes(pid)), { intervals: [5] })
    .toBe(false);
  const atMs = Date.now();
  return { name, atMs, overAtMs: atMs };
}

test("goes on air, and both ways show it", async () => {
  await studio.getByTestId("go-live").click();
  await expect.poll(async () => (await readOwn()).state).toBe("live");
  broadcastId = (await readOwn()).broadcastId ?? "";
  await untilAllIsWell();
  for (const page of Object.values(viewers)) {
    await page.evaluate(() => Reflect.set(window, "isSamePage", true));
    await untilNewer(page, Date.now());
  }
});

const victims: readonly [name: string, find: () => Promise<readonly number[]>][] = [
  ["FFmpeg of the broadcast", async () => findToolPids(await findWriter())],
  ["live worker", async () => [await findWriter()]],
  ["encoder", async () => [pidOf("encoder")]],
  ["signaling", async () => [pidOf("signaling")]],
  ["mediasoup worker", async () => [findRoomsWorker()]],
  ["sfu", async () => [pidOf("sfu")]],
];
for (const [name, find] of victims) {
  test(`viewers are back after a kill of: ${name}`, async () => {
    await expectViewersBack(await killed(name, await find()));
  });
}

test("viewers are back after the streamer had no network", async () => {
  await network.setCable("down");
  const atMs = Date.now();
  await expect(viewers.webrtc.getByTestId("player")).toHaveAttribute("data-scene", "slate");
  await studio.waitForTimeout(atMs + outageMs - Date.now());
  await network.setCable("up");
  await expectViewersBack({ name: "lost network", atMs, overAtMs: Date.now() });
});

/** For how long nothing of the streamer arrived after each fault: until the connection stood again. */
async function readSilencesMs(): Promise<number[]> {
  const connected = z
    .array(z.number())
    .parse(await studio.evaluate(() => Reflect.get(window, "connectedAtMs")));
  return faults.map(({ atMs }, place) => {
    const nextMs = faults[place + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const last = connected.findLast((one) => one > atMs && one < nextMs);
    return last === undefined ? 0 : last - atMs;
  });
}

/** What is not in the recording, by the fault that it went with. */
function toLossesMs(shownMs: readonly number[]): number[] {
  const losses = faults.map(() => 0);
  for (const [place, after] of shownMs.entries()) {
    const gapMs = after - (shownMs[place - 1] ?? after);
    expect(gapMs, "time in the recording goes forward").toBeGreaterThanOrEqual(0);
    const cause = faults.findLastIndex(({ atMs }) => atMs < after);
    if (gapMs > stutterMs && cause >= 0) losses[cause] = (losses[cause] ?? 0) + gapMs;
  }
  return losses;
}

test("leaves one video that has it all, and nothing that runs", async () => {
  await studio.getByRole("button", { name: "End", exact: true }).click();
  await studio.getByRole("button", { name: "End it" }).click();
  const endedAtMs = Date.now();
  await expect.poll(async () => (await readOwn()).state, { intervals: [50] }).toBe("idle");
  expect((await readOwn()).lastVideoId).toBe(broadcastId);
  const video = videoSchema.parse(await creator.ask("GET", `/videos/${broadcastId}`));
  expect(video.state).toBe("ready");
  console.log(`a video ${Date.now() - endedAtMs} ms after the end`);
  expect(Date.now() - endedAtMs).toBeLessThan(5_000);

  const grant = playbackGrantSchema.parse(await creator.ask("POST", `/videos/${broadcastId}/playback`));
  const { shownMs, complaints } = await readRecordedClock(new URL(grant.hlsUrl, shoal.url).href);
  const silencesMs = await readSilencesMs();
  const lossesMs = toLossesMs(shownMs);
  expect(complaints).toBe("");
  for (const [place, { name }] of faults.entries()) {
    const [lossMs = 0, silenceMs = 0] = [lossesMs[place], silencesMs[place]];
    console.log(`${name}: ${lossMs} ms are missing, the streamer was away for ${silenceMs} ms of it`);
    expect.soft(lossMs - silenceMs, name).toBeLessThan(lossPerFaultMs * slack);
  }
  const [first = Number.NaN, last = Number.NaN] = [shownMs[0], shownMs.at(-1)];
  const keptMs = last - first - lossesMs.reduce((sum, one) => sum + one, 0);
  console.log(`${video.durationSeconds} s long, ${keptMs / 1000} s by its clock`);
  expect(Math.abs(video.durationSeconds * 1000 - keptMs)).toBeLessThan(lossPerFaultMs * slack);
  expect(endedAtMs - last).toBeLessThan(lossPerFaultMs * slack);

  const watch = viewers.webrtc;
  await watch.getByRole("link", { name: "Watch the recording" }).click();
  await expect(watch.getByTestId("player")).toHaveAttribute("data-phase", "started");

  for (const page of Object.values(viewers)) await page.goto("about:blank");
  await expect.poll(() => countLiveWorkers(), { timeout: 60_000 }).toBe(workersBefore);
  expect(listProcesses().filter(({ pid }) => toolPids.has(pid))).toEqual([]);
  await expect.poll(countSockets).toBe(socketsBefore);
});

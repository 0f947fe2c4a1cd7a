import { type Browser, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import { createdStreamSchema, publishTicketSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { findProgram } from "../cli/setup/shell.mjs";
import { type Creator, registerCreator, startOwnShoal } from "../client/e2e/startup-shoal.ts";
import { bundlePage } from "../signaling/playback/testing/bundle-page.ts";
import { defineBench, median, quantile, toResult } from "./bench.ts";
import type { G2gPage } from "./g2g/g2g-page.ts";

declare const g2g: G2gPage;

const rounds = 5;
/** At 30 frames a second, and not while processes are still starting; the same for both ways. */
const measuring = { settleMs: 4000, count: 130, timeoutMs: 60_000 };
const grantTimeoutMs = 10_000;

/** From the painted clock of one page to the painted frame of another. */
export const bench = defineBench({
  name: "g2g",
  doc: "glass to glass by a clock painted into the video, through Shoal against a direct connection of the two pages",
  async run(say) {
    const closer = new Closer();
    try {
      const shoal = await startOwnShoal();
      closer.add("Shoal", () => shoal.close());
      const creator = await registerCreator(shoal.url, "bench");
      const browser = await openBrowser();
      closer.add("browser", () => browser.close());
      const script = await bundlePage(new URL("./g2g/g2g-page.ts", import.meta.url));
      const ways = {
        direct: () => onTwoPages({ browser, url: shoal.url, script, connect: connectDirectly, say }),
        shoal: () =>
          onTwoPages({
            ...{ browser, url: shoal.url, script, say },
            connect: (...pages) => connectThroughShoal(creator, ...pages),
          }),
      };
      const measured = { direct: [] as number[][], shoal: [] as number[][] };
      for (let round = 1; round <= rounds; round++) {
        const order = round % 2 === 1 ? (["direct", "shoal"] as const) : (["shoal", "direct"] as const);
        for (const name of order) {
          const latencies = await ways[name]();
          measured[name].push(latencies);
          say(`round ${round}: ${name} ${toText(latencies)}`);
        }
      }
      for (const name of ["direct", "shoal"] as const) say(`all: ${name} ${toText(measured[name].flat())}`);
      // the middle of the rounds, so that what disturbs the machine for a while decides nothing
      const middle = (latencies: readonly number[][], share: number) =>
        median(latencies.map((round) => quantile(round, share)));
      return goals.map(({ share, goal }) =>
        toResult({
          bench: `g2g-p${share * 100}`,
          ...{ goal, better: "lower" },
          ours: middle(measured.shoal, share),
          baseline: middle(measured.direct, share),
          unit: "ms from painted to painted",
        }),
      );
    } finally {
      await closer.close();
    }
  },
});

const goals = [
  { share: 0.5, goal: 1.1 },
  { share: 0.99, goal: 1.25 },
] as const;

function toText(latencies: readonly number[]): string {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(1));
  return `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms of ${latencies.length} frames`;
}

async function openBrowser(): Promise<Browser> {
  const executablePath =
    process.env.SHOAL_CHROMIUM ?? findProgram("chromium", "chromium-browser", "google-chrome");
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--autoplay-policy=no-user-gesture-required",
      // pages on one machine must find each other
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
}

interface Measuring {
  readonly browser: Browser;
  readonly url: string;
  readonly script: string;
  /** Lets the pages meet; `closer` undoes what has to be undone. */
  readonly connect: (sender: Page, receiver: Page, closer: Closer) => Promise<void>;
  readonly say: (text: string) => void;
}

/** Two pages that know nothing of each other, each in a process of its own. */
async function onTwoPages({ browser, url, script, connect, say }: Measuring): Promise<number[]> {
  const closer = new Closer();
  try {
    const [sender, receiver] = await Promise.all(
      [1, 2].map(async () => {
        const context = await browser.newContext({ bypassCSP: true });
        closer.add("page", () => context.close());
        const page = await context.newPage();
        await page.goto(`${url}/healthz`);
        await page.addScriptTag({ content: script });
        return page;
      }),
    );
    if (!sender || !receiver) throw new Error("no pages");
    await connect(sender, receiver, closer);
    const latencies = await receiver.evaluate((options) => g2g.measure(options), measuring);
    say(`  sends ${await toPicture(sender)}; receives ${await toPicture(receiver)}`);
    return latencies;
  } finally {
    await closer.close();
  }
}

async function connectDirectly(sender: Page, receiver: Page): Promise<void> {
  const offer = await sender.evaluate(() => g2g.offerDirectly());
  const answer = await receiver.evaluate((sdp) => g2g.answerDirectly(sdp), offer);
  await sender.evaluate((sdp) => g2g.acceptDirectly(sdp), answer);
}

/** Publishes by WHIP and watches by WHEP, on a stream of its own. */
async function connectThroughShoal(
  creator: Creator,
  sender: Page,
  receiver: Page,
  closer: Closer,
): Promise<void> {
  const created = await creator.ask("POST", "/streams", { title: "A clock", isRecorded: false });
  const { id } = createdStreamSchema.parse(created);
  const ticket = publishTicketSchema.parse(await creator.ask("POST", `/streams/${id}/publish`));
  await sender.evaluate((one) => g2g.publishToShoal(one), ticket);
  closer.add("stream", () => creator.ask("DELETE", `/streams/${id}`));
  const giveUpAtMs = Date.now() + grantTimeoutMs;
  for (;;) {
    const grant = livePlaybackGrantSchema.parse(await creator.ask("POST", `/streams/${id}/playback`));
    if (grant.mode === "webrtc") return receiver.evaluate((one) => g2g.watchShoal(one), grant);
    if (Date.now() > giveUpAtMs) throw new Error(`no WebRTC: ${grant.reason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const count = z.number().default(0);
const pictureSchema = z.object({
  rid: z.string().optional(),
  mimeType: z.string().optional(),
  frameWidth: count,
  frameHeight: count,
  framesPerSecond: count,
  qualityLimitationReason: z.string().optional(),
  totalEncodeTime: count,
  framesEncoded: count,
  totalPacketSendDelay: count,
  packetsSent: count,
  jitterBufferDelay: count,
  jitterBufferEmittedCount: count,
  totalDecodeTime: count,
  framesDecoded: count,
});

/** What a page sends or receives, and where the time goes. */
async function toPicture(page: Page): Promise<string> {
  const pictures = z.array(pictureSchema).parse(await page.evaluate(() => g2g.readPictures()));
  return pictures
    .toSorted((a, b) => a.frameWidth - b.frameWidth)
    .map(({ rid, mimeType, frameWidth, frameHeight, framesPerSecond, ...one }) =>
      [
        `${rid === undefined ? "" : `${rid} `}${frameWidth}×${frameHeight} at ${framesPerSecond} ${mimeType}`,
        ...(one.qualityLimitationReason ? [`limited by ${one.qualityLimitationReason}`] : []),
        ...toMean("encoding", one.totalEncodeTime, one.framesEncoded),
        ...toMean("pacing", one.totalPacketSendDelay, one.packetsSent),
        ...toMean("jitter buffer", one.jitterBufferDelay, one.jitterBufferEmittedCount),
        ...toMean("decoding", one.totalDecodeTime, one.framesDecoded),
      ].join(", "),
    )
    .join(" + ");
}

function toMean(name: string, totalSeconds: number, times: number): string[] {
  return times > 0 ? [`${name} ${((totalSeconds / times) * 1000).toFixed(1)} ms`] : [];
}

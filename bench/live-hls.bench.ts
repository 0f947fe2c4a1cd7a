import { setTimeout as sleep } from "node:timers/promises";
import { livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import { Closer } from "#common/node/closer.ts";
import { createStream, publish } from "../client/e2e/live-publisher.ts";
import { type Creator, registerCreator, startOwnShoal } from "../client/e2e/startup-shoal.ts";
import { type BenchResult, defineBench, quantile, toResult } from "./bench.ts";
import { openBrowser, openOurs, openRival, type Viewer, type Viewing } from "./live-hls-viewers.ts";

const watchSeconds = Number(process.env.SHOAL_BENCH_SECONDS ?? 300);
const viewerCount = 8;
/** So often one leaves and another one comes. */
const changeMs = 20_000;
const playlistTimeoutMs = 30_000;
/** What viewers in a crowd are promised. */
const promisedSeconds = 8;

/** A crowd's way behind the streamer, measured by a clock in the picture, beside hls.js as it comes. */
export const bench = defineBench({
  name: "live-hls",
  doc: "a crowd's latency and stalls by HLS, peers on, 8 viewers who come and go, against stock hls.js on the same playlists",
  async run(say) {
    const closer = new Closer();
    try {
      const shoal = await startOwnShoal({ SHOAL_RATE_LIMITS: "off" });
      closer.add("Shoal", () => shoal.close());
      const creator = await registerCreator(shoal.url, "bench");
      const stream = await createStream(creator, {
        title: "A clock for a crowd",
        mode: "crowd",
        isRecorded: false,
      });
      const browser = await openBrowser();
      closer.add("browser", () => browser.close());
      const clock = { widthPx: 640, heightPx: 360, layerCount: 3, isClock: true } as const;
      const publisher = await publish(browser, shoal.url, stream, clock);
      closer.add("publisher", () => publisher.close());
      const hlsUrl = await untilPlaylist(creator, stream.id);
      const rival = await openRival(browser, shoal.url, hlsUrl);
      const come = () => openOurs(browser, shoal.url, stream.id);
      const { ours, rivals } = await watch({ come, rival, say });
      return toResults(ours, rivals, say);
    } finally {
      await closer.close();
    }
  },
});

async function untilPlaylist(creator: Creator, streamId: string): Promise<string> {
  const giveUpAtMs = Date.now() + playlistTimeoutMs;
  for (;;) {
    const answer = await creator.ask("POST", `/streams/${streamId}/playback`);
    const { hlsUrl } = livePlaybackGrantSchema.parse(answer);
    if (hlsUrl !== null) return hlsUrl;
    if (Date.now() > giveUpAtMs) throw new Error("there is no playlist");
    await sleep(200);
  }
}

/** All watch until the time is over; the one that watches longest leaves, and another one comes. */
async function watch({
  come,
  rival,
  say,
}: {
  come: () => Promise<Viewer>;
  rival: Viewer;
  say: (text: string) => void;
}): Promise<{ ours: Viewing[]; rivals: Viewing[] }> {
  const ours: Viewing[] = [];
  const present: Viewer[] = [];
  const leave = async () => {
    const viewing = await present.shift()?.leave();
    if (viewing) ours.push(viewing);
  };
  while (present.length < viewerCount) present.push(await come());
  const endAtMs = Date.now() + watchSeconds * 1000;
  while (Date.now() < endAtMs) {
    await sleep(Math.min(changeMs, endAtMs - Date.now()));
    if (Date.now() >= endAtMs) break;
    await leave();
    say(`one left: ${toText(ours.slice(-1))}`);
    present.push(await come());
  }
  const rivals = [await rival.leave()];
  while (present.length > 0) await leave();
  return { ours, rivals };
}

const toSeconds = (viewings: readonly Viewing[], share: number) =>
  quantile(
    viewings.flatMap(({ latenciesMs }) => latenciesMs),
    share,
  ) / 1000;
const toStalls = (viewings: readonly Viewing[]) => viewings.flatMap(({ stallsMs }) => stallsMs);

function toText(viewings: readonly Viewing[]): string {
  const [p50, p95] = [0.5, 0.95].map((share) => toSeconds(viewings, share).toFixed(2));
  const peerBytes = viewings.reduce((sum, one) => sum + one.peerBytes, 0);
  const allBytes = viewings.reduce((sum, one) => sum + one.serverBytes, peerBytes);
  const stallsMs = toStalls(viewings).map((stallMs) => Math.round(stallMs));
  return [
    `p50 ${p50} s, p95 ${p95} s behind the streamer`,
    `${stallsMs.length} stalls${stallsMs.length > 0 ? ` (${stallsMs.join(", ")} ms)` : ""}`,
    ...(allBytes > 0 ? [`${Math.round((peerBytes / allBytes) * 100)} % from peers`] : []),
  ].join(", ");
}

function toResults(ours: Viewing[], rivals: Viewing[], say: (text: string) => void): BenchResult[] {
  say(`ours, ${ours.length} viewers: ${toText(ours)}`);
  say(`hls.js: ${toText(rivals)}`);
  const behind = { better: "lower", unit: "s from painted to seen" } as const;
  return [
    ...([0.5, 0.95] as const).map((share) =>
      toResult({
        ...behind,
        bench: `live-hls-p${share * 100}`,
        goal: 1,
        ours: toSeconds(ours, share),
        baseline: toSeconds(rivals, share),
      }),
    ),
    toResult({
      ...behind,
      bench: "live-hls-promise",
      goal: 1,
      ours: toSeconds(ours, 0.95),
      baseline: promisedSeconds,
    }),
    toResult({
      bench: "live-hls-stalls",
      goal: 0,
      better: "lower",
      ours: toStalls(ours).length,
      // one that has none is as good as one that has one: the goal is none at all
      baseline: Math.max(1, toStalls(rivals).length),
      unit: "stalls of 0.3 s or more",
    }),
  ];
}

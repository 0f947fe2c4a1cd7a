import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Closer } from "#common/node/closer.ts";
import { loadConfig } from "#common/node/config.ts";
import { toAudioBitrateBps } from "../encoder/media/encode-args.ts";
import { openEncodeState } from "../encoder/media/encode-state.ts";
import { runTool } from "../encoder/media/ffmpeg-runner.ts";
import { toNumber } from "../encoder/media/frame-rate.rules.ts";
import { type Ladder, makeLadder, type Rung } from "../encoder/media/ladder.rules.ts";
import { mediaConfig } from "../encoder/media/media.config.ts";
import { runPass } from "../encoder/media/pass.ts";
import { planPasses } from "../encoder/media/pass-plan.rules.ts";
import { probe } from "../encoder/media/probe.ts";
import type { SourceInfo } from "../encoder/media/source-info.ts";
import { createMemoryPublisher } from "../encoder/media/testing/memory-publisher.ts";
import { type BenchResult, defineBench, interleave, toResult } from "./bench.ts";

const rounds = 3;
const clipEndings = /\.(mp4|mov|mkv|webm|avi|ts)$/i;
/** x264's own default; ours is set to give the same bytes and SSIM. */
const plainCrf = 23;
const limits = { wallMs: 10 * 60_000, fileBytes: 4 * 1024 ** 3 };
const config = loadConfig(mediaConfig);
const signal = new AbortController().signal;

/** A clip with what it is made into. */
interface Clip {
  readonly source: SourceInfo;
  readonly ladder: Ladder;
  readonly dir: string;
}

/** How good and how large the same rung became on both sides. */
interface RungComparison {
  readonly ours: { ssim: number; sizeBytes: number };
  readonly plain: { ssim: number; sizeBytes: number };
}

/** Processor time of a whole ladder: decode, scale, encode, cut, hash, publish; pictures on both sides left out. */
export const bench = defineBench({
  name: "ladder",
  doc: "CPU-seconds of our ladder, cut and hashed, against one plain FFmpeg run per rung with the same encoder settings",
  async run(say) {
    const closer = new Closer();
    try {
      const root = await mkdtemp(join(tmpdir(), "shoal-bench-ladder-"));
      closer.add("folder", () => rm(root, { recursive: true, force: true }));
      const clips = await openClips(root, say);
      const medians = await interleave(
        rounds,
        { plain: () => sumOver(clips, plainCpuSeconds), shoal: () => sumOver(clips, ourCpuSeconds) },
        say,
      );
      const time = toResult({
        bench: "ladder",
        goal: 0.8,
        better: "lower",
        ours: medians.shoal,
        baseline: medians.plain,
        unit: "CPU-seconds",
      });
      return [time, ...(await compareQuality(clips, say))];
    } finally {
      await closer.close();
    }
  },
});

/** The clips of `SHOAL_BENCH_MEDIA`, or two that FFmpeg draws. */
async function openClips(root: string, say: (text: string) => void): Promise<Clip[]> {
  const given = process.env.SHOAL_BENCH_MEDIA;
  const paths = given
    ? (await readdir(given)).filter((name) => clipEndings.test(name)).map((name) => join(given, name))
    : await drawClips(root);
  const clips: Clip[] = [];
  for (const [at, sourcePath] of paths.sort().entries()) {
    const dir = join(root, String(at));
    await mkdir(dir);
    const source = await probe({ sourcePath, workDir: dir, signal, config });
    if (!source.video) continue;
    const ladder = makeLadder(source.video);
    say(
      `${sourcePath}: ${ladder.rungs.map(({ name }) => name).join(" ")}, ${source.durationSeconds.toFixed(1)} s`,
    );
    clips.push({ source, ladder, dir });
  }
  if (clips.length === 0) throw new Error("SHOAL_BENCH_MEDIA holds no video.");
  return clips;
}

/** Synthetic pictures flatter encoders: real footage says more. */
async function drawClips(root: string): Promise<string[]> {
  const grain = "noise=alls=8:allf=t";
  const drawings = {
    "pan.mp4": ["-f", "lavfi", "-i", `testsrc2=size=1280x720:rate=30:duration=12,${grain}`],
    "zoom.mp4": ["-f", "lavfi", "-i", `mandelbrot=size=854x480:rate=25,trim=duration=12,${grain}`],
  };
  const codecs = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"];
  for (const [name, drawing] of Object.entries(drawings)) await ffmpeg([...drawing, ...codecs, name], root);
  return Object.keys(drawings).map((name) => join(root, name));
}

async function sumOver(clips: readonly Clip[], measure: (clip: Clip) => Promise<void>): Promise<number> {
  const before = cpuSecondsWithChildren();
  for (const clip of clips) await measure(clip);
  return cpuSecondsWithChildren() - before;
}

/** The production code from the plan of passes to the published segments. */
async function ourCpuSeconds({ source, ladder, dir }: Clip): Promise<void> {
  const request = {
    sourcePath: source.path,
    workDir: dir,
    doneParts: [],
    signal,
    publish: createMemoryPublisher(),
    log: pino({ level: "silent" }),
    config,
  };
  const state = await openEncodeState({ request, source, ladder, aspectRatio: 1 });
  const passes = planPasses({
    durationSeconds: source.durationSeconds,
    rungs: ladder.rungs,
    audioCount: source.audio.length,
    isDone: () => false,
  });
  for (const [at, pass] of passes.entries()) await runPass(state, pass, { at, count: passes.length });
}

/** One run a rung, as one would type it; the audio goes with the first alone. */
async function plainCpuSeconds({ source, ladder, dir }: Clip): Promise<void> {
  for (const [at, rung] of ladder.rungs.entries()) {
    await ffmpeg(plainArgs(source, rung, at === 0), dir);
  }
}

function plainArgs(source: SourceInfo, rung: Rung, withAudio: boolean): string[] {
  const audio = source.audio.flatMap((track) => [
    ...["-map", `0:${track.index}`, "-ar", "48000", "-ac", String(Math.min(2, track.channelCount))],
    ...["-c:a", "aac", "-b:a", String(toAudioBitrateBps(track.channelCount))],
  ]);
  return [
    ...["-i", source.path, "-map", `0:${source.video?.index}`, "-vf", plainFilter(rung)],
    ...["-c:v", "libx264", "-preset", config.encodePreset, "-profile:v", "high", "-level:v", rung.level],
    ...[
      "-crf",
      String(plainCrf),
      "-maxrate",
      String(rung.maxBitrateBps),
      "-bufsize",
      String(rung.bufferBits),
    ],
    ...["-g", String(rung.gopFrames), "-keyint_min", String(rung.gopFrames), "-sc_threshold", "0"],
    ...(withAudio ? audio : []),
    `plain-${rung.name}.mp4`,
  ];
}

function plainFilter(rung: Rung): string {
  const { frameRate, widthPx, heightPx } = rung;
  return `fps=${frameRate.num}/${frameRate.den}:start_time=0,scale=${widthPx}:${heightPx},format=yuv420p,setsar=1`;
}

/** Bytes and SSIM of all rungs on both sides; they are to be equal, as the settings are. */
async function compareQuality(clips: readonly Clip[], say: (text: string) => void): Promise<BenchResult[]> {
  const compared: RungComparison[] = [];
  for (const clip of clips) {
    for (const rung of clip.ladder.rungs) {
      const ours = await judge(clip, rung, `${rung.name}.mp4`);
      const plain = await judge(clip, rung, `plain-${rung.name}.mp4`);
      compared.push({ ours, plain });
      const toText = ({ ssim, sizeBytes }: RungComparison["ours"]) =>
        `SSIM ${ssim.toFixed(5)}, ${sizeBytes} bytes`;
      say(`${rung.name}: ours ${toText(ours)}; plain ${toText(plain)}`);
    }
  }
  const sum = (side: "ours" | "plain", what: "ssim" | "sizeBytes") =>
    compared.reduce((total, rung) => total + rung[side][what], 0);
  const count = compared.length;
  return [
    toResult({
      bench: "ladder-bytes",
      goal: 1.02,
      better: "lower",
      ours: sum("ours", "sizeBytes"),
      baseline: sum("plain", "sizeBytes"),
      unit: "bytes of video",
    }),
    toResult({
      bench: "ladder-ssim",
      goal: 0.998,
      better: "higher",
      ours: sum("ours", "ssim") / count,
      baseline: sum("plain", "ssim") / count,
      unit: "mean SSIM",
    }),
  ];
}

/** Against the source, brought to the rung's size and rate by plain FFmpeg. */
async function judge({ source, dir }: Clip, rung: Rung, fileName: string) {
  const graph = `[1:${source.video?.index}]${plainFilter(rung)}[source];[0:v][source]ssim=stats_file=ssim.txt`;
  await ffmpeg(["-i", fileName, "-i", source.path, "-filter_complex", graph, "-f", "null", "-"], dir);
  const lines = readFileSync(join(dir, "ssim.txt"), "utf8").match(/(?<=All:)[\d.]+/g) ?? [];
  const ssim = lines.reduce((sum, value) => sum + Number(value), 0) / Math.max(1, lines.length);
  // the plain file of the first rung has the audio in it, ours has not
  await ffmpeg(["-i", fileName, "-map", "0:v", "-c", "copy", "video-alone.mp4"], dir);
  const { size: sizeBytes } = await stat(join(dir, "video-alone.mp4"));
  if (lines.length < toNumber(rung.frameRate)) throw new Error(`${fileName} has hardly any frames`);
  return { ssim, sizeBytes };
}

async function ffmpeg(args: readonly string[], cwd: string): Promise<void> {
  await runTool({ tool: "ffmpeg", args, cwd, limits, signal }, { ...config, encodeMemoryMib: 0 });
}

/** This process and its ended children: fields 14 to 17 of `man 5 proc`, in hundredths of a second. */
function cpuSecondsWithChildren(): number {
  const text = readFileSync("/proc/self/stat", "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

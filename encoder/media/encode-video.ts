import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "#common/node/log.ts";
import { makeCaptions } from "./captions.ts";
import { type EncodeState, openEncodeState } from "./encode-state.ts";
import { type Ladder, makeLadder } from "./ladder.rules.ts";
import type { MediaConfig } from "./media.config.ts";
import { runPass } from "./pass.ts";
import { planPasses } from "./pass-plan.rules.ts";
import { makePoster } from "./poster.ts";
import { probe } from "./probe.ts";
import type { PublishedState, Publisher } from "./publisher.port.ts";
import type { SourceInfo } from "./source-info.ts";
import { makeStoryboard } from "./storyboard.ts";
import { toEncodeError } from "./tool-failure.rules.ts";

/** One video to be made ready for viewers. */
export interface EncodeRequest {
  /** Local file that FFmpeg can read; never changed. */
  readonly sourcePath: string;
  /** The job's own folder; exists. The pipeline works in its sub-folder `encode`, which is gone again when it ends. */
  readonly workDir: string;
  /** Parts (`rung:360p`, `audio:0`, `captions`, `poster`, `storyboard`) that an earlier attempt finished in this revision. */
  readonly doneParts: readonly string[];
  /** Ends every tool at once; the promise then rejects with `encode.cancelled`. */
  readonly signal: AbortSignal;
  readonly publish: Publisher;
  readonly log: Logger;
  readonly config: MediaConfig;
}

/**
 * Makes a source ready for viewers: ladder, audio, playlists, pictures, captions. Resolves with what was last
 * published. Throws a ShoalError with an `encode.*` code; what was published by then stays, so that another attempt in the
 * same revision goes on from there: who gives up removes the revision.
 */
export async function encodeVideo(request: EncodeRequest): Promise<PublishedState> {
  const workDir = join(request.workDir, "encode");
  // an earlier attempt may have left something behind
  await rm(workDir, { recursive: true, force: true });
  await mkdir(workDir, { recursive: true });
  try {
    return await encode({ ...request, workDir });
  } catch (cause) {
    throw toEncodeError(cause);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function encode(request: EncodeRequest): Promise<PublishedState> {
  const { publish, log } = request;
  publish.progressed(0, "probe");
  const source = await probe(request);
  const aspectRatio = source.video ? source.video.widthPx / source.video.heightPx : 0;
  await publish.described({ durationSeconds: source.durationSeconds, aspectRatio });
  const ladder = source.video ? makeLadder(source.video) : audioOnlyLadder;
  log.info({ ...toLogFields(source), rungs: ladder.rungs.map(({ name }) => name) }, "source probed");

  const state = await openEncodeState({ request, source, ladder, aspectRatio });
  const passes = planPasses({
    durationSeconds: source.durationSeconds,
    rungs: ladder.rungs,
    audioCount: source.audio.length,
    isDone: (part) => state.isDone(part),
  });
  for (const [at, pass] of passes.entries()) {
    await runPass(state, pass, { at, count: passes.length });
    // only now is it sure that there is something to go with
    await makePosterPart(state);
    await makeCaptionsPart(state);
    if (at < passes.length - 1) await state.publishState({ isComplete: false });
  }
  await makePosterPart(state);
  await makeCaptionsPart(state);
  await makeStoryboardPart(state);
  publish.progressed(1, "done");
  return await state.publishState({ isComplete: true });
}

/** Audio alone is cut as if it had GOPs. */
const audioOnlyLadder: Ladder = { rungs: [], gopSeconds: 2 };

async function makePosterPart(state: EncodeState): Promise<void> {
  if (state.isDone("poster")) return;
  const isThere = await makePoster({ ...state.request, source: state.source });
  await state.finishPart("poster", { kind: "poster", isThere });
}

async function makeCaptionsPart(state: EncodeState): Promise<void> {
  if (state.isDone("captions")) return;
  const tracks = await makeCaptions({ ...state.request, source: state.source });
  await state.finishPart("captions", { kind: "captions", tracks });
}

async function makeStoryboardPart(state: EncodeState): Promise<void> {
  // the smallest that is not smaller than a tile
  const rung =
    state.rungs().findLast(({ widthPx, heightPx }) => Math.max(widthPx, heightPx) >= 256) ?? state.rungs()[0];
  if (!rung || state.isDone("storyboard")) return;
  state.request.publish.progressed(0.98, "storyboard");
  const rungFilePath = state.filePath(`${rung.name}.mp4`);
  await makeStoryboard({ ...state.request, rung, gopSeconds: state.ladder.gopSeconds, rungFilePath });
  await state.finishPart("storyboard", { kind: "storyboard", isThere: true });
}

function toLogFields({ container, durationSeconds, video, audio, subtitles }: SourceInfo) {
  return { container, durationSeconds, video, audioCount: audio.length, subtitleCount: subtitles.length };
}

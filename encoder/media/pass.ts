import { rm } from "node:fs/promises";
import { ShoalError } from "#common/errors.ts";
import { type AudioOutput, passArgs, type VideoOutput } from "./encode-args.ts";
import type { EncodeState } from "./encode-state.ts";
import { runTool } from "./ffmpeg-runner.ts";
import { toNumber } from "./frame-rate.rules.ts";
import { toLanguageName } from "./language.rules.ts";
import { EmptyTrackError, packageTrack } from "./packager.ts";
import type { AudioFacts } from "./part-facts.ts";
import { audioPart, type PlannedPass, rungPart } from "./pass-plan.rules.ts";
import type { SourceInfo } from "./source-info.ts";

/** Which of how many passes. */
interface PassPlace {
  readonly at: number;
  readonly count: number;
}

interface PlannedAudio extends AudioOutput {
  readonly ordinal: number;
}

/** Part of the whole that the passes are; the rest is pictures. */
const passesStart = 0.02;
const passesEnd = 0.97;
/** A quick rung costs little beside all others. */
const quickPassPart = 0.3;

/** Runs FFmpeg once, then cuts and publishes what it made, the quickest first. */
export async function runPass(state: EncodeState, pass: PlannedPass, place: PassPlace): Promise<void> {
  const video = pass.rungs.map((rung): VideoOutput => ({ rung, fileName: `${rung.name}.mp4` }));
  const audio = pass.audio.flatMap((ordinal): PlannedAudio[] => {
    const track = state.source.audio[ordinal];
    return track ? [{ track, ordinal, fileName: `audio-${ordinal}.mp4` }] : [];
  });
  const producedSeconds = await encodePass(state, { video, audio }, place);
  assertNothingMissing(state.source, producedSeconds);
  for (const output of audio) await packageAudio(state, output);
  for (const output of [...video].reverse()) await packageRung(state, output);
}

async function encodePass(
  state: EncodeState,
  outputs: { video: readonly VideoOutput[]; audio: readonly AudioOutput[] },
  place: PassPlace,
): Promise<number> {
  const { request, source } = state;
  const { config, publish } = request;
  const step = outputs.video.map(({ rung }) => rung.name).join(" ") || "audio";
  const toProgress = progressOfPass(place);
  const highestBps = Math.max(256_000, ...outputs.video.map(({ rung }) => rung.maxBitrateBps));
  let producedSeconds = 0;
  publish.progressed(toProgress(0), step);
  await runTool(
    {
      tool: "ffmpeg",
      args: passArgs({ source, ...outputs }, config),
      cwd: request.workDir,
      limits: {
        wallMs: (120 + config.encodeTimeFactor * source.durationSeconds) * 1000,
        stallMs: config.encodeStallSeconds * 1000,
        // twice what the rate control allows, for the shortest files too
        fileBytes: 64 * 1024 ** 2 + (2 * highestBps * source.durationSeconds) / 8,
      },
      signal: request.signal,
      onProgress: ({ outSeconds = 0 }) => {
        producedSeconds = Math.max(producedSeconds, outSeconds);
        publish.progressed(toProgress(Math.min(1, outSeconds / source.durationSeconds)), step);
      },
    },
    config,
  );
  return producedSeconds;
}

/** Decoders pass over what is not there: a file that gives much less than it says has lost its end. */
function assertNothingMissing(source: SourceInfo, producedSeconds: number): void {
  if (producedSeconds === 0) throw new EmptyTrackError("any rendition");
  if (!source.isDurationDeclared) return;
  const missingSeconds = source.durationSeconds - producedSeconds;
  if (missingSeconds <= 0.5 + 0.04 * source.durationSeconds) return;
  throw new ShoalError(
    "encode.truncated",
    `Only ${producedSeconds.toFixed(1)} of ${source.durationSeconds.toFixed(1)} seconds of this file are there.`,
  );
}

/** Progress within a pass → progress of all. */
function progressOfPass({ at, count }: PassPlace): (part: number) => number {
  const start = count === 1 || at === 0 ? 0 : quickPassPart;
  const end = count === 1 || at > 0 ? 1 : quickPassPart;
  return (part) => passesStart + (passesEnd - passesStart) * (start + (end - start) * part);
}

async function packageRung(state: EncodeState, { rung, fileName }: VideoOutput): Promise<void> {
  const { publish, signal } = state.request;
  const { gopSeconds } = state.ladder;
  const track = await packageTrack({
    filePath: state.filePath(fileName),
    folder: rung.name,
    gopSeconds,
    publish,
    signal,
  });
  const { name, widthPx, heightPx } = rung;
  const frameRateFps = toNumber(rung.frameRate);
  await state.finishPart(rungPart(rung), { kind: "rung", name, widthPx, heightPx, frameRateFps, ...track });
}

/** A track in which nothing can be decoded is left out when there is something else. */
async function packageAudio(state: EncodeState, output: PlannedAudio): Promise<void> {
  const { request, source, ladder } = state;
  const { ordinal, track, fileName } = output;
  const filePath = state.filePath(fileName);
  try {
    const packaged = await packageTrack({
      filePath,
      folder: `audio-${ordinal}`,
      gopSeconds: ladder.gopSeconds,
      publish: request.publish,
      signal: request.signal,
    });
    const defaultOrdinal = Math.max(
      0,
      source.audio.findIndex(({ isDefault }) => isDefault),
    );
    await state.finishPart(audioPart(ordinal), {
      kind: "audio",
      ordinal,
      name: uniqueName(
        track.title || toLanguageName(track.language) || `Audio ${ordinal + 1}`,
        state.audio(),
      ),
      language: track.language,
      channelCount: Math.min(2, track.channelCount),
      isDefault: ordinal === defaultOrdinal,
      ...packaged,
    });
    await rm(filePath, { force: true });
  } catch (cause) {
    if (!(cause instanceof EmptyTrackError) || !source.video) throw cause;
    request.log.warn({ ordinal }, "an audio track holds nothing and is left out");
  }
}

function uniqueName(name: string, others: readonly AudioFacts[]): string {
  return others.some((other) => other.name === name) ? `${name} ${others.length + 1}` : name;
}

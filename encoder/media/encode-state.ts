import { join } from "node:path";
import type { AudioTrack, CaptionTrack, Rendition } from "#common/videos/video.ts";
import type { EncodeRequest } from "./encode-video.ts";
import type { Ladder } from "./ladder.rules.ts";
import {
  type AudioFacts,
  type PartFacts,
  partFactsPath,
  partFactsSchema,
  type RungFacts,
} from "./part-facts.ts";
import { makeMasterPlaylist } from "./playlist.ts";
import type { PublishedState } from "./publisher.port.ts";
import type { SourceInfo } from "./source-info.ts";

/** What an encode knows while it runs: the source, the plan, and every part that is finished. */
export interface EncodeState {
  readonly request: EncodeRequest;
  readonly source: SourceInfo;
  readonly ladder: Ladder;
  isDone(part: string): boolean;
  /** Keeps what is known of a part, then makes it durable. */
  finishPart(part: string, facts: PartFacts): Promise<void>;
  /** Finished rungs, from the largest to the smallest. */
  rungs(): RungFacts[];
  audio(): AudioFacts[];
  /** Of what is finished. */
  durationSeconds(): number;
  /** A file in the job's folder. */
  filePath(name: string): string;
  /** Writes a new master playlist of all that is finished and tells everybody. */
  publishState(options: { isComplete: boolean }): Promise<PublishedState>;
}

/** Takes over what earlier attempts finished; a part whose facts are gone is made again. */
export async function openEncodeState(options: {
  request: EncodeRequest;
  source: SourceInfo;
  ladder: Ladder;
  aspectRatio: number;
}): Promise<EncodeState> {
  const { request, source, ladder, aspectRatio } = options;
  const done = await readDoneParts(request);
  const facts = () => [...done.values()];
  const rungs = () =>
    facts()
      .filter((part) => part.kind === "rung")
      .sort((a, b) => b.widthPx * b.heightPx - a.widthPx * a.heightPx);
  const audio = () =>
    facts()
      .filter((part) => part.kind === "audio")
      .sort((a, b) => a.ordinal - b.ordinal);
  const durationSeconds = () =>
    Math.max(0, ...[...rungs(), ...audio()].map((track) => track.durationSeconds));
  const captions = (): CaptionTrack[] =>
    facts().flatMap((part) => (part.kind === "captions" ? part.tracks : []));
  const has = (kind: "poster" | "storyboard") => facts().some((part) => part.kind === kind && part.isThere);

  return {
    request,
    source,
    ladder,
    isDone: (part) => done.has(part),
    async finishPart(part, partFacts) {
      await request.publish.put(partFactsPath(part), Buffer.from(JSON.stringify(partFacts)));
      await request.publish.partDone(part);
      done.set(part, partFacts);
      request.log.info({ part }, "part finished");
    },
    rungs,
    audio,
    durationSeconds,
    filePath: (name) => join(request.workDir, name),
    async publishState({ isComplete }) {
      const masterName = await nextMasterName(request);
      await request.publish.put(masterName, Buffer.from(makeMasterPlaylist(rungs(), audio())));
      const state: PublishedState = {
        masterName,
        durationSeconds: durationSeconds(),
        aspectRatio,
        renditions: rungs().map(toRendition),
        audioTracks: audio().map(toAudioTrack),
        captions: captions(),
        hasPoster: has("poster"),
        hasStoryboard: has("storyboard"),
        isComplete,
      };
      await request.publish.published(state);
      return state;
    },
  };
}

async function readDoneParts(request: EncodeRequest): Promise<Map<string, PartFacts>> {
  const done = new Map<string, PartFacts>();
  for (const part of request.doneParts) {
    const bytes = await request.publish.read(partFactsPath(part));
    const facts = bytes && partFactsSchema.safeParse(parseJson(bytes));
    if (facts?.success) done.set(part, facts.data);
    else request.log.warn({ part }, "a finished part has no facts and is made again");
  }
  return done;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Addresses are immutable: what an earlier attempt published keeps its name. */
async function nextMasterName(request: EncodeRequest): Promise<string> {
  const maxMasters = 1000;
  for (let number = 1; number < maxMasters; number += 1) {
    const name = `master-${number}.m3u8`;
    if ((await request.publish.read(name)) === undefined) return name;
  }
  throw new Error("a revision has had too many attempts");
}

function toRendition(rung: RungFacts): Rendition {
  const { name, heightPx, widthPx, frameRateFps, sizeBytes } = rung;
  return {
    name,
    heightPx,
    widthPx,
    bitrateBps: rung.peakBps,
    frameRateFps,
    videoCodec: rung.codec,
    sizeBytes,
  };
}

function toAudioTrack({ name, language, channelCount, peakBps, codec, isDefault }: AudioFacts): AudioTrack {
  return { name, language, channelCount, bitrateBps: peakBps, audioCodec: codec, isDefault };
}

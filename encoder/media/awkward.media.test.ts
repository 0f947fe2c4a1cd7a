import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeVideo } from "./encode-video.ts";
import { awkwardFiles, writeIngredients } from "./testing/awkward-files.ts";
import { awkwardPictures } from "./testing/awkward-pictures.ts";
import type { AwkwardSource, Result } from "./testing/awkward-source.ts";
import { makeClip, testConfig } from "./testing/clips.ts";
import { createMemoryPublisher } from "./testing/memory-publisher.ts";
import { findProcesses } from "./testing/processes.ts";
import { decodeGrey, inspect, readPlaylist, wrongHashes } from "./testing/published.ts";

describe("awkward sources become ready", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "shoal-awkward-"));
    await writeIngredients(root);
  });
  afterAll(async () => await rm(root, { recursive: true, force: true }));

  test.each([...awkwardPictures, ...awkwardFiles])("$what", { timeout: 60_000 }, async (source) => {
    const sourcePath = await makeClip(root, { name: source.fileName, args: source.args });
    await source.prepare?.(sourcePath);
    const workDir = join(root, `job-${source.fileName}`);
    await mkdir(workDir);
    const publisher = createMemoryPublisher();
    const state = await encodeVideo({
      sourcePath,
      workDir,
      doneParts: [],
      publish: publisher,
      log: pino({ level: "silent" }),
      signal: new AbortController().signal,
      config: testConfig,
    });

    expect(await readdir(workDir)).toEqual([]);
    expect(await findProcesses(sourcePath)).toEqual([]);
    expect(state.isComplete).toBe(true);
    expect(Math.abs(state.durationSeconds - source.seconds)).toBeLessThanOrEqual(0.1);
    expect(state.renditions.map(({ name, widthPx, heightPx }) => [name, widthPx, heightPx])).toEqual(
      source.rungs.map(([name, widthPx, heightPx]) => [name, widthPx, heightPx]),
    );
    if (source.audio) {
      expect(state.audioTracks.map(({ language, channelCount }) => [language, channelCount])).toEqual(
        source.audio,
      );
    }
    await expectRungs(source, { publisher, dir: workDir });
    await expectAudio(source, { publisher, dir: workDir });
    await source.also?.({ publisher, dir: workDir });
  });
});

async function expectRungs(source: AwkwardSource, { publisher, dir }: Result): Promise<void> {
  const lengths = new Set<string>();
  for (const [name, widthPx, heightPx, fps] of source.rungs) {
    const playlist = readPlaylist(publisher, name);
    lengths.add(playlist.segments.map(({ seconds }) => seconds.toFixed(2)).join(" "));
    expect(wrongHashes(publisher, name)).toEqual([]);
    expect(Math.max(...playlist.segments.map(({ seconds }) => Math.round(seconds)))).toBeLessThanOrEqual(
      playlist.targetSeconds,
    );
    const found = await inspect(publisher, name, dir);
    expect(found).toMatchObject({
      codec_name: "h264",
      width: widthPx,
      height: heightPx,
      pix_fmt: "yuv420p",
      sample_aspect_ratio: "1:1",
    });
    expect(found.side_data_list).toBeUndefined();
    expect(Math.abs(found.start_time)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(found.duration - source.seconds)).toBeLessThanOrEqual(0.1);
    if (fps) expect(found.r_frame_rate).toBe(fps);
    expect((await decodeGrey(publisher, name, dir)).length).toBeGreaterThan(1);
  }
  // segments of all rungs begin and end together
  expect(lengths.size).toBeLessThanOrEqual(1);
}

async function expectAudio(source: AwkwardSource, { publisher, dir }: Result): Promise<void> {
  for (const at of (source.audio ?? []).keys()) {
    const folder = `audio-${at}`;
    expect(wrongHashes(publisher, folder)).toEqual([]);
    const found = await inspect(publisher, folder, dir);
    expect(found).toMatchObject({ codec_name: "aac", sample_rate: "48000" });
    expect(Math.abs(found.start_time)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(found.duration - source.seconds)).toBeLessThanOrEqual(0.15);
  }
}

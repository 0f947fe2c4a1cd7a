import { expect } from "vitest";
import type { BroadcastOrder, BroadcastStatus } from "#common/live/broadcast.ts";
import { until } from "../../jobs/testing/until.ts";
import type { ReadTrack } from "./broadcast-on-disk.ts";
import { decodeRecording } from "./decode.ts";
import type { LiveHouse } from "./live-house.ts";

/** A finished broadcast as it lies in the storage. */
export interface Recording {
  readonly status: BroadcastStatus;
  readonly picture: ReadTrack;
  readonly sound: ReadTrack;
}

/**
 * Ends the broadcast and looks at what is there: one video that decodes without a word, its segments in a row and without gaps,
 * each with its hash; and no process that is left.
 */
export async function expectOneRecording(
  house: LiveHouse,
  order: BroadcastOrder,
  rung = "360p",
): Promise<Recording> {
  const status = await house.finish();
  const recording = await house.read(order);
  const picture = await recording.track(rung, "index.m3u8");
  const sound = await recording.track("audio-0", "index.m3u8");
  const { warnings } = await decodeRecording(recording, house.tempDir);
  expect(warnings).toBe("");
  for (const track of [picture, sound]) {
    expect(track.segments.map(({ number }) => number)).toEqual(picture.segments.map((_, at) => at + 1));
    expect(track.segments.every(({ isSound }) => isSound)).toBe(true);
    let end = 0;
    for (const { startSeconds, mediaSeconds } of track.segments) {
      expect(Math.abs(startSeconds - end)).toBeLessThan(0.05);
      end = startSeconds + mediaSeconds;
    }
  }
  await house.letGo();
  await until(async () => (await house.processes()).length === 0);
  return { status, picture, sound };
}

import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import { parseBoxes, parseMoof } from "../../media/mp4-boxes.ts";
import { parseMoov } from "../../media/mp4-init.ts";

/** A segment as a playlist names it and as it lies in the storage. */
export interface ReadSegment {
  /** Below the revision. */
  readonly path: string;
  readonly headPath: string;
  readonly number: number;
  readonly seconds: number;
  readonly isAfterDiscontinuity: boolean;
  readonly dateMs: number | undefined;
  /** Does the file have the hash that the playlist says? */
  readonly isSound: boolean;
  /** By the boxes in it. */
  readonly startSeconds: number;
  readonly mediaSeconds: number;
  readonly frameCount: number;
}

/** A media playlist with all that it names. */
export interface ReadTrack {
  readonly text: string;
  readonly targetSeconds: number;
  readonly isEnded: boolean;
  readonly segments: readonly ReadSegment[];
}

/** A broadcast as it lies in the storage. */
export interface BroadcastOnDisk {
  readonly paths: readonly string[];
  text(path: string): Promise<string>;
  bytes(path: string): Promise<Buffer>;
  /** Reads `<track>/<name>`; throws when it names what is not there. */
  track(track: string, name: "live.m3u8" | "index.m3u8"): Promise<ReadTrack>;
}

/** Reads what lies below a revision. */
export async function readBroadcast(storage: Storage, prefix: string): Promise<BroadcastOnDisk> {
  const paths = (await storage.list(prefix)).map(({ key }) => key.slice(prefix.length));
  async function bytes(path: string): Promise<Buffer> {
    const found = await storage.read(prefix + path);
    if (!found) throw new Error(`${path} is not there`);
    return found;
  }
  const text = async (path: string) => (await bytes(path)).toString("utf8");
  return {
    paths,
    text,
    bytes,
    async track(track, name) {
      const lines = (await text(`${track}/${name}`)).split("\n");
      const segments: ReadSegment[] = [];
      let [headPath, sha256, seconds, isAfterDiscontinuity] = ["", "", 0, false];
      let dateMs: number | undefined;
      const first = Number(find(lines, "#EXT-X-MEDIA-SEQUENCE:"));
      for (const line of lines) {
        if (line.startsWith("#EXT-X-MAP:"))
          headPath = posix.join(track, /URI="([^"]*)"/.exec(line)?.[1] ?? "");
        else if (line.startsWith(segmentHashTag)) sha256 = line.slice(segmentHashTag.length);
        else if (line === "#EXT-X-DISCONTINUITY") isAfterDiscontinuity = true;
        else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) dateMs = Date.parse(line.slice(25));
        else if (line.startsWith("#EXTINF:")) seconds = Number.parseFloat(line.slice(8));
        else if (line !== "" && !line.startsWith("#")) {
          const path = posix.join(track, line);
          const [file, head] = await Promise.all([bytes(path), bytes(headPath)]);
          const isSound = createHash("sha256").update(file).digest("hex") === sha256;
          const number = first + segments.length;
          segments.push({
            path,
            headPath,
            number,
            seconds,
            isAfterDiscontinuity,
            dateMs,
            isSound,
            ...timesOf(head, file),
          });
          isAfterDiscontinuity = false;
        }
      }
      return {
        text: lines.join("\n"),
        targetSeconds: Number(find(lines, "#EXT-X-TARGETDURATION:")),
        isEnded: lines.includes("#EXT-X-ENDLIST"),
        segments,
      };
    },
  };
}

function timesOf(head: Buffer, file: Buffer) {
  const moov = parseBoxes(head).find(({ type }) => type === "moov")?.body ?? Buffer.alloc(0);
  const { timescaleHz } = parseMoov(moov);
  const moof = parseBoxes(file).find(({ type }) => type === "moof")?.body ?? Buffer.alloc(0);
  const { baseDecodeTicks, samples } = parseMoof(moof);
  const ticks = samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
  return {
    startSeconds: baseDecodeTicks / timescaleHz,
    mediaSeconds: ticks / timescaleHz,
    frameCount: samples.length,
  };
}

function find(lines: readonly string[], tag: string): string {
  return lines.find((line) => line.startsWith(tag))?.slice(tag.length) ?? "";
}

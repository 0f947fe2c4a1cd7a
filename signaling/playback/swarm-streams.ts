import { createHash } from "node:crypto";
import type { MasterPlaylist, PlaylistEntry } from "./master-playlist.ts";

/*
 * p2p-media-loader 2.3 makes one swarm of each rung and audio track. Its names follow from what hls.js reads in the
 * master playlist; here they are made the same way, so that the tracker can say which of them a token is for.
 * A test compares them with the library's own.
 */

const protocolVersion = "v2";
/** First letters of the sample entries that hls.js takes for video and audio, of those that the encoder makes. */
const videoCodecs = /^(avc1|avc3|hvc1|hev1|av01|vp09)/;
const audioCodecs = /^(mp4a|ac-3|ec-3|Opus|opus|fLaC|flac)/;

/** The names of a master playlist's streams, e.g. `main-…` for a rung and `secondary-…` for an audio track. */
export function toStreamIds({ variants, audio }: MasterPlaylist): string[] {
  const main = variants.map(({ attributes }) => {
    const bandwidth = toInteger(attributes.BANDWIDTH) || toInteger(attributes["AVERAGE-BANDWIDTH"]);
    if (bandwidth === 0) return `main-${toShortId({ bitrate: 0 })}`;
    const [, width, height] = /^(\d+)x(\d+)$/.exec(attributes.RESOLUTION ?? "") ?? [];
    return `main-${toShortId({
      bitrate: bandwidth,
      codecs: pickCodecs(attributes, videoCodecs),
      width,
      height,
      frameRate: attributes["FRAME-RATE"],
      videoRange: attributes["VIDEO-RANGE"],
    })}`;
  });
  const secondary = audio.map(({ attributes }) => {
    // hls.js gives a track the codec of the first variant that names its group, or of the first at all
    const variant = variants.find((one) => one.attributes.AUDIO === attributes["GROUP-ID"]) ?? variants[0];
    return `secondary-${toShortId({
      bitrate: 0,
      codecs: variant && pickCodecs(variant.attributes, audioCodecs),
      language: attributes.LANGUAGE,
      channels: attributes.CHANNELS,
      name: attributes.NAME || attributes.LANGUAGE,
    })}`;
  });
  return [...new Set([...main, ...secondary])];
}

/** The info hash under which a stream of a swarm is announced: 20 characters. */
export function toInfoHash(swarmId: string, streamId: string): string {
  return sha1(`${protocolVersion}-${swarmId}-${streamId}`).subarray(0, 15).toString("base64");
}

/** What tells streams of one video apart. */
interface StreamFacts {
  readonly bitrate: number;
  readonly codecs?: string | undefined;
  readonly width?: string | undefined;
  readonly height?: string | undefined;
  readonly language?: string | undefined;
  readonly channels?: string | undefined;
  readonly name?: string | undefined;
  readonly frameRate?: string | undefined;
  readonly videoRange?: string | undefined;
}

function toShortId(facts: StreamFacts): string {
  const { language, frameRate } = facts;
  const parts = [
    facts.bitrate,
    (facts.codecs ?? "").toLowerCase().split(",").sort().join(","),
    toInteger(facts.width) || "",
    toInteger(facts.height) || "",
    language && language !== "und" ? language.slice(0, 2).toLowerCase() : "",
    (facts.channels ?? "").split("/")[0],
    (facts.name ?? "").toLowerCase().trim(),
    frameRate && !Number.isNaN(Number(frameRate)) ? Number(frameRate) : "",
    (facts.videoRange ?? "").toUpperCase().trim(),
  ];
  return sha1(parts.join("-")).toString("base64");
}

function pickCodecs(attributes: PlaylistEntry["attributes"], pattern: RegExp): string | undefined {
  const codecs = (attributes.CODECS ?? "").split(/[ ,]+/).filter((codec) => pattern.test(codec));
  return codecs.length > 0 ? codecs.join(",") : undefined;
}

function toInteger(text: string | undefined): number {
  return Number.parseInt(text ?? "", 10) || 0;
}

function sha1(text: string): Buffer {
  return createHash("sha1").update(text).digest();
}

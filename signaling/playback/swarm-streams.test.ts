import { describe, expect, it } from "vitest";
import { getStreamHash } from "../../node_modules/p2p-media-loader-core/lib/utils/peer.js";
import {
  generateStreamShortId,
  getStreamSwarmId,
} from "../../node_modules/p2p-media-loader-core/lib/utils/stream.js";
import { parseMasterPlaylist, toPlaylistUris } from "./master-playlist.ts";
import { toInfoHash, toStreamIds } from "./swarm-streams.ts";

const master = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Deutsch, laut",LANGUAGE="de-DE",CHANNELS="2",DEFAULT=YES,URI="audio-0/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="",LANGUAGE="und",CHANNELS="6/JOC",URI="audio-1/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",LANGUAGE="en",URI="captions/en.m3u8"

#EXT-X-STREAM-INF:BANDWIDTH=1200000,AVERAGE-BANDWIDTH=900000,CODECS="avc1.64001F,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,VIDEO-RANGE=sdr,AUDIO="audio"
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"
# a remark
720p/index.m3u8
`;

describe("streams of a swarm", () => {
  it("reads the playlists of a master", () => {
    expect(toPlaylistUris(parseMasterPlaylist(master))).toEqual([
      "360p/index.m3u8",
      "720p/index.m3u8",
      "audio-0/index.m3u8",
      "audio-1/index.m3u8",
    ]);
    expect(parseMasterPlaylist("")).toEqual({ variants: [], audio: [] });
  });

  it("names streams as the player's library does", () => {
    const rung = { bitrate: 1_200_000, codecs: "avc1.64001F", width: 640, height: 360 };
    const expected = [
      ["main", generateStreamShortId({ ...rung, frameRate: "30.000", videoRange: "sdr" })],
      [
        "main",
        generateStreamShortId({
          bitrate: 3_000_000,
          codecs: "avc1.640028",
          width: 1280,
          height: 720,
          frameRate: "29.970",
        }),
      ],
      [
        "secondary",
        generateStreamShortId({
          bitrate: 0,
          codecs: "mp4a.40.2",
          language: "de-DE",
          channels: "2",
          name: "Deutsch, laut",
        }),
      ],
      [
        "secondary",
        generateStreamShortId({
          bitrate: 0,
          codecs: "mp4a.40.2",
          language: "und",
          channels: "6/JOC",
          name: "und",
        }),
      ],
    ] as const;
    const streamIds = toStreamIds(parseMasterPlaylist(master));
    expect(streamIds).toEqual(expected.map(([type, index]) => `${type}-${index}`));
    expect(streamIds.map((streamId) => toInfoHash("swarm", streamId))).toEqual(
      expected.map(([type, index]) =>
        getStreamHash(getStreamSwarmId("swarm", { type, index, runtimeId: "" })),
      ),
    );
  });

  it("names the stream of a source without picture", () => {
    const audioOnly = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"\naudio-0/index.m3u8\n';
    expect(toStreamIds(parseMasterPlaylist(audioOnly))).toEqual([
      `main-${generateStreamShortId({ bitrate: 128_000 })}`,
    ]);
  });
});

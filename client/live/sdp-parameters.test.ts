import { describe, expect, it } from "vitest";
import { withFormatParameters, withStartBitrate, withStereo } from "./sdp-parameters.ts";

const sdp = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
  "a=rtpmap:98 H264/90000",
  "a=fmtp:98 packetization-mode=1",
  "",
].join("\r\n");

describe("format parameters", () => {
  it("are added once, and never in place of those that are there", () => {
    const once = withStereo(sdp);
    expect(once).toContain("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1\r\n");
    expect(withStereo(once)).toBe(once);
    expect(withFormatParameters(sdp, /^opus/, { minptime: 20 })).toBe(sdp);
  });

  it("get a line of their own where there was none, and leave retransmissions alone", () => {
    const started = withStartBitrate(sdp, 2_214_400);
    expect(started).toContain("a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=2214\r\n");
    expect(started).toContain("a=fmtp:98 packetization-mode=1;x-google-start-bitrate=2214\r\n");
    expect(started).toContain("a=fmtp:97 apt=96\r\n");
    expect(started.match(/start-bitrate/g)).toHaveLength(2);
    expect(withStartBitrate(started, 900_000).match(/start-bitrate=900/g)).toHaveLength(2);
  });

  it("leave a description without the codec as it is", () => {
    expect(withStereo("v=0\r\n")).toBe("v=0\r\n");
  });
});

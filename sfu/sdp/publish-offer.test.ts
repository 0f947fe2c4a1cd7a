import { parse } from "sdp-transform";
import { describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { toNumberingKey } from "./codecs.ts";
import {
  readPublishOffer,
  toProducerParameters,
  toRouterCodecs,
  writePublishAnswer,
} from "./publish-offer.ts";
import { offerNames, readOffer, someTransport } from "./testing/offers.ts";

const layered = { scalabilityMode: "L1T3" };

/** What is refused, as code and sentence. */
function refusalOf(sdp: string): string {
  try {
    readPublishOffer(sdp);
    return "taken";
  } catch (error) {
    if (error instanceof ShoalError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe("offers of clients in the wild", () => {
  it.each([
    ["aiortc-publisher", "client", "96/101/102", [{ ssrc: 1, rtx: { ssrc: 2 } }]],
    [
      "chromium-all-codecs",
      "client",
      "111/108/109",
      [
        { rid: "l", ...layered },
        { rid: "m", ...layered },
        { rid: "h", ...layered },
      ],
    ],
    ["chromium-av1", "client", "111/45/100", [{ ssrc: 1, rtx: { ssrc: 2 } }]],
    [
      "chromium-h264-layers",
      "client",
      "111/108/109",
      [
        { rid: "l", ...layered },
        { rid: "m", ...layered },
        { rid: "h", ...layered },
      ],
    ],
    [
      "chromium-layers-by-ssrc",
      "client",
      "/96/97",
      [1001, 1002, 1003].map((ssrc) => ({ ssrc, rtx: { ssrc: ssrc + 1000 }, ...layered })),
    ],
    ["chromium-vp9-layers", "client", "/98/99", [{ rid: "h" }]],
    ["ffmpeg-publisher", "server", "111/106/105", [{ ssrc: 1, rtx: { ssrc: 2 } }]],
    ["gstreamer-publisher", "client", "97/96/100", [{ ssrc: 1 }]],
    ["obs-publisher", "client", "111/96/100", [{ ssrc: 1 }]],
    [
      "obs-publisher-layers",
      "client",
      "111/96/100",
      [
        { rid: "2", ...layered },
        { rid: "1", ...layered },
        { rid: "0", ...layered },
      ],
    ],
  ] as const)(
    "%s: their handshake, their numbers, their layers from small to large",
    (name, role, key, encodings) => {
      const offer = readPublishOffer(readOffer(name));
      expect(offer.dtlsParameters.role).toBe(role);
      expect(toNumberingKey(toRouterCodecs(offer))).toBe(key);
      const picture = offer.tracks.find(({ kind }) => kind === "video");
      if (!picture) throw new Error("there is no picture");
      const { rtcp, ...parameters } = toProducerParameters(picture);
      expect(parameters.mid).toBe(picture.mid);
      const found = parameters.encodings?.map(({ ssrc, rtx, ...rest }) => ({
        ...rest,
        // browsers draw these at random
        ...(ssrc !== undefined && { ssrc: ssrc > 9999 ? 1 : ssrc }),
        ...(rtx && { rtx: { ssrc: rtx.ssrc > 9999 ? 2 : rtx.ssrc } }),
      }));
      expect(found).toEqual(encodings);
    },
  );

  it.each(offerNames)(
    "%s: is answered in its own order, passively where it may be, and with one codec each",
    (name) => {
      const offer = readPublishOffer(readOffer(name));
      const text = writePublishAnswer(offer, someTransport);
      expect(text.endsWith("\r\n")).toBe(true);
      const answer = parse(text);
      expect(answer).toMatchObject({
        icelite: "ice-lite",
        groups: [{ type: "BUNDLE", mids: expect.anything() }],
        media: offer.tracks.map(({ mid, kind, codec }) => ({
          type: kind,
          mid: /^\d+$/.test(mid) ? Number(mid) : mid,
          direction: "recvonly",
          setup: offer.dtlsParameters.role === "server" ? "active" : "passive",
          iceUfrag: "ourfragment",
          fingerprint: { type: "sha-256", hash: "AA:BB" },
          rtcpMux: "rtcp-mux",
          rtp: codec?.rtxPayloadType
            ? [{ payload: codec.payloadType }, { payload: codec.rtxPayloadType, codec: "rtx" }]
            : [{ payload: codec?.payloadType }],
          candidates: [{ ip: "192.0.2.7" }, { ip: "2001:db8::7", tcptype: "passive" }],
        })),
      });
      expect(text.includes("extmap-allow-mixed")).toBe(readOffer(name).includes("extmap-allow-mixed"));
      expect(text.includes("rtcp-rsize")).toBe(readOffer(name).includes("rtcp-rsize"));
    },
  );

  it("the answer names the layers that are taken, in the offer's order", () => {
    const answerTo = (name: (typeof offerNames)[number]) =>
      writePublishAnswer(readPublishOffer(readOffer(name)), someTransport).match(/a=simulcast:.*/)?.[0];
    expect(answerTo("chromium-all-codecs")).toBe("a=simulcast:recv h;m;l");
    expect(answerTo("obs-publisher-layers")).toBe("a=simulcast:recv 0;1;2");
    expect(answerTo("chromium-vp9-layers")).toBe("a=simulcast:recv h");
    expect(answerTo("obs-publisher")).toBeUndefined();
  });

  it("nothing that only the sender's peer needs goes on to viewers", () => {
    const [picture] = readPublishOffer(readOffer("gstreamer-publisher")).tracks;
    expect(picture && toProducerParameters(picture).codecs[0]?.parameters).toEqual({
      "packetization-mode": 1,
      "profile-level-id": "42c015",
      "level-asymmetry-allowed": 1,
    });
  });
});

describe("which of several is taken", () => {
  const chromium = readOffer("chromium-all-codecs");
  const codecOf = (sdp: string) => {
    const codec = readPublishOffer(sdp).tracks.find(({ kind }) => kind === "video")?.codec;
    return codec && `${codec.mimeType} ${codec.parameters["profile-level-id"] ?? ""}`.trim();
  };
  const without = (pattern: RegExp) => chromium.replace(pattern, "a=rtpmap:$1 gone/90000");

  it.each([
    ["H.264 for every decoder before all others", chromium, "video/H264 42e01f"],
    [
      "H.264 of another profile before another codec",
      chromium.replaceAll(/42e01f/g, "f4001f"),
      "video/H264 42001f",
    ],
    ["VP8 before VP9", without(/a=rtpmap:(\d+) H264\/90000/g), "video/VP8"],
    ["VP9 before AV1", without(/a=rtpmap:(\d+) (?:H264|VP8)\/90000/g), "video/VP9"],
    ["AV1 when there is nothing else", without(/a=rtpmap:(\d+) (?:H264|VP8|VP9)\/90000/g), "video/AV1"],
  ])("%s", (_what, sdp, expected) => {
    expect(codecOf(sdp)).toBe(expected);
  });
});

describe("refusals", () => {
  const obs = readOffer("obs-publisher");
  const layers = readOffer("obs-publisher-layers");
  const bySsrc = readOffer("chromium-layers-by-ssrc");
  const data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\na=sctp-port:5000\r\n";
  const twice = (section: RegExp) => {
    const [found = ""] = section.exec(obs) ?? [];
    return (
      obs.replace("BUNDLE 0 1", "BUNDLE 0 1 2") +
      found.replace(/a=mid:\d/, "a=mid:2").replaceAll("19371839", "29371839")
    );
  };

  it.each<[string, string, RegExp]>([
    ["nothing", "", /^stream.bad_sdp/],
    ["prose", "hello there\r\n", /^stream.bad_sdp/],
    ["JSON", '{"type":"offer","sdp":"v=0"}', /^stream.bad_sdp/],
    [
      "a head without a body",
      "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
      /^stream.bad_sdp.*no media/,
    ],
    ["control characters", obs.replace("a=sendonly", "a=send\u0000only"), /^stream.bad_sdp.*line/],
    ["a line without end", obs.replace("a=sendonly", `a=x:${"y".repeat(2000)}`), /^stream.bad_sdp.*line/],
    ["too long", obs + "a=x\r\n".repeat(20_000), /^stream.bad_sdp.*too long/],
    ["too many lines", obs + "a=x\r\n".repeat(1600), /^stream.bad_sdp.*too many lines/],
    ["too many sections", obs + data.repeat(8), /^stream.bad_sdp.*media/],
    [
      "too many candidates",
      obs + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(201),
      /^stream.bad_sdp.*candidates/,
    ],
    [
      "a candidate that is none",
      `${obs}a=candidate:1 1 udp x\r\n`,
      /^stream.bad_sdp.*candidate that is none/,
    ],
    ["no ICE credentials", obs.replace(/a=ice-ufrag.*\r\n/, ""), /^stream.bad_sdp.*ICE/],
    [
      "ICE credentials that are too short",
      obs.replace(/a=ice-pwd:.*/, "a=ice-pwd:short"),
      /^stream.bad_sdp.*icePwd/,
    ],
    ["no fingerprint", obs.replace(/a=fingerprint.*\r\n/, ""), /^stream.bad_sdp.*fingerprint/],
    ["a fingerprint of nothing known", obs.replace("sha-256", "md5"), /^stream.bad_sdp.*fingerprint/],
    ["a fingerprint that is no hash", obs.replace(/(sha-256) .*/, "$1 xyz"), /^stream.bad_sdp.*fingerprint/],
    ["a section without a=mid", obs.replace("a=mid:1\r\n", ""), /^stream.bad_sdp.*a=mid/],
    ["two sections of one a=mid", obs.replace("a=mid:1", "a=mid:0"), /^stream.bad_sdp.*twice/],
    ["no bundle", obs.replace("a=group:BUNDLE 0 1\r\n", ""), /^stream.bad_sdp.*BUNDLE/],
    ["half a bundle", obs.replace("BUNDLE 0 1", "BUNDLE 0"), /^stream.bad_sdp.*BUNDLE/],
    [
      "a payload type of another number system",
      obs.replace("a=rtpmap:96", "a=rtpmap:960"),
      /^stream.bad_sdp.*payload/,
    ],
    ["a payload type that means two things", obs.replaceAll(/\b96\b/g, "111"), /^stream.bad_sdp.*two things/],
    [
      "streams that nobody can tell apart",
      obs.replaceAll(/a=(ssrc|extmap).*\r\n/g, ""),
      /^stream.bad_sdp.*which RTP stream/,
    ],
    [
      "a header extension twice",
      obs.replace("a=extmap:2", "a=extmap:1"),
      /^stream.taken|^taken|^stream.bad_sdp/,
    ],
    ["an SSRC in two layers", bySsrc.replace("SIM 1001 1002", "SIM 1001 1001"), /^stream.bad_sdp.*twice/],
    ["an SSRC that is nowhere", bySsrc.replace("SIM 1001", "SIM 999"), /^stream.bad_sdp.*does not have/],
    ["a layer twice", layers.replace("send 0;1;2", "send 0;1;1"), /^stream.bad_sdp.*twice/],
    [
      "five layers",
      layers
        .replace("send 0;1;2", "send 0;1;2;3;4")
        .replace("a=rid:0 send", "a=rid:3 send\r\na=rid:4 send\r\na=rid:0 send"),
      /^stream.unsupported_media.*4 simulcast/,
    ],
    ["H.265 alone", obs.replace("H264/90000", "H265/90000"), /^stream.unsupported_media.*picture.*H\.264/],
    [
      "H.264 in single packets",
      obs.replace("packetization-mode=1", "packetization-mode=0"),
      /^stream.unsupported_media/,
    ],
    ["H.264 in 4:4:4", obs.replace("42e01f", "f4001f"), /^stream.unsupported_media/],
    ["telephone sound", obs.replace("opus/48000/2", "PCMU/8000"), /^stream.unsupported_media.*Opus/],
    ["RTCP on a port of its own", obs.replaceAll("a=rtcp-mux\r\n", ""), /^stream.unsupported_media/],
    [
      "nothing but wishes",
      obs.replaceAll("a=sendonly", "a=recvonly"),
      /^stream.unsupported_media.*Nothing is sent/,
    ],
    ["two pictures", twice(/m=video[\s\S]*/), /^stream.unsupported_media.*one picture/],
  ])("%s", (_what, sdp, expected) => {
    expect(refusalOf(sdp)).toMatch(expected);
  });

  it("a data channel beside it is refused alone", () => {
    const offer = readPublishOffer(obs.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + data);
    const answer = writePublishAnswer(offer, someTransport);
    expect(answer).toContain("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    expect(answer).toContain("a=group:BUNDLE 0 1\r\n");
  });
});

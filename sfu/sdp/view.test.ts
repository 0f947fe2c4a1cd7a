import type { RouterRtpCodecCapability, RtpCapabilities } from "mediasoup/types";
import { parse } from "sdp-transform";
import { describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { toNumberingKey } from "./codecs.ts";
import { readPublishOffer, toRouterCodecs } from "./publish-offer.ts";
import { readOffer, someTransport } from "./testing/offers.ts";
import {
  type ConsumerFacts,
  readViewAnswer,
  readViewOffer,
  toNumbering,
  toViewerCapabilities,
  writeViewAnswer,
  writeViewOffer,
} from "./view.ts";

const chromium = readOffer("chromium-viewer");
const routerOf = (...args: Parameters<typeof readOffer>) =>
  toRouterCodecs(readPublishOffer(readOffer(...args)));
const tccUri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const midUri = "urn:ietf:params:rtp-hdrext:sdes:mid";

/** What consumers of a router with these numbers look like. */
const consumers: ConsumerFacts[] = [
  {
    mid: "0",
    kind: "video",
    rtpParameters: {
      codecs: [
        {
          mimeType: "video/H264",
          payloadType: 108,
          clockRate: 90_000,
          parameters: { "packetization-mode": 1, "profile-level-id": "42e01f" },
          rtcpFeedback: [
            { type: "nack", parameter: "" },
            { type: "nack", parameter: "pli" },
          ],
        },
        { mimeType: "video/rtx", payloadType: 109, clockRate: 90_000, parameters: { apt: 108 } },
      ],
      headerExtensions: [{ uri: midUri, id: 1 }],
      encodings: [{ ssrc: 7, rtx: { ssrc: 8 } }],
      rtcp: { cname: "shoal" },
    },
  },
  {
    mid: "1",
    kind: "audio",
    rtpParameters: {
      codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc: 9 }],
    },
  },
];

describe("a viewer who brings an offer", () => {
  it.each([
    ["the publisher's own numbers", chromium, "chromium-h264-layers", "111/108/109", true],
    ["numbers of their own", chromium, "obs-publisher", "111/108/109", false],
    ["numbers of their own for VP8", chromium, "chromium-layers-by-ssrc", "/96/97", true],
    ["numbers that no router can give to retransmissions", chromium, "chromium-av1", "111/45/100", true],
    [
      "no wish for sound",
      chromium.replace(/m=audio[\s\S]*/, "").replace("BUNDLE 0 1", "BUNDLE 0"),
      "obs-publisher",
      "111/108/109",
      false,
    ],
    [
      "no wish for a picture",
      chromium.replace(/m=video[\s\S]*(?=m=audio)/, "").replace("BUNDLE 0 1", "BUNDLE 1"),
      "obs-publisher",
      "111/96/100",
      true,
    ],
    [
      "a decoder for more than is sent",
      chromium.replaceAll("42e01f", "4d001f"),
      "obs-publisher",
      "111/102/103",
      false,
    ],
  ] as const)("with %s", (_what, sdp, publisher, key, isTheFirst) => {
    const router = routerOf(publisher);
    const numbering = toNumbering(readViewOffer(sdp), router);
    expect(numbering?.key).toBe(key);
    expect(numbering?.key === toNumberingKey(router)).toBe(isTheFirst);
    expect(numbering && toNumberingKey(numbering.codecs)).toBe(key);
  });

  it("cannot be sent what they cannot play", () => {
    const router = routerOf("chromium-h264-layers");
    expect(toNumbering(readViewOffer(chromium.replaceAll("H264", "gone")), router)).toBeNull();
    expect(toNumbering(readViewOffer(chromium.replaceAll("opus", "gone")), router)).toBeNull();
    const high = router.map(
      (codec): RouterRtpCodecCapability => ({ ...codec, parameters: { "profile-level-id": "640028" } }),
    );
    expect(toNumbering(readViewOffer(chromium), high)).toBeNull();
  });

  it.each([
    ["wishes for nothing that is sent", chromium.replaceAll(/opus|VP8|VP9|AV1|H264/g, "gone")],
    ["wants to send", chromium.replaceAll("recvonly", "sendonly")],
  ])("and %s is refused", (_what, sdp) => {
    expect(() => readViewOffer(sdp)).toThrow(ShoalError);
  });

  it("gets header extensions only where both sides mean the same by a number", () => {
    const capabilitiesFor = (
      sdp: string,
      headerExtensions: NonNullable<RtpCapabilities["headerExtensions"]>,
    ) =>
      toViewerCapabilities(readViewOffer(sdp), { codecs: [], headerExtensions }).headerExtensions?.map(
        ({ uri }) => uri,
      );
    // Chromium has transport-wide-cc at 4 and mid at 9
    const extensions = ([id, kind]: [number, "audio" | "video"]) =>
      ({ kind, uri: tccUri, preferredId: id }) as const;
    expect(capabilitiesFor(chromium, [extensions([4, "video"])])).toEqual([tccUri]);
    expect(capabilitiesFor(chromium, [extensions([5, "video"])])).toEqual([]);
    const mid = { kind: "video", uri: midUri, preferredId: 9 } as const;
    expect(capabilitiesFor(chromium, [mid])).toEqual([midUri]);
    // mediasoup cannot write so long a one
    const long = chromium
      .replaceAll("BUNDLE 0 1", "BUNDLE 0 the-picture")
      .replace("a=mid:1", "a=mid:the-picture");
    expect(capabilitiesFor(long, [mid])).toEqual([]);
  });

  it("is answered section by section, with the profile that was offered", () => {
    const sdp = chromium.replaceAll("42e01f", "4d001f");
    const offer = readViewOffer(sdp);
    const [picture] = consumers;
    const text = writeViewAnswer(offer, someTransport, picture ? [picture] : []);
    expect(parse(text)).toMatchObject({
      groups: [{ type: "BUNDLE", mids: 0 }],
      media: [
        {
          type: "video",
          mid: 0,
          direction: "sendonly",
          setup: "passive",
          payloads: "108 109",
          fmtp: [
            { payload: 108, config: expect.stringContaining("profile-level-id=4d001f") },
            { payload: 109, config: "apt=108" },
          ],
          ssrcGroups: [{ semantics: "FID", ssrcs: "7 8" }],
          msid: [{ id: "shoal", appdata: "video" }],
        },
        { type: "audio", port: 0, mid: 1, direction: "inactive" },
      ],
    });
  });
});

describe("a viewer who is given an offer", () => {
  it("hears everything in it", () => {
    expect(parse(writeViewOffer(someTransport, consumers))).toMatchObject({
      icelite: "ice-lite",
      extmapAllowMixed: "extmap-allow-mixed",
      groups: [{ type: "BUNDLE", mids: "0 1" }],
      media: [
        {
          type: "video",
          protocol: "UDP/TLS/RTP/SAVPF",
          setup: "actpass",
          direction: "sendonly",
          payloads: "108 109",
        },
        {
          type: "audio",
          rtp: [{ payload: 111, codec: "opus", rate: 48_000, encoding: 2 }],
          ssrcs: [{ id: 9 }, { id: 9 }],
        },
      ],
    });
  });

  it("says what they take", () => {
    const answer = chromium.replaceAll("a=setup:actpass", "a=setup:active");
    expect(readViewAnswer(answer)).toMatchObject({
      acceptedMids: ["0", "1"],
      dtlsParameters: { role: "client" },
    });
    const half = answer.replace("m=audio 9", "m=audio 0").replace("BUNDLE 0 1", "BUNDLE 0");
    expect(readViewAnswer(half).acceptedMids).toEqual(["0"]);
    const passive = readViewAnswer(answer.replaceAll("setup:active", "setup:passive"));
    expect(passive.dtlsParameters.role).toBe("server");
    expect(() => readViewAnswer(chromium)).toThrow("setup:actpass");
  });
});

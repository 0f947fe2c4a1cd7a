import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TransportFacts } from "../write.ts";

/** Offers as real clients made them: captured, or written after what their source writes (OBS, FFmpeg). */
export const offerNames = [
  "aiortc-publisher",
  "chromium-all-codecs",
  "chromium-av1",
  "chromium-h264-layers",
  "chromium-layers-by-ssrc",
  "chromium-vp9-layers",
  "ffmpeg-publisher",
  "gstreamer-publisher",
  "obs-publisher",
  "obs-publisher-layers",
] as const;

/** One of them, or of `chromium-viewer`, with the line ends of the wire. */
export function readOffer(name: (typeof offerNames)[number] | "chromium-viewer"): string {
  const path = join(import.meta.dirname, "offers", `${name}.sdp`);
  return readFileSync(path, "utf8").replaceAll("\n", "\r\n");
}

/** A transport as mediasoup describes it. */
export const someTransport: TransportFacts = {
  iceParameters: { usernameFragment: "ourfragment", password: "ourpassword", iceLite: true },
  iceCandidates: [
    {
      foundation: "udp",
      priority: 1078862079,
      protocol: "udp",
      port: 40_001,
      type: "host",
      ...at("192.0.2.7"),
    },
    {
      foundation: "tcp",
      priority: 1078862078,
      protocol: "tcp",
      port: 40_002,
      type: "host",
      tcpType: "passive",
      ...at("2001:db8::7"),
    },
  ],
  dtlsParameters: {
    role: "auto",
    fingerprints: [
      { algorithm: "sha-512", value: "00:11" },
      { algorithm: "sha-256", value: "AA:BB" },
    ],
  },
};

function at(address: string) {
  return { ip: address, address };
}

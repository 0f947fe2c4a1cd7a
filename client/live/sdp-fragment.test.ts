import { describe, expect, it } from "vitest";
import { applyFragment, toRestartFragment } from "./sdp-fragment.ts";

const toSdp = (...lines: string[]) => `${lines.join("\r\n")}\r\n`;

const offer = toSdp(
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "m=audio 51002 UDP/TLS/RTP/SAVPF 111 63",
  "c=IN IP4 10.0.0.7",
  "a=candidate:1 1 udp 2113937151 10.0.0.7 51002 typ host",
  "a=ice-ufrag:newU",
  "a=ice-pwd:newPasswordOfTheClient00",
  "a=fingerprint:sha-256 AA:BB",
  "a=mid:0",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=ice-ufrag:newU",
  "a=mid:1",
);

const answer = toSdp(
  "v=0",
  "s=-",
  "a=ice-lite",
  "m=audio 7 UDP/TLS/RTP/SAVPF 111",
  "a=ice-ufrag:old",
  "a=ice-pwd:oldPassword",
  "a=candidate:1 1 udp 1 192.0.2.1 40000 typ host",
  "a=end-of-candidates",
  "a=rtpmap:111 opus/48000/2",
  "m=video 7 UDP/TLS/RTP/SAVPF 96",
  "a=ice-ufrag:old",
  "a=ice-pwd:oldPassword",
  "a=candidate:1 1 udp 1 192.0.2.1 40000 typ host",
);

describe("the fragment of an ICE restart", () => {
  it("has the new credentials, the candidates and the first section alone", () => {
    expect(toRestartFragment(offer)).toBe(
      toSdp(
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        "a=candidate:1 1 udp 2113937151 10.0.0.7 51002 typ host",
        "a=ice-ufrag:newU",
        "a=ice-pwd:newPasswordOfTheClient00",
        "a=mid:0",
      ),
    );
  });

  it("brings the server's credentials into every section", () => {
    const applied = applyFragment(
      answer,
      toSdp("a=ice-ufrag:fresh", "a=ice-pwd:freshPassword", "a=candidate:2 1 udp 1 192.0.2.9 40001 typ host"),
    );
    expect(applied).not.toContain("old");
    expect(applied?.match(/a=ice-pwd:freshPassword/g)).toHaveLength(2);
    expect(applied?.match(/192\.0\.2\.9/g)).toHaveLength(2);
    expect(applied).not.toContain("192.0.2.1 ");
  });

  it("keeps the candidates when none are said", () => {
    const applied = applyFragment(answer, toSdp("a=ice-ufrag:fresh", "a=ice-pwd:freshPassword"));
    expect(applied?.match(/192\.0\.2\.1/g)).toHaveLength(2);
  });

  it("takes nothing from a fragment without credentials", () => {
    expect(applyFragment(answer, toSdp("a=candidate:1 1 udp 1 192.0.2.1 1 typ host"))).toBeUndefined();
    expect(applyFragment(answer, "")).toBeUndefined();
  });
});

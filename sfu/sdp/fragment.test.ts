import { expect, it } from "vitest";
import { readFragment, writeFragment } from "./fragment.ts";
import { someTransport } from "./testing/offers.ts";

const credentials = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
const candidate =
  "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1";
/** RFC 9725 §4.3.2's example, and the same with the credentials below the section. */
const trickled = `${credentials}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=${candidate}\r\na=end-of-candidates\r\n`;
const inSection = `a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n${credentials}a=${candidate}\r\n`;

it.each([
  ["of the session", trickled],
  ["of the section", inSection],
])("reads candidates and credentials %s", (_where, sdp) => {
  const fragment = readFragment(sdp);
  expect(fragment).toMatchObject({
    usernameFragment: "EsAw",
    password: "P2uYro0UCOQ4zxjKXaWCBui1",
    candidates: [candidate],
  });
  expect([fragment.isRestartOf("EsAw"), fragment.isRestartOf("Other")]).toEqual([false, true]);
});

it("takes candidates without credentials for no restart, and an empty candidate for the last", () => {
  const fragment = readFragment("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:\r\n");
  expect([fragment.isRestartOf("EsAw"), fragment.candidates]).toEqual([false, []]);
});

it.each([
  ["prose", "restart, please"],
  ["a candidate that is none", `${credentials}a=candidate:nonsense\r\n`],
  ["half a password", "a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n"],
])("refuses %s", (_what, sdp) => {
  expect(() => readFragment(sdp)).toThrow(expect.objectContaining({ code: "stream.bad_sdp" }));
});

it("writes our end as a fragment that says nothing but ICE", () => {
  const text = writeFragment(someTransport, { mid: "v", kind: "video" });
  expect(text).toBe(
    [
      "a=ice-lite",
      "a=group:BUNDLE v",
      "m=video 9 RTP/AVP 0",
      "a=mid:v",
      "a=ice-ufrag:ourfragment",
      "a=ice-pwd:ourpassword",
      "a=candidate:udp 1 udp 1078862079 192.0.2.7 40001 typ host",
      "a=candidate:tcp 1 tcp 1078862078 2001:db8::7 40002 typ host tcptype passive",
      "a=end-of-candidates",
      "",
    ].join("\r\n"),
  );
});

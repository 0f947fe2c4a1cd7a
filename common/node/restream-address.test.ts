import { describe, expect, it } from "vitest";
import {
  assertRestreamKey,
  isInnerAddress,
  parseRestreamUrl,
  resolveRestreamHost,
} from "./restream-address.ts";

const outside = { allowInner: false };
const badTarget = expect.objectContaining({ code: "stream.bad_target" });

describe("where a stream may be sent", () => {
  it.each([
    "",
    "http://live.example.org/app",
    "file:///etc/passwd",
    "rtmp:live.example.org",
    "rtmp://",
    "rtmp:///app",
    "rtmp://name@live.example.org/app",
    "rtmp://name:password@live.example.org/app",
    "rtmp://live.example.org/app/a@b",
    "rtmp://live.example.org:99999/app",
    "rtmp://live.example.org/app swfUrl=x",
    "rtmp://live.example.org/app|tee:/etc/passwd",
    "rtmp://live.example.org/app\n-i",
    "rtmp://live.example.org/'app'",
    "rtmp://live.example.org\\@127.0.0.1/app",
    "rtmp://live.example.org/app#part",
    "RTMP://live.example.org/app",
  ])("%j is no address", (url) => {
    expect(() => parseRestreamUrl(url, { allowInner: true })).toThrow(badTarget);
  });

  it.each([
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "printer.local",
    "metadata.google.internal",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a01:203]",
    "[2002:7f00:1::]",
    "[2002:c0a8:1::5]",
    "[fe80::1]",
    "[fd00::1]",
    "[ff02::1]",
  ])("%s is an inner host", (host) => {
    expect(() => parseRestreamUrl(`rtmp://${host}/app`, outside)).toThrow(badTarget);
    expect(() => parseRestreamUrl(`rtmps://${host}:1936/app`, outside)).toThrow(badTarget);
    expect(parseRestreamUrl(`rtmp://${host}/app`, { allowInner: true }).port).toBe(1935);
  });

  it.each([
    ["rtmp://live.example.org/app", "rtmp", "live.example.org", 1935],
    ["rtmps://a.rtmp.example.com:443/live2", "rtmps", "a.rtmp.example.com", 443],
    ["rtmps://live.example.org/app?backup=1&x=%20", "rtmps", "live.example.org", 443],
    ["rtmp://live.example.org:80/app", "rtmp", "live.example.org", 80],
    ["rtmp://203.0.113.9:19350/app/instance", "rtmp", "203.0.113.9", 19350],
    ["rtmp://[2001:db8::7]:1936/app", "rtmp", "2001:db8::7", 1936],
    ["rtmp://[2001:db8::7]/app", "rtmp", "2001:db8::7", 1935],
    ["rtmp://live.example.org/app:80/x", "rtmp", "live.example.org", 1935],
    ["rtmp://localhost.example.org/app", "rtmp", "localhost.example.org", 1935],
  ] as const)("%s is one", (url, protocol, host, port) => {
    expect(parseRestreamUrl(url, outside)).toEqual({ protocol, host, port, url });
  });

  it("is asked of the name server each time, with a name that leads inside refused", async () => {
    const lookup = async (host: string) =>
      host === "two-faced.example.org" ? ["203.0.113.9", "127.0.0.1"] : ["203.0.113.9"];
    expect(await resolveRestreamHost({ host: "live.example.org" }, { ...outside, lookup })).toEqual([
      "203.0.113.9",
    ]);
    const twoFaced = { host: "two-faced.example.org" };
    await expect(resolveRestreamHost(twoFaced, { ...outside, lookup })).rejects.toEqual(badTarget);
    expect(await resolveRestreamHost(twoFaced, { allowInner: true, lookup })).toHaveLength(2);
    const failing = async () => Promise.reject(new Error("ENOTFOUND"));
    await expect(resolveRestreamHost(twoFaced, { ...outside, lookup: failing })).rejects.toEqual(badTarget);
    await expect(resolveRestreamHost(twoFaced, { ...outside, lookup: async () => [] })).rejects.toEqual(
      badTarget,
    );
    // an address is its own answer, without any name server
    expect(await resolveRestreamHost({ host: "203.0.113.9" }, outside)).toEqual(["203.0.113.9"]);
  });

  it("takes what is no address for an inner one", () => {
    expect(isInnerAddress("")).toBe(true);
    expect(isInnerAddress("live.example.org")).toBe(true);
    expect(isInnerAddress("fe80::1%eth0")).toBe(true);
    expect(isInnerAddress("8.8.8.8")).toBe(false);
    expect(isInnerAddress("2606:4700::1111")).toBe(false);
  });

  it.each(["a key", "a\nkey", "", "clé"])("refuses the key %j", (key) => {
    expect(() => assertRestreamKey(key)).toThrow(badTarget);
  });
  it("takes keys as platforms make them", () => {
    assertRestreamKey("live_123_AbC?bandwidthtest=true&x=y");
  });
});

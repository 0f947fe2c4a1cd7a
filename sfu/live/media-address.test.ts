import { expect, test } from "vitest";
import { toAdvertisedUrl, toIp, toMediaAddress, toMediaAddressFor } from "./media-address.ts";

test.each([
  ["http://127.0.0.1:8091", { ip: "127.0.0.1" }, "127.0.0.1"],
  ["http://localhost:8091", { ip: "127.0.0.1" }, "127.0.0.1"],
  ["http://10.0.0.5:8091", { ip: "10.0.0.5" }, "10.0.0.5"],
  ["http://sfu-1.internal:8091", { ip: "0.0.0.0", announcedAddress: "sfu-1.internal" }, "sfu-1.internal"],
])("media within Shoal goes where %s is", (url, listenInfo, host) => {
  expect(toMediaAddress(url)).toMatchObject({ listenInfo: { protocol: "udp", ...listenInfo }, host });
});

test("what is sent to this machine does not leave it, and what leaves it needs an address", () => {
  const [local, network] = [toMediaAddress("http://127.0.0.1:1"), toMediaAddress("http://10.0.0.5:1")];
  expect(toMediaAddressFor("127.0.0.1", network).host).toBe("127.0.0.1");
  expect(toMediaAddressFor("10.0.0.6", network).host).toBe("10.0.0.5");
  expect(() => toMediaAddressFor("10.0.0.6", local)).toThrow("SHOAL_SFU_URL");
});

test("is reached where it listens, unless it is said otherwise", () => {
  expect(toAdvertisedUrl("http://10.0.0.5:8091", "")).toBe("http://10.0.0.5:8091");
  expect(toAdvertisedUrl("http://0.0.0.0:8091", "https://sfu.internal/")).toBe("https://sfu.internal");
  expect(toAdvertisedUrl("http://0.0.0.0:8091", "")).not.toContain("0.0.0.0");
});

test("finds the address of a host, or refuses", async () => {
  expect(await toIp("192.0.2.9")).toBe("192.0.2.9");
  expect(await toIp("localhost")).toBe("127.0.0.1");
  await expect(toIp("nowhere.invalid")).rejects.toMatchObject({ code: "request.invalid" });
});

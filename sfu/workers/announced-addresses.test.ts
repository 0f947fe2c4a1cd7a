import { expect, test } from "vitest";
import { loadConfig } from "#common/node/config.ts";
import { findAnnouncedAddresses } from "./announced-addresses.ts";
import { workersConfig } from "./workers.config.ts";

const found = {
  rtcAnnouncedAddresses: [],
  rtcListenAddress: "0.0.0.0",
  publicUrl: "",
  ownAddresses: ["192.168.1.5", "fd00::5"],
  lookUp: async (host: string) => (host === "shoal.example" ? ["203.0.113.7", "2001:db8::7"] : []),
};

test.each([
  ["on one machine and in its network", {}, ["127.0.0.1", "192.168.1.5"]],
  ["behind a public address", { publicUrl: "https://203.0.113.9" }, ["203.0.113.9", "192.168.1.5"]],
  ["behind a host name", { publicUrl: "https://shoal.example" }, ["203.0.113.7", "192.168.1.5"]],
  ["behind a name that nobody knows", { publicUrl: "https://nowhere.example" }, ["192.168.1.5"]],
  ["once each", { publicUrl: "http://192.168.1.5:3000" }, ["192.168.1.5"]],
  ["in IPv6 too where it is heard", { rtcListenAddress: "::" }, ["127.0.0.1", "192.168.1.5", "fd00::5"]],
  ["where it listens", { rtcListenAddress: "10.0.0.1" }, ["10.0.0.1"]],
  ["as the operator says", { rtcAnnouncedAddresses: ["media.example"] }, ["media.example"]],
])("announces %s", async (_, options, addresses) => {
  expect(await findAnnouncedAddresses({ ...found, ...options })).toEqual(addresses);
});

test("takes a list with commas, and refuses what is no address", () => {
  const load = (list: string) => loadConfig(workersConfig, { SHOAL_RTC_ANNOUNCED_ADDRESSES: list });
  expect(load("").rtcAnnouncedAddresses).toEqual([]);
  expect(load("203.0.113.7, media.example,2001:db8::7").rtcAnnouncedAddresses).toEqual([
    "203.0.113.7",
    "media.example",
    "2001:db8::7",
  ]);
  expect(() => load("203.0.113.7;10.0.0.1")).toThrow("SHOAL_RTC_ANNOUNCED_ADDRESSES");
});

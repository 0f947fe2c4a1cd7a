import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";
import { ConfigError } from "#common/node/config.ts";

/** Whose `X-Forwarded-For` is believed. */
export interface TrustedProxies {
  isTrusted(address: string): boolean;
  /** The nearest address that is no trusted proxy's: that of whoever really asks. */
  toAddress(request: IncomingMessage): string;
}

/** Makes {@link TrustedProxies} of addresses and networks (`10.0.0.0/8`); throws {@link ConfigError} for other texts. */
export function createTrustedProxies(names: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const name of names) addTo(list, name);

  function isTrusted(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
    return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  }

  return {
    isTrusted,
    toAddress({ socket, headers }) {
      let address = socket.remoteAddress ?? "";
      const hops = (headers["x-forwarded-for"]?.toString() ?? "").split(",").map((hop) => hop.trim());
      while (isTrusted(address)) {
        const next = hops.pop();
        if (!next || isIP(next) === 0) break;
        address = next;
      }
      return address;
    },
  };
}

function addTo(list: BlockList, name: string): void {
  const [address = "", prefix] = name.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  const bits = prefix === undefined ? undefined : Number(prefix);
  const isNetwork =
    bits === undefined || (/^\d+$/.test(prefix ?? "") && bits <= (family === "ipv6" ? 128 : 32));
  if (isIP(address) === 0 || !isNetwork) {
    throw new ConfigError(`SHOAL_TRUSTED_PROXIES cannot name "${name}", which is no address and no network.`);
  }
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** Browsers try every address with every one of theirs: more only cost time. */
const maxAddresses = 8;
const lookupTimeoutMs = 2000;

export interface AnnouncedAddressesOptions {
  /** What the operator says; empty: find out. */
  readonly rtcAnnouncedAddresses: readonly string[];
  readonly rtcListenAddress: string;
  /** Address of the instance; empty: http://localhost. */
  readonly publicUrl: string;
  /** The machine's own addresses but loopback; default: asked of the system. */
  readonly ownAddresses?: readonly string[];
  /** The addresses of a host name; default: asked of the system. */
  readonly lookUp?: (host: string) => Promise<readonly string[]>;
}

/**
 * The addresses under which browsers may reach the WebRTC ports, the likeliest first: what the operator says; else the
 * listening address; else, when that is every address, those of the public address's host and the machine's own.
 */
export async function findAnnouncedAddresses(options: AnnouncedAddressesOptions): Promise<string[]> {
  const { rtcAnnouncedAddresses, rtcListenAddress, publicUrl } = options;
  if (rtcAnnouncedAddresses.length > 0) return [...rtcAnnouncedAddresses];
  if (!isAnyAddress(rtcListenAddress)) return [rtcListenAddress];
  const own = options.ownAddresses ?? listOwnAddresses();
  const host = new URL(publicUrl || "http://localhost").hostname.replace(/^\[|\]$/g, "");
  const ofHost = await findAddressesOf(host, options.lookUp ?? lookUpHost);
  const isHeard = (address: string) => isIP(address) === 4 || rtcListenAddress === "::";
  return [...new Set([...ofHost, ...own])].filter(isHeard).slice(0, maxAddresses);
}

/** Does this address stand for every address of the machine? */
export function isAnyAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** The machine's own addresses, without loopback and link-local ones. */
export function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
    .map(({ address }) => address);
}

async function findAddressesOf(
  host: string,
  lookUp: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  // a browser may resolve it to ::1, where nobody listens
  if (host === "localhost" || host.endsWith(".localhost")) return ["127.0.0.1"];
  return isIP(host) > 0 ? [host] : lookUp(host);
}

/** Empty when the name is not known, or not in time. */
async function lookUpHost(host: string): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), lookupTimeoutMs);
  });
  const found = lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => address),
    () => [],
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}

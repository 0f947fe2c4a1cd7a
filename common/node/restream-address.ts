import { lookup as lookupHost } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { ShoalError } from "../errors.ts";

/** An address that a stream may be sent to. */
export interface RestreamAddress {
  readonly protocol: "rtmp" | "rtmps";
  /** Name or address in its usual spelling; of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** As it was written. */
  readonly url: string;
}

/** Every network address of a host. */
export type HostLookup = (host: string) => Promise<readonly string[]>;

const lookupTimeoutMs = 5000;
const defaultPorts = { rtmp: 1935, rtmps: 443 } as const;
/** What has no meaning in a command line, a list of outputs or a log but its own. */
const plainUrlPattern = /^(rtmps?):\/\/[A-Za-z0-9[][A-Za-z0-9:/?&=%._~@!$*+,;[\]-]+$/;
const plainKeyPattern = /^[\x21-\x7e]+$/;
/** Names that mean this machine or this network, whatever a name server says. */
const innerNamePattern = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

const innerNetworks = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  innerNetworks.addSubnet(network, prefix, "ipv4");
  // what carries an IPv4 address in it (NAT64, 6to4) leads to the same place
  const [high, low] = toHexPair(network);
  innerNetworks.addSubnet(`64:ff9b::${high}:${low}`, 96 + prefix, "ipv6");
  innerNetworks.addSubnet(`2002:${high}:${low}::`, 16 + prefix, "ipv6");
}
for (const [network, prefix] of [
  ["::", 96],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  innerNetworks.addSubnet(network, prefix, "ipv6");
}

function toHexPair(address: string): [string, string] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

/** Is it an address of this machine, of its network, or of no single host? What is no address is one, too. */
export function isInnerAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  // a mapped IPv4 address (`::ffff:10.0.0.1`) is found among the IPv4 networks
  return innerNetworks.check(address, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Reads the address of a restream target: RTMP or RTMPS, no name or password in it, a host that is not plainly an inner
 * one. Throws `stream.bad_target`.
 */
export function parseRestreamUrl(url: string, { allowInner }: { allowInner: boolean }): RestreamAddress {
  const protocol = plainUrlPattern.exec(url)?.[1];
  if (protocol !== "rtmp" && protocol !== "rtmps") throw refuse("It must begin with rtmp:// or rtmps://.");
  // as http, of which a URL knows how hosts are spelled: 0x7f.1 is 127.0.0.1
  const spelled = `http${url.slice(protocol.length)}`;
  const parsed = URL.canParse(spelled) ? new URL(spelled) : undefined;
  if (!parsed) throw refuse("This is not an address.");
  if (url.includes("@")) throw refuse("It must not have a name or a password in it.");
  const host = parsed.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const isInner = isIP(host) ? isInnerAddress(host) : innerNamePattern.test(host);
  if (isInner && !allowInner) throw refuseInner();
  // a port that http would leave out is one that was said
  const port = Number(
    /^[^/?]*:(\d+)(?:[/?]|$)/.exec(url.slice(protocol.length + 3))?.[1] ?? defaultPorts[protocol],
  );
  return { protocol, host, port, url };
}

/** Throws `stream.bad_target` when a key cannot be the end of an address. */
export function assertRestreamKey(key: string): void {
  if (!plainKeyPattern.test(key)) throw refuse("Its key must be of plain letters, digits and signs.");
}

/**
 * The network addresses of a target's host, none of them an inner one: to be asked for again at each use, because a name
 * may lead elsewhere by then. Throws `stream.bad_target`.
 */
export async function resolveRestreamHost(
  { host }: Pick<RestreamAddress, "host">,
  options: { allowInner: boolean; lookup?: HostLookup },
): Promise<readonly string[]> {
  const addresses = await lookUp(host, options.lookup ?? lookupAll);
  if (!options.allowInner && addresses.some(isInnerAddress)) throw refuseInner();
  return addresses;
}

async function lookUp(host: string, lookup: HostLookup): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the name server does not answer")), lookupTimeoutMs);
  });
  try {
    const addresses = await Promise.race([lookup(host), late]);
    if (addresses.length === 0) throw new Error("the name has no address");
    return addresses;
  } catch (cause) {
    throw refuse("Its host cannot be found.", cause);
  } finally {
    clearTimeout(timer);
  }
}

async function lookupAll(host: string): Promise<string[]> {
  return (await lookupHost(host, { all: true })).map(({ address }) => address);
}

function refuse(reason: string, cause?: unknown): ShoalError {
  return new ShoalError("stream.bad_target", `A stream cannot be sent there. ${reason}`, { cause });
}

function refuseInner(): ShoalError {
  return refuse("Its host is one of this server's own network.");
}

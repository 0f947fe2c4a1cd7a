import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { TransportListenInfo } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { isAnyAddress, listOwnAddresses } from "../workers/announced-addresses.ts";

/** Where plain RTP and pipes between nodes are sent and received: never the open internet. */
export interface MediaAddress {
  readonly listenInfo: TransportListenInfo;
  /** As others are told it. */
  readonly host: string;
}

/** A key frame comes as one burst; the system gives as much of it as it allows. */
const bufferBytes = 4 * 1024 * 1024;
const socket = { protocol: "udp", sendBufferSize: bufferBytes, recvBufferSize: bufferBytes } as const;
const loopback: MediaAddress = { listenInfo: { ...socket, ip: "127.0.0.1" }, host: "127.0.0.1" };

/** The node's address for media within Shoal, from the address of its control interface. */
export function toMediaAddress(controlUrl: string): MediaAddress {
  const host = toHost(controlUrl);
  if (isLoopback(host)) return loopback;
  if (isIP(host) > 0) return { listenInfo: { ...socket, ip: host }, host };
  return { listenInfo: { ...socket, ip: "0.0.0.0", announcedAddress: host }, host };
}

/** From where to send to a host: what is bound to loopback cannot leave the machine. */
export function toMediaAddressFor(targetIp: string, own: MediaAddress): MediaAddress {
  if (isLoopback(targetIp)) return loopback;
  if (own !== loopback) return own;
  throw new ShoalError(
    "request.invalid",
    "Give this sfu an address of its network in SHOAL_SFU_URL, because it is asked to send media to another machine.",
  );
}

/** The control interface's address as others reach it: as set, else where it listens. */
export function toAdvertisedUrl(listening: string, advertised: string): string {
  if (advertised) return advertised.replace(/\/$/, "");
  const url = new URL(listening);
  if (isAnyAddress(toHost(listening))) url.hostname = listOwnAddresses()[0] ?? "127.0.0.1";
  return url.origin;
}

/** Is this host the machine itself and nothing else? */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** The host of an address, IPv6 without brackets. */
export function toHost(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}

/** mediasoup takes no names. */
export async function toIp(host: string): Promise<string> {
  if (isIP(host) > 0) return host;
  if (isLoopback(host)) return "127.0.0.1";
  try {
    const { address } = await lookup(host);
    return address;
  } catch (cause) {
    throw new ShoalError("request.invalid", `Nobody knows the host ${host}.`, { cause });
  }
}

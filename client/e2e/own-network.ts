import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Closer } from "#common/node/closer.ts";

const run = promisify(execFile);
const ip = (...args: string[]) => run("ip", args);

/** A network of its own on this machine, with one cable to it. Linux, and as root. */
export interface OwnNetwork {
  /** This machine's address, as it is reached from there. */
  readonly hostAddress: string;
  /** A program that starts another one there, with the arguments that it is given. */
  wrap(program: string, folder: string): Promise<string>;
  /** Pulls the cable, or puts it in again. */
  setCable(state: "up" | "down"): Promise<void>;
  close(): Promise<void>;
}

/** The two ends of a cable, of 198.18.0.0/15, which is kept for tests of networks (RFC 2544 appendix C.2.2). */
function pickAddresses(): [here: string, there: string] {
  const first = randomInt(2 ** 15) * 4;
  const toAddress = (place: number) => `198.${18 + (place >> 16)}.${(place >> 8) & 255}.${place & 255}`;
  return [toAddress(first + 1), toAddress(first + 2)];
}

/** Opens a network with nobody in it. */
export async function openOwnNetwork(): Promise<OwnNetwork> {
  const closer = new Closer();
  const tag = randomBytes(3).toString("hex");
  const [name, here, there] = [`shoal-${tag}`, `sh${tag}a`, `sh${tag}b`];
  const [hostAddress, otherAddress] = pickAddresses();
  try {
    await ip("netns", "add", name);
    closer.add("network", () => ip("netns", "del", name).then(() => {}));
    await ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name);
    // the other end goes with its network
    await ip("address", "add", `${hostAddress}/30`, "dev", here);
    await ip("link", "set", here, "up");
    for (const args of [
      ["address", "add", `${otherAddress}/30`, "dev", there],
      ["link", "set", "lo", "up"],
      ["link", "set", there, "up"],
      ["route", "add", "default", "via", hostAddress],
    ]) {
      await ip("-n", name, ...args);
    }
    return {
      hostAddress,
      async wrap(program, folder) {
        const path = join(folder, `in-${name}`);
        await writeFile(path, `#!/bin/sh\nexec ip netns exec ${name} '${program}' "$@"\n`);
        await chmod(path, 0o700);
        return path;
      },
      setCable: async (state) => void (await ip("link", "set", here, state)),
      close: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

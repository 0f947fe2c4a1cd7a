import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Closer } from "#common/node/closer.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { findNginx } from "../cli/setup/nginx.step.mjs";
import { cpuSecondsOf, defineBench, endProcess, forkModule, interleave, toResult } from "./bench.ts";

const videoId = "benchvideoaaaaa";
const revision = "r1";
/** Bytes of a 4 s segment at 0.2, 0.8, 2.5 and 5 Mbit/s. */
const segmentSizes = { "144p": 100_000, "360p": 400_000, "720p": 1_250_000, "1080p": 2_500_000 };
const segmentsPerRung = 16;
const bytesPerRound = 2 * 1024 ** 3;
const rounds = 5;
const startTimeoutMs = 10_000;

/** Bytes per second of processor time that a server spends on handing out segments. */
export const bench = defineBench({
  name: "segments",
  doc: "bytes per CPU-second of our media route against nginx with sendfile, same files, over loopback",
  async run(say) {
    const closer = new Closer();
    try {
      const dir = await mkdtemp(join(tmpdir(), "shoal-bench-"));
      closer.add("folder", () => rm(dir, { recursive: true, force: true }));
      const folder = join(dir, "storage");
      const paths = await writeSegments(folder);
      const nginx = await startNginx(dir, folder, closer);
      const warm = await startOurs(folder, 256, closer);
      const cold = await startOurs(folder, 0, closer);
      const medians = await interleave(
        rounds,
        {
          nginx: () => measure(nginx, paths),
          shoal: () => measure(warm, paths),
          "shoal without its memory cache": () => measure(cold, paths),
        },
        say,
      );
      const common = {
        goal: 0.3,
        better: "higher",
        baseline: medians.nginx,
        unit: "MB per CPU-second",
      } as const;
      return [
        toResult({ ...common, bench: "segments", ours: medians.shoal }),
        toResult({ ...common, bench: "segments-cold", ours: medians["shoal without its memory cache"] }),
      ];
    } finally {
      await closer.close();
    }
  },
});

interface Server {
  readonly origin: string;
  readonly pid: number;
}

/** Megabytes per second of the server's processor time, in one round. */
async function measure({ origin, pid }: Server, paths: readonly string[]): Promise<number> {
  const before = cpuSecondsOf(pid);
  const args = [origin, String(bytesPerRound), ...paths];
  const { message } = await forkModule(new URL("./segments-load.ts", import.meta.url), args);
  return z.number().parse(message) / 1e6 / (cpuSecondsOf(pid) - before);
}

async function writeSegments(folder: string): Promise<string[]> {
  const storage = await openFileStorage(folder);
  const paths: string[] = [];
  for (let number = 1; number <= segmentsPerRung; number++) {
    for (const [rung, sizeBytes] of Object.entries(segmentSizes)) {
      const key = storageLayout.media(
        videoId,
        revision,
        `${rung}/seg-${String(number).padStart(5, "0")}.m4s`,
      );
      await storage.put(key, randomBytes(sizeBytes));
      paths.push(`/${key}`);
    }
  }
  return paths;
}

async function startOurs(folder: string, cacheMib: number, closer: Closer): Promise<Server> {
  const url = new URL("./segments-server.ts", import.meta.url);
  const { child, message } = await forkModule(url, [folder, String(cacheMib)]);
  closer.add("our server", () => endProcess(child));
  const { port } = z.object({ port: z.number() }).parse(message);
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 };
}

async function startNginx(dir: string, folder: string, closer: Closer): Promise<Server> {
  const port = await findFreePort();
  const configPath = join(dir, "nginx.conf");
  await mkdir(join(dir, "nginx"));
  await writeFile(configPath, toNginxConfig(port, dir, folder));
  const program = findNginx();
  if (!program) throw new Error("This benchmark needs nginx: apt-get install nginx");
  const child = spawn(program, ["-c", configPath, "-p", dir, "-e", join(dir, "nginx/error.log")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  closer.add("nginx", () => endProcess(child));
  const origin = `http://127.0.0.1:${port}`;
  const giveUpAt = Date.now() + startTimeoutMs;
  while (!(await fetch(origin).catch(() => undefined))) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error("nginx did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { origin, pid: child.pid ?? 0 };
}

/** One process, so that its processor time is all of nginx's; otherwise as one would set it up for files. */
function toNginxConfig(port: number, dir: string, folder: string): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
worker_processes 1;
pid ${dir}/nginx/nginx.pid;
events { worker_connections 512; }
http {
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  access_log off;
  types { video/iso.segment m4s; }
  ${temp.map((name) => `${name}_temp_path ${dir}/nginx/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    add_header Cache-Control "public, max-age=31536000, immutable";
  }
}
`;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  server.close();
  await once(server, "close");
  return port;
}

import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { encodeVideo } from "./encode-video.ts";
import { aac, h264, makeClip, picture, testConfig, tone } from "./testing/clips.ts";
import { clip, hls, hostileSources, type Place } from "./testing/hostile-sources.ts";
import { createMemoryPublisher } from "./testing/memory-publisher.ts";
import { findProcesses } from "./testing/processes.ts";

describe("hostile sources are refused", () => {
  let place: Place | undefined;
  let server: Server | undefined;
  let connections = 0;

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), "shoal-hostile-"));
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await listen(server);
    const args = [...picture({ seconds: 4 }), ...tone({ seconds: 4 }), ...h264, ...aac];
    place = {
      dir,
      port,
      canaryPath: await makeClip(dir, { name: "canary.mp4", args }),
      plain: await readFile(await makeClip(dir, { name: "plain.mp4", args })),
      fastStart: await readFile(
        await makeClip(dir, { name: "fast.mp4", args: [...args, "-movflags", "+faststart"] }),
      ),
      matroska: await readFile(await makeClip(dir, { name: "plain.mkv", args })),
    };
  });
  afterAll(async () => {
    server?.close();
    if (place) await rm(place.dir, { recursive: true, force: true });
  });

  test.each(hostileSources)("$what → $code", { timeout: 60_000 }, async ({ code, make, what }) => {
    if (!place) throw new Error("the place is not there");
    const result = await tryEncode(place, await make(place), what);
    expect(result.error).toBeInstanceOf(ShoalError);
    expect(result.error).toMatchObject({ code });
    expect(String(result.error)).toMatch(/^ShoalError: [A-Z].{15,}\.$/);
    expect([...result.publisher.files.keys()]).toEqual([]);
    expect(result.publisher.states).toEqual([]);
    expectHandsOff(result, place);
    expect(connections).toBe(0);
  });

  test("a playlist in a comment is only a comment", { timeout: 60_000 }, async () => {
    if (!place) throw new Error("the place is not there");
    const comment = hls(`file://${place.canaryPath}`);
    const bytes = await clip(place, "comment.ogg", [
      ...tone(),
      "-metadata",
      `title=${comment}`,
      "-c:a",
      "libvorbis",
    ]);
    const result = await tryEncode(place, bytes, "comment");
    expect(result.error).toBeUndefined();
    expectHandsOff(result, place);
    // the trace, where there is one, does see what is opened
    if (result.trace !== "") expect(result.trace).toContain("comment-source.mp4");
  });
});

interface Tried {
  readonly error: unknown;
  readonly publisher: ReturnType<typeof createMemoryPublisher>;
  /** Files and sockets that the tools opened; nothing where the system cannot trace. */
  readonly trace: string;
}

async function tryEncode(place: Place, bytes: Buffer | string, what: string): Promise<Tried> {
  const workDir = join(place.dir, `job-${what.replace(/\W+/g, "-")}`);
  // the name is of no account: every one is called .mp4
  const sourcePath = join(workDir, "..", `${what.replace(/\W+/g, "-")}-source.mp4`);
  await writeFile(sourcePath, bytes);
  await mkdir(workDir);
  const before = await readdir(place.dir);
  const canaryBefore = await stat(place.canaryPath);
  const publisher = createMemoryPublisher();
  const tracing = await makeTracingTools(join(place.dir, `trace-${what.replace(/\W+/g, "-")}`));
  const error = await encodeVideo({
    sourcePath,
    workDir,
    doneParts: [],
    publish: publisher,
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
    config: { ...testConfig, ...tracing.config },
  }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(await readdir(workDir)).toEqual([]);
  expect(
    (await readdir(place.dir)).filter((name) => !before.includes(name) && !name.startsWith("trace-")),
  ).toEqual([]);
  expect((await stat(place.canaryPath)).mtimeMs).toBe(canaryBefore.mtimeMs);
  expect(await findProcesses(sourcePath)).toEqual([]);
  return { error, publisher, trace: await tracing.read() };
}

function expectHandsOff({ trace }: Tried, { canaryPath, port }: Place): void {
  expect(trace).not.toContain(canaryPath);
  expect(trace).not.toContain("/etc/passwd");
  expect(trace).not.toContain(`htons(${port})`);
  expect(trace).not.toMatch(/connect\(/);
}

/** FFmpeg and ffprobe under strace, where there is one; else themselves. */
async function makeTracingTools(dir: string) {
  const strace = ["/usr/bin/strace", "/bin/strace"].find((path) => existsSync(path));
  if (!strace) return { config: {}, read: async () => "" };
  await mkdir(dir);
  for (const tool of ["ffmpeg", "ffprobe"]) {
    const script = `#!/bin/sh\nexec ${strace} -qq -f -o "${dir}/$$.log" -e trace=open,openat,connect ${tool} "$@"\n`;
    await writeFile(join(dir, tool), script);
    await chmod(join(dir, tool), 0o755);
  }
  return {
    config: { ffmpegPath: join(dir, "ffmpeg"), ffprobePath: join(dir, "ffprobe"), encodeMemoryMib: 0 },
    async read() {
      const logs = (await readdir(dir)).filter((name) => name.endsWith(".log"));
      return (await Promise.all(logs.map((name) => readFile(join(dir, name), "utf8")))).join("\n");
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}

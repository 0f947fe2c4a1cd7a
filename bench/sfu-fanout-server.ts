import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorker, observer } from "mediasoup";
import type { Consumer, Worker } from "mediasoup/types";
import { plainPublisherSchema, tapSchema } from "#common/live/sfu-control.ts";
import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createLog } from "#common/node/log.ts";
import { openSecrets } from "../cli/supervisor/data-dir.ts";
import { liveConfig } from "../sfu/live/live.config.ts";
import { openSfu } from "../sfu/sfu.ts";
import { workersConfig } from "../sfu/workers/workers.config.ts";
import { fanout } from "./sfu-fanout.ts";

/*
 * One side of the fan-out in a process of its own: `<bare|shoal> <workers> <sink port>`. One picture comes by plain RTP and
 * is sent to 200 receivers. Says where to send; whenever it is asked, says what it has sent and used.
 */

const [side = "", workerCount = "1", sinkPort = "0"] = process.argv.slice(2);
const workers: Worker[] = [];
const consumers: Consumer[] = [];

observer.on("newworker", (worker) => {
  workers.push(worker);
  worker.observer.on("newrouter", (router) => {
    router.observer.on("newtransport", (transport) => {
      if (transport.type === "plain")
        transport.observer.on("newconsumer", (consumer) => consumers.push(consumer));
    });
  });
});

const target = { host: "127.0.0.1", port: Number(sinkPort) };
const port = side === "shoal" ? await openShoal() : await openBare();

/** Our rooms, by nothing but their control interface. */
async function openShoal(): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), "shoal-bench-"));
  const { internalToken: token } = openSecrets(dataDir);
  const config = loadConfig(
    { ...baseConfig, ...workersConfig, ...liveConfig },
    {
      SHOAL_DATA_DIR: dataDir,
      SHOAL_SFU_URL: "http://127.0.0.1:0",
      SHOAL_SIGNALING_URL: "http://127.0.0.1:9",
      SHOAL_SFU_WORKERS: workerCount,
      SHOAL_RTC_PORT: "0",
    },
  );
  const sfu = await openSfu(config, createLog("sfu", "warn"));
  await rm(dataDir, { recursive: true, force: true });
  const client = createInternalClient({ token });
  const path = "/live/rooms/benchroombenchr";
  const ask = { baseUrl: sfu.url, method: "POST" } as const;
  const tracks = [{ kind: "video", codec: "h264", payloadType: fanout.payloadType, ssrc: fanout.ssrc }];
  const { ports } = await client.ask({
    ...ask,
    path: `${path}/plain-publisher`,
    body: { tracks },
    reply: plainPublisherSchema,
  });
  for (let count = 0; count < fanout.consumerCount; count++) {
    await client.ask({
      ...ask,
      path: `${path}/taps`,
      body: { kind: "video", layer: null, ...target },
      reply: tapSchema,
    });
  }
  return ports[0] ?? 0;
}

/** What mediasoup's own documentation does for the same. */
async function openBare(): Promise<number> {
  const worker = await createWorker({ logLevel: "warn", disableLiburing: true });
  const codec = {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    parameters: { "packetization-mode": 1, "level-asymmetry-allowed": 1, "profile-level-id": "42e01f" },
  } as const;
  const router = await worker.createRouter({ mediaCodecs: [codec] });
  const listenInfo = { protocol: "udp", ip: "127.0.0.1" } as const;
  const entry = await router.createPlainTransport({ listenInfo, rtcpMux: false, comedia: true });
  const producer = await entry.produce({
    kind: "video",
    rtpParameters: {
      codecs: [{ ...codec, payloadType: fanout.payloadType }],
      encodings: [{ ssrc: fanout.ssrc }],
    },
  });
  const codecs = (router.rtpCapabilities.codecs ?? []).map((one) => ({ ...one, rtcpFeedback: [] }));
  for (let count = 0; count < fanout.consumerCount; count++) {
    const transport = await router.createPlainTransport({ listenInfo, rtcpMux: false });
    await transport.connect({ ip: target.host, port: target.port, rtcpPort: target.port + 1 });
    await transport.consume({ producerId: producer.id, rtpCapabilities: { codecs }, enableRtx: false });
  }
  return entry.tuple.localPort;
}

/** Packets that left, and the processor time of each worker and of this process; by the kernel's own finer count. */
async function count(): Promise<unknown> {
  const stats = await Promise.all(consumers.map((consumer) => consumer.getStats()));
  const usages = await Promise.all(workers.map((worker) => worker.getResourceUsage()));
  const { user, system } = process.cpuUsage();
  return {
    packetCount: stats.reduce((sum, [sent]) => sum + (sent?.packetCount ?? 0), 0),
    workerCpuSeconds: usages.map(({ ru_utime: userMs, ru_stime: systemMs }) => (userMs + systemMs) / 1000),
    ownCpuSeconds: (user + system) / 1e6,
  };
}

process.on("message", () => void count().then((totals) => process.send?.(totals)));
process.once("disconnect", () => process.exit(0));
process.send?.(port);

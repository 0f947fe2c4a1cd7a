import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { Closer } from "#common/node/closer.ts";
import {
  type BenchResult,
  defineBench,
  endProcess,
  forkModule,
  interleave,
  median,
  toResult,
} from "./bench.ts";
import { fanout } from "./sfu-fanout.ts";

const rounds = 5;
const totalsSchema = z.object({
  packetCount: z.int(),
  workerCpuSeconds: z.array(z.number()).min(1),
  ownCpuSeconds: z.number(),
});
type Totals = z.infer<typeof totalsSchema>;

/** One side with its receivers, and the capacity that each round has shown. */
interface Side {
  readonly child: ChildProcess;
  /** Where the publisher has to send to. */
  readonly port: number;
  /** Packets forwarded per CPU-second of the busiest worker. */
  readonly capacities: number[];
}

/** One publisher and 200 receivers: what a forwarded packet costs, and what a second worker brings. */
export const bench = defineBench({
  name: "sfu-fanout",
  doc: "CPU per forwarded packet, 1 publisher and 200 receivers, against a bare mediasoup script; two workers against one",
  async run(say) {
    const closer = new Closer();
    try {
      const sink = await fork(closer, "./sfu-fanout-sink.ts", []);
      const load = await fork(closer, "./sfu-fanout-load.ts", []);
      const open = async (side: string, workerCount: number): Promise<Side> => {
        const args = [side, String(workerCount), String(z.int().parse(sink.message))];
        const { child, message } = await fork(closer, "./sfu-fanout-server.ts", args);
        return { child, port: z.int().parse(message), capacities: [] };
      };
      const bare = await open("bare", 1);
      const one = await open("shoal", 1);
      const two = await open("shoal", 2);
      const medians = await interleave(
        rounds,
        {
          mediasoup: () => measureUsPerPacket(bare, load.child),
          shoal: () => measureUsPerPacket(one, load.child),
          "shoal with two workers": () => measureUsPerPacket(two, load.child),
        },
        say,
      );
      say(`${await ask(sink.child, "how many")} packets were heard`);
      return [
        toResult({
          bench: "sfu-fanout",
          goal: 1.05,
          better: "lower",
          ours: medians.shoal,
          baseline: medians.mediasoup,
          unit: "CPU-microseconds per forwarded packet",
        }),
        toSpreadResult(two, one),
      ];
    } finally {
      await closer.close();
    }
  },
});

function toSpreadResult(two: Side, one: Side): BenchResult {
  // the first round warms up
  const toCapacity = ({ capacities }: Side) => median(capacities.slice(1));
  return toResult({
    bench: "sfu-fanout-two-workers",
    goal: 1.8,
    better: "higher",
    ours: toCapacity(two),
    baseline: toCapacity(one),
    unit: "packets forwarded per CPU-second of the busiest worker",
  });
}

/** Processor time of a side, the process that leads its workers included, in microseconds per packet that left. */
async function measureUsPerPacket({ child, port, capacities }: Side, load: ChildProcess): Promise<number> {
  const before = await askTotals(child);
  await ask(load, port);
  const after = await askTotals(child);
  const packetCount = after.packetCount - before.packetCount;
  const least = fanout.packetsPerSecond * fanout.roundSeconds * fanout.consumerCount * 0.95;
  if (packetCount < least) throw new Error(`only ${packetCount} packets were forwarded`);
  const workerSeconds = after.workerCpuSeconds.map(
    (seconds, at) => seconds - (before.workerCpuSeconds[at] ?? 0),
  );
  capacities.push(packetCount / Math.max(...workerSeconds));
  const seconds = workerSeconds.reduce((sum, one) => sum + one, after.ownCpuSeconds - before.ownCpuSeconds);
  return (seconds * 1e6) / packetCount;
}

async function askTotals(child: ChildProcess): Promise<Totals> {
  return totalsSchema.parse(await ask(child, "totals"));
}

async function ask(child: ChildProcess, question: string | number): Promise<unknown> {
  child.send(question);
  const [answer]: unknown[] = await once(child, "message");
  return answer;
}

async function fork(closer: Closer, module: string, args: readonly string[]) {
  const forked = await forkModule(new URL(module, import.meta.url), args);
  closer.add(module, () => endProcess(forked.child));
  return forked;
}

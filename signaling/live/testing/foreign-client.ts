import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { findForeignClients } from "../../../cli/setup/foreign-clients.step.mjs";

/** What the scripts say. */
const newsSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("state"), state: z.string() }),
  z.object({ event: z.literal("answered"), status: z.int(), etag: z.string().nullable() }),
  z.object({ event: z.literal("refused"), status: z.int(), body: z.string() }),
  z.object({
    event: z.literal("frames"),
    kind: z.enum(["audio", "video"]),
    count: z.int(),
    heightPx: z.int().optional(),
  }),
  z.object({ event: z.literal("left"), status: z.int() }),
]);
/** One line of a script. */
export type ForeignNews = z.infer<typeof newsSchema>;

/** A Python process that publishes or watches. */
export interface ForeignClient {
  /** The first line for which `isIt`, of those said and those to come; throws when the process has ended before. */
  hear(isIt: (news: ForeignNews) => boolean): Promise<ForeignNews>;
  /** Lets it leave by DELETE and waits for its end. */
  leave(): Promise<void>;
  /** Ends it where it stands. */
  kill(): Promise<void>;
}

/** Starts one by aiortc or GStreamer, which only publishes; the caller ends it. */
export async function startForeignClient(
  engine: "aiortc" | "gstreamer",
  mode: "publish" | "watch",
  url: string,
  token?: string,
): Promise<ForeignClient> {
  const found = await findForeignClients();
  if (!found)
    throw new Error("there is neither aiortc nor GStreamer for Python: `npm test` installs them on Debian");
  const script = join(import.meta.dirname, `${engine}_client.py`);
  const child = spawn(found.python, [script, mode, url, ...(token === undefined ? [] : [token])], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  const said: ForeignNews[] = [];
  let trouble = "";
  let hasEnded = false;
  child.stderr.setEncoding("utf8").on("data", (text) => {
    trouble = (trouble + text).slice(-2000);
  });
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(newsSchema.parse(JSON.parse(line)));
    wake();
  });
  child.once("close", () => {
    hasEnded = true;
    wake();
  });
  return {
    hear: (isIt) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const news = said.find(isIt);
          if (!news && !hasEnded) return;
          waiting.delete(look);
          if (news) resolve(news);
          else reject(new Error(`${engine} ended: ${trouble}`));
        };
        waiting.add(look);
        look();
      }),
    async leave() {
      child.stdin.end();
      await ended;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

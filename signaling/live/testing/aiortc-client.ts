import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { findAiortc } from "../../../cli/setup/aiortc.step.mjs";

const script = join(import.meta.dirname, "aiortc_client.py");

/** What the script says. */
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
/** One line of the script. */
export type AiortcNews = z.infer<typeof newsSchema>;

/** A Python process that publishes or watches with aiortc. */
export interface AiortcClient {
  /** The first line for which `isIt`, of those said and those to come; throws when the process has ended before. */
  hear(isIt: (news: AiortcNews) => boolean): Promise<AiortcNews>;
  /** Lets it leave by DELETE and waits for its end. */
  leave(): Promise<void>;
  /** Ends it where it stands. */
  kill(): Promise<void>;
}

/** Starts one; the caller ends it. */
export async function startAiortc(
  mode: "publish" | "watch",
  url: string,
  token?: string,
): Promise<AiortcClient> {
  const found = await findAiortc();
  if (!found) throw new Error("there is no aiortc: apt-get install python3-aiortc");
  const child = spawn(found.python, [script, mode, url, ...(token === undefined ? [] : [token])], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  const said: AiortcNews[] = [];
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
          else reject(new Error(`aiortc ended: ${trouble}`));
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

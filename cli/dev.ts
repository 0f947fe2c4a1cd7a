import { watch } from "node:fs";
import { join } from "node:path";
import { createServer } from "vite";
import { Closer } from "#common/node/closer.ts";
import { greet, runUntilSignal } from "./start.ts";
import { type Shoal, type ShoalProcessName, startShoal } from "./supervisor/start-shoal.ts";

const root = join(import.meta.dirname, "..");
const quietMs = 200;

/** Which processes run from which folder's code. */
const processesOfFolder: Record<string, readonly ShoalProcessName[]> = {
  common: ["sfu", "encoder", "signaling"],
  sfu: ["sfu"],
  encoder: ["encoder"],
  signaling: ["signaling"],
  pb_migrations: ["pocketbase"],
};

/** `npm run dev`: Shoal with reload; a process starts anew when its code changes, and Vite keeps the page fresh. */
export async function main(): Promise<void> {
  await runUntilSignal(async (signal) => {
    const closer = new Closer();
    try {
      const shoal = await startShoal({ signal });
      closer.add("shoal", () => shoal.close());
      const stopWatching = restartOnChange(shoal);
      closer.add("watchers", stopWatching);
      process.env.SHOAL_DEV_FRONT_DESK_URL = shoal.url;
      const page = await createServer({ configFile: join(root, "vite.config.ts") });
      closer.add("page", () => page.close());
      await page.listen();
      await greet(shoal);
      console.log("With reload:");
      page.printUrls();
      return closer;
    } catch (error) {
      await closer.close();
      throw error;
    }
  });
}

/** Gathers the changes of a moment, then restarts each process that they concern once. Returns how to stop. */
function restartOnChange(shoal: Shoal): () => void {
  const concerned = new Set<ShoalProcessName>();
  let timer: NodeJS.Timeout | undefined;
  const restart = () => {
    for (const name of concerned) shoal.restart(name);
    concerned.clear();
  };
  const watchers = Object.entries(processesOfFolder).map(([folder, names]) =>
    watch(join(root, folder), { recursive: true }, (_, path) => {
      if (!path || !/\.(ts|js)$/.test(path) || /\.test\.ts$/.test(path)) return;
      for (const name of names) concerned.add(name);
      clearTimeout(timer);
      timer = setTimeout(restart, quietMs);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

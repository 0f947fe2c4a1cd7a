import { once } from "node:events";
import { watch } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createServer as createViteServer } from "vite";
import { Closer } from "#common/node/closer.ts";
import { greet, runUntilSignal } from "./start.ts";
import { claimPort } from "./supervisor/ports.ts";
import { type Shoal, type ShoalProcessName, startShoal } from "./supervisor/start-shoal.ts";

const root = join(import.meta.dirname, "..");
const quietMs = 200;
const usualPort = 5173;

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
      const url = await servePage(closer);
      await greet(shoal);
      console.log(`With reload: ${url}\n`);
      return closer;
    } catch (error) {
      await closer.close();
      throw error;
    }
  });
}

/** Vite on a server of ours: on its own it would take SIGTERM and end the process before anything else is closed. */
async function servePage(closer: Closer): Promise<string> {
  const server = createServer();
  const page = await createViteServer({
    configFile: join(root, "vite.config.ts"),
    server: { middlewareMode: { server }, hmr: { server } },
  });
  closer.add("page", () => page.close());
  server.on("request", page.middlewares);
  const port = await claimPort(usualPort, "localhost").catch(() => 0);
  server.listen(port, "localhost");
  await once(server, "listening");
  closer.add("page server", () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://localhost:${typeof address === "object" ? address?.port : port}`;
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

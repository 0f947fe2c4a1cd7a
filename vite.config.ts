import { join } from "node:path";
import { defaultClientConditions, defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { cspStyleHashes } from "./client/playback/csp-style-hashes.ts";

const houseFolder = import.meta.dirname;
/** The front desk that `vite` in dev mode talks to; the built page is served by the front desk itself. */
const frontDeskUrl = process.env.SHOAL_DEV_FRONT_DESK_URL ?? "http://localhost:3000";
const frontDeskPaths = [
  "/trpc",
  "/api",
  "/upload/",
  "/media",
  "/socket",
  "/tracker",
  "/pb",
  "/whip",
  "/whep",
];

export default defineConfig({
  root: join(houseFolder, "client"),
  plugins: [solid(), cspStyleHashes()],
  // p2p-media-loader's build for browsers: its plain one reaches for Node's events and process
  resolve: { conditions: ["p2pml:core-as-bundle", ...defaultClientConditions] },
  build: {
    outDir: join(houseFolder, "client/dist"),
    emptyOutDir: true,
    target: "es2022",
    // the content security policy allows no data: addresses for scripts and styles
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      frontDeskPaths.map((path) => [
        path,
        // the front desk refuses unsafe requests from other origins, so the origin is translated too
        { target: frontDeskUrl, changeOrigin: true, ws: true, headers: { origin: frontDeskUrl } },
      ]),
    ),
  },
});

import { fileURLToPath } from "node:url";
import { build, defaultClientConditions } from "vite";
import { z } from "zod";

const builtSchema = z.array(z.object({ output: z.array(z.object({ code: z.string() })) }));

/** A module with all that it imports, as one script for a browser. */
export async function bundlePage(entry: URL): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    // as in the page that is built for people
    resolve: { conditions: ["p2pml:core-as-bundle", ...defaultClientConditions] },
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(entry), formats: ["iife"], name: "page" },
    },
  });
  const [code] = builtSchema.parse(Array.isArray(built) ? built : [built]).flatMap(({ output }) => output);
  if (code === undefined) throw new Error("the page could not be bundled");
  return code.code;
}

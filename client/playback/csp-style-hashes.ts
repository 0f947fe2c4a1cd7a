import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const fileName = "csp-style-hashes.json";

/**
 * Names the styles that media-chrome's elements write into their shadow roots, for a content security policy without
 * `'unsafe-inline'`: each is constant text, so its hash can be (CSP Level 3 §6.7.3.3). The build writes them to
 * `csp-style-hashes.json`, from where the front desk puts them into `style-src`.
 */
export function cspStyleHashes(): Plugin {
  return {
    name: "shoal:csp-style-hashes",
    apply: "build",
    async generateBundle() {
      const source = `${JSON.stringify(await collectStyleHashes(), null, 2)}\n`;
      this.emitFile({ type: "asset", fileName, source });
    },
  };
}

/** `'sha256-…'` of each style of the player's elements, sorted. */
export async function collectStyleHashes(): Promise<string[]> {
  const elements: Record<string, unknown> = await import("./media-chrome.ts");
  const hashes = new Set<string>();
  for (const element of Object.values(elements)) {
    for (const [, style = ""] of toTemplate(element).matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)) {
      hashes.add(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    }
  }
  return [...hashes].sort();
}

function toTemplate(element: unknown): string {
  if (typeof element !== "function" || !("getTemplateHTML" in element)) return "";
  const { getTemplateHTML } = element;
  return typeof getTemplateHTML === "function" ? String(getTemplateHTML.call(element, {}, {})) : "";
}

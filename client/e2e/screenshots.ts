import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import config from "../../playwright.config.ts";
import { listPages, openContext, openSite, themes, untilSettled } from "./site.ts";

/**
 * `npx tsx client/e2e/screenshots.ts [name …] [width …]`: every page, or the named ones, at 390 and 1440 px, or the given
 * widths, in both themes.
 */
const wanted = process.argv.slice(2).filter((text) => !/^\d+$/.test(text));
const widths = process.argv.slice(2).map(Number).filter(Number.isInteger);
const widthsPx = widths.length > 0 ? widths : [390, 1440];
const folder = await mkdtemp(join(tmpdir(), "shoal-screenshots-"));
const site = await openSite();
const browser = await chromium.launch(config.use?.launchOptions ?? {});
try {
  for (const { name, path, isLoggedIn } of listPages(site)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const theme of themes) {
      for (const widthPx of widthsPx) {
        const context = await openContext(browser, site, { isLoggedIn, theme, widthPx });
        const page = await context.newPage();
        await page.goto(site.shoal.url + path);
        await untilSettled(page);
        await page.screenshot({ path: join(folder, `${name}-${widthPx}-${theme}.png`) });
        await context.close();
      }
    }
  }
  console.log(folder);
} finally {
  await browser.close();
  await site.close();
}

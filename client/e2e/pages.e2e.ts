import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, type Page, test } from "@playwright/test";
import { readSecrets } from "#common/node/secrets.ts";
import { listPages, makePicture, openContext, openSite, type Site, themes, untilSettled } from "./site.ts";
import { startOwnShoal } from "./startup-shoal.ts";

const axePath = join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js");

let site: Site;
let axeSource = "";

test.beforeAll(async () => {
  test.setTimeout(300_000);
  axeSource = await readFile(axePath, "utf8");
  site = await openSite();
});

test.afterAll(() => site?.close());

declare global {
  interface Window {
    readonly axe: {
      run(
        where: Document,
      ): Promise<{ violations: { id: string; nodes: { target: unknown; html: string }[] }[] }>;
    };
  }
}

/** What axe-core finds, as lines that say where. `evaluate` is the debugger's: the page's own policy stays as it is. */
async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 120)}`),
    );
  });
}

for (const theme of themes) {
  for (const widthPx of [390, 1440]) {
    test(`no page has a flaw that axe finds: ${theme}, ${widthPx} px`, async ({ browser }) => {
      test.setTimeout(240_000);
      for (const { name, path, isLoggedIn } of listPages(site)) {
        await test.step(name, async () => {
          const context = await openContext(browser, site, { isLoggedIn, theme, widthPx });
          const page = await context.newPage();
          const broken: string[] = [];
          page.on("pageerror", (error) => broken.push(String(error)));
          await page.goto(site.shoal.url + path);
          await untilSettled(page);
          expect.soft(await findViolations(page), name).toEqual([]);
          expect.soft(broken, name).toEqual([]);
          // the ends of the range as well, in the same page
          for (const width of [widthPx, widthPx < 600 ? 360 : 1920]) {
            await page.setViewportSize({ width, height: 900 });
            const overflowPx = await page.evaluate(
              () => document.documentElement.scrollWidth - window.innerWidth,
            );
            expect.soft(overflowPx, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
          }
          await context.close();
        });
      }
    });
  }
}

test("dialogs, menus and lists have no flaw either", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: true, theme: "dark" });
  const page = await context.newPage();
  const openings = [
    { path: "/", open: () => page.getByRole("button", { name: "Your account" }).click(), shows: "menu" },
    {
      path: "/studio",
      open: () =>
        page
          .getByRole("button", { name: /^More for/ })
          .first()
          .click(),
      shows: "menu",
    },
    {
      path: `/watch/${site.videoId}`,
      open: () => page.getByRole("button", { name: "Share", exact: true }).click(),
      shows: "dialog",
    },
    {
      path: "/settings",
      open: () => page.getByRole("button", { name: "Delete the account" }).click(),
      shows: "dialog",
    },
    { path: "/search", open: () => page.getByRole("button", { name: /Category/ }).click(), shows: "listbox" },
  ] as const;
  for (const { path, open, shows } of openings) {
    await page.goto(site.shoal.url + path);
    await untilSettled(page);
    await open();
    await expect(page.getByRole(shows).first()).toBeVisible();
    expect.soft(await findViolations(page), path).toEqual([]);
  }
  await context.close();
});

test("the keyboard alone goes from the top of the page to a video", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: false, theme: "light" });
  const page = await context.newPage();
  await page.goto(site.shoal.url);
  await untilSettled(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("triangles");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Results for “triangles”");
  const title = page.getByRole("link", { name: "Triangles, all the way down" });
  await title.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Triangles, all the way down");
  await context.close();
});

test("home is light", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: true, theme: "light" });
  const page = await context.newPage();
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response.body());
  });
  await page.goto(site.shoal.url);
  await untilSettled(page);
  const sizesBytes = (await Promise.all(scripts)).map((script) => gzipSync(script).byteLength);
  expect(sizesBytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
  await context.close();
});

test("the theme that was chosen stands before the first paint, and stays", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: false, theme: "light" });
  const page = await context.newPage();
  await page.goto(site.shoal.url);
  await untilSettled(page);
  await page.getByRole("button", { name: "Dark theme" }).click();
  const readColor = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect.poll(readColor).toBe("rgb(7, 20, 26)");
  await page.goto(`${site.shoal.url}/login`, { waitUntil: "commit" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await untilSettled(page);
  expect(await readColor()).toBe("rgb(7, 20, 26)");
  await context.close();
});

test("the first administrator is made by the link that the start printed", async ({ browser }) => {
  const fresh = await startOwnShoal();
  const context = await browser.newContext({ reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    await page.goto(fresh.url);
    await expect(page.getByText("This Shoal has no administrator yet.")).toBeVisible();
    const { firstAdminToken } = readSecrets(join(fresh.folder, "data"));
    await page.goto(`${fresh.url}/first-run#${firstAdminToken}`);
    await page.getByLabel("Handle").fill("captain");
    expect(await findViolations(page)).toEqual([]);
    await page.getByLabel("Mail address").fill("captain@example.org");
    await page.getByLabel("Password").fill("a shoal of herring");
    await page.getByRole("button", { name: "Make the administrator" }).click();
    await expect(page).toHaveURL(/\/upload$/);
    await page.goto(`${fresh.url}/settings`);
    await expect(page.getByText("Your role here: admin.")).toBeVisible();
  } finally {
    await context.close();
    await fresh.close();
  }
});

test("a creator rewrites a video, gives it another picture, and deletes one", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: true, theme: "light" });
  const page = await context.newPage();
  await page.goto(`${site.shoal.url}/studio/${site.videoId}`);
  await page.getByLabel("Title").fill("A slower dive");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const picturePath = join(site.shoal.folder, "picture.png");
  await makePicture(picturePath);
  const posterBefore = await page.locator(".edit-picture img").getAttribute("src");
  await page.getByLabel("Choose a picture").setInputFiles(picturePath);
  await expect(page.getByText("The new picture is in place.")).toBeVisible({ timeout: 60_000 });
  expect(await page.locator(".edit-picture img").getAttribute("src")).not.toBe(posterBefore);
  await page.getByLabel("Choose a picture").setInputFiles(join(site.shoal.folder, "broken.mp4"));
  await expect(page.getByText("Not a picture we can read")).toBeVisible();

  await page.goto(`${site.shoal.url}/studio`);
  await page.getByRole("button", { name: "More for A file that fell into the water" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete it" }).click();
  await expect(page.getByText("The video is deleted.")).toBeVisible();
  await expect(page.getByRole("link", { name: "A file that fell into the water" })).toHaveCount(0);
  await page.goto(`${site.shoal.url}/watch/${site.videoId}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A slower dive");
  await context.close();
});

test("an account is made, writes about itself, and leaves", async ({ browser }) => {
  const context = await openContext(browser, site, { isLoggedIn: false, theme: "light" });
  const page = await context.newPage();
  await page.goto(`${site.shoal.url}/studio`);
  await expect(page).toHaveURL(/\/login\?next=%2Fstudio$/);
  await page.getByRole("link", { name: "Make an account" }).click();
  await page.getByLabel("Handle").fill("maya");
  await page.getByLabel("Mail address").fill("second@example.org");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Make an account" }).click();
  await expect(page.getByText("A password has at least 10 characters.")).toBeVisible();
  await page.getByLabel("Password").fill("a shoal of herring");
  await page.getByRole("button", { name: "Make an account" }).click();
  await expect(page.getByText("Somebody swims under this handle already. Choose another.")).toBeVisible();
  await page.getByLabel("Handle").fill("second");
  await page.getByRole("button", { name: "Make an account" }).click();
  await expect(page).toHaveURL(/\/studio$/);
  await expect(page.getByText("Your first video goes here")).toBeVisible();

  await page.goto(`${site.shoal.url}/settings`);
  await page.getByLabel("Name", { exact: true }).fill("The Second");
  await page.getByRole("button", { name: "Save the profile" }).click();
  await expect(page.getByText("Your profile is saved.")).toBeVisible();
  await page.goto(`${site.shoal.url}/@second`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The Second");

  await page.goto(`${site.shoal.url}/settings`);
  await page.getByRole("button", { name: "Delete the account" }).click();
  await page.getByLabel("Your password").fill("not this one");
  await page.getByRole("button", { name: "Delete everything" }).click();
  await expect(page.getByText("The mail address or the password is wrong.")).toBeVisible();
  await page.getByLabel("Your password").fill("a shoal of herring");
  await page.getByRole("button", { name: "Delete everything" }).click();
  await expect(page.getByRole("link", { name: "Log in" }).first()).toBeVisible();
  await page.goto(`${site.shoal.url}/@second`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No such channel");
  await context.close();
});

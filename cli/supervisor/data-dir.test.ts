import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "#common/node/config.ts";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { createSecrets, openDataDir, openSecrets } from "./data-dir.ts";

test("makes the folder, and lets no second Shoal in until it is given back", async () => {
  const dataDir = join(makeTempFolder(), "a", "b");
  const release = await openDataDir(dataDir);
  await expect(openDataDir(dataDir)).rejects.toThrow(
    new RegExp(
      `^Stop the other Shoal \\(process ${process.pid} on .*\\) or set SHOAL_DATA_DIR to another folder`,
    ),
  );
  release();
  (await openDataDir(dataDir))();
});

test("says in one sentence that the folder cannot be written", async () => {
  const file = join(makeTempFolder(), "file");
  writeFileSync(file, "");
  const refused = openDataDir(join(file, "data"));
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    /^Set SHOAL_DATA_DIR to a folder that this user may write, because .*ENOTDIR/,
  );
});

test("makes the secrets once, for this user only", () => {
  const dataDir = makeTempFolder();
  const secrets = openSecrets(dataDir);
  const path = join(dataDir, "secrets.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(new Set(Object.values(secrets)).size).toBe(6);
  chmodSync(path, 0o644);
  expect(openSecrets(dataDir)).toEqual(secrets);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("never replaces secrets that it cannot read", () => {
  const dataDir = makeTempFolder();
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "secrets.json");
  writeFileSync(path, '{ "grantKey": "short" }');
  expect(() => openSecrets(dataDir)).toThrow(/^Bring back .*secrets\.json from a backup/);
  expect(readFileSync(path, "utf8")).toBe('{ "grantKey": "short" }');
});

test("two instances share no secret", () => {
  const [one, other] = [createSecrets(), createSecrets()];
  expect(one.grantKey).not.toBe(other.grantKey);
  expect(one.pocketbasePassword).toMatch(/^[0-9a-f]{64}$/);
});

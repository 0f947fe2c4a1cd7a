import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { type OwnUser, sessionSchema, type UserRole } from "#common/accounts/user.ts";
import { Closer } from "#common/node/closer.ts";
import { loadConfig } from "#common/node/config.ts";
import { type Secrets, secretsPath } from "#common/node/secrets.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { type SignalingConfig, signalingConfig } from "../signaling.config.ts";
import { openSignaling } from "../signaling.ts";

/** The password of every account that {@link FrontDesk.makeAccount} makes. */
export const testPassword = "correct horse battery";

/** An account of a test, with a token. */
export interface TestAccount {
  readonly user: OwnUser;
  readonly email: string;
  readonly token: string;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, or the text when it is none. */
  readonly body: unknown;
  /** The code of a refusal; empty for what is none. */
  readonly code: string;
}

/** How a test asks. */
export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole front desk over a real PocketBase, in a folder of its own. */
export interface FrontDesk {
  readonly url: string;
  readonly dataDir: string;
  readonly pocketbase: TestPocketBase;
  readonly secrets: Secrets;
  ask(path: string, ask?: Ask): Promise<Answer>;
  makeAccount(role?: UserRole): Promise<TestAccount>;
  close(): Promise<void>;
}

let accountCount = 0;

/** Opens one; the caller closes it. `settings` are environment variables. */
export async function openFrontDesk(
  settings: Record<string, string> = {},
  log: Logger = pino({ level: "silent" }),
): Promise<FrontDesk> {
  const closer = new Closer();
  try {
    const pocketbase = await startTestPocketBase();
    closer.add("PocketBase", () => pocketbase.close());
    const dataDir = await mkdtemp(join(tmpdir(), "shoal-front-desk-"));
    closer.add("data folder", () => rm(dataDir, { recursive: true, force: true }));
    const secrets = makeSecrets(pocketbase);
    await writeFile(secretsPath(dataDir), JSON.stringify(secrets), { mode: 0o600 });
    const config: SignalingConfig = loadConfig(signalingConfig, {
      SHOAL_DATA_DIR: dataDir,
      SHOAL_PORT: "0",
      SHOAL_HOST: "127.0.0.1",
      SHOAL_PUBLIC_URL: "http://shoal.test",
      SHOAL_POCKETBASE_URL: pocketbase.url,
      SHOAL_RATE_LIMITS: "off",
      ...settings,
    });
    const signaling = await openSignaling(config, log);
    closer.add("front desk", () => signaling.close());
    const { url } = signaling;
    return {
      url,
      dataDir,
      pocketbase,
      secrets,
      ask: (path, ask) => askAt(url, path, ask),
      makeAccount: (role = "creator") => makeAccount(url, pocketbase, role),
      close: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

function makeSecrets(pocketbase: TestPocketBase): Secrets {
  return {
    pocketbaseEmail: pocketbase.email,
    pocketbasePassword: pocketbase.password,
    grantKey: "a1".repeat(32),
    swarmKey: "b2".repeat(32),
    internalToken: "c3".repeat(32),
    firstAdminToken: "d4".repeat(32),
  };
}

async function askAt(
  url: string,
  path: string,
  { method, token, body, headers = {} }: Ask = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: "manual",
  });
  const parsed = parse(await response.text());
  return { status: response.status, headers: response.headers, body: parsed, code: toCode(parsed) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toCode(body: unknown): string {
  if (typeof body !== "object" || body === null || !("error" in body)) return "";
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

async function makeAccount(url: string, pocketbase: TestPocketBase, role: UserRole): Promise<TestAccount> {
  accountCount += 1;
  const handle = `${role}-${accountCount}`;
  const email = `${handle}@shoal.test`;
  const client = await pocketbase.service.client();
  const account = { email, password: testPassword, passwordConfirm: testPassword, handle, role };
  await client.collection("users").create(account);
  const { body } = await askAt(url, "/api/users/login", { body: { email, password: testPassword } });
  const { user, token } = sessionSchema.parse(body);
  return { user, email, token };
}

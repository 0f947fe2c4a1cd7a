/** How a part answered. */
export type PartState = "ok" | "not ready" | "no answer";

/** Answer of `GET /readyz`. */
export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartState>>;
}

/** Asks one part; `false`: it answers, but says that it is not ready. Throws when it does not answer. */
export type PartCheck = (signal: AbortSignal) => Promise<boolean>;

const answerTimeoutMs = 2000;

/** Asks every part at once; those who ask meanwhile get the same answer. */
export function createReadiness(checks: Readonly<Record<string, PartCheck>>): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined;
  async function ask(): Promise<Readiness> {
    const states = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await askPart(check)] as const),
    );
    const parts = Object.fromEntries(states);
    return { ready: states.every(([, state]) => state === "ok"), parts };
  }
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

/** A part that says by `GET <url>` with 200 that it is ready. */
export function createHttpCheck(url: string): PartCheck {
  return async (signal) => {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    return response.ok;
  };
}

async function askPart(check: PartCheck): Promise<PartState> {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  const late = new Promise<"no answer">((resolve) => {
    timeout.addEventListener("abort", () => resolve("no answer"), { once: true });
  });
  const answer = check(timeout).then(
    (isReady): PartState => (isReady ? "ok" : "not ready"),
    (): PartState => "no answer",
  );
  return Promise.race([answer, late]);
}

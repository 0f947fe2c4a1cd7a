/** Bytes that were asked for before the player asked, with the times that its bandwidth estimate needs. */
export interface EarlyBytes {
  readonly bytes: ArrayBuffer;
  readonly startedAtMs: number;
  readonly firstByteAtMs: number;
  readonly endedAtMs: number;
}

/**
 * The first bytes of a playback, fetched all at once as soon as their addresses are known: initialisation and first
 * segment of picture and sound. They are handed over in the order of the addresses, each in a task of its own: hls.js
 * keeps sound that arrives before the picture until its next tick, which is up to 100 ms away. Whoever takes an address
 * gets its bytes once; `close` stops what nobody took.
 */
export class StartMedia {
  readonly #aborter = new AbortController();
  readonly #early = new Map<string, Promise<EarlyBytes>>();

  constructor(urls: readonly string[]) {
    let before: Promise<unknown> = Promise.resolve();
    for (const url of urls) {
      const fetched = fetchBytes(url, this.#aborter.signal);
      const bytes = Promise.allSettled([fetched, before])
        .then(nextTask)
        .then(() => fetched);
      // nobody may ever take it
      bytes.catch(() => {});
      this.#early.set(url, bytes);
      before = bytes;
    }
  }

  /** Takes the bytes of a path out; `undefined` when they were not fetched early. */
  take(path: string): Promise<EarlyBytes> | undefined {
    const bytes = this.#early.get(path);
    this.#early.delete(path);
    return bytes;
  }

  /** Stops every fetch; bytes that were taken and are still on their way fail too. */
  close(): void {
    this.#aborter.abort();
    this.#early.clear();
  }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function fetchBytes(url: string, signal: AbortSignal): Promise<EarlyBytes> {
  const startedAtMs = performance.now();
  const response = await fetch(url, { signal, priority: "high" });
  const firstByteAtMs = performance.now();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const bytes = await response.arrayBuffer();
  return { bytes, startedAtMs, firstByteAtMs, endedAtMs: performance.now() };
}

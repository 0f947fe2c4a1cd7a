import { ERRORS, type Lock, type Locker } from "@tus/server";

interface Held {
  /** Asks the holder to stop what it does. */
  readonly requestRelease: () => void | Promise<void>;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/**
 * One request at a time writes to an upload. A second one, as after a connection that died without a word,
 * asks the first to stop and waits for it; tus' own memory locker spins while it waits.
 */
export function createUploadLocker(acquireTimeoutMs = 30_000): Locker {
  const held = new Map<string, Held>();

  async function acquire(id: string, signal: AbortSignal, requestRelease: Held["requestRelease"]) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(acquireTimeoutMs)]);
    for (let holder = held.get(id); holder; holder = held.get(id)) {
      await holder.requestRelease();
      await Promise.race([holder.released, aborted(deadline)]);
      if (deadline.aborted) throw ERRORS.ERR_LOCK_TIMEOUT;
    }
    const { promise: released, resolve: release } = withResolvers();
    held.set(id, { requestRelease, released, release });
  }

  return {
    newLock(id): Lock {
      return {
        lock: (signal, requestRelease) => acquire(id, signal, requestRelease),
        async unlock() {
          const holder = held.get(id);
          held.delete(id);
          holder?.release();
        },
      };
    },
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Named timers: one of each name at a time, all gone with `close`. */
export class TimerSet {
  readonly #stops = new Map<string, () => void>();
  #isClosed = false;

  /** Calls once; a timer of that name that still waits is replaced. */
  after(name: string, delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#stops.delete(name);
      act();
    }, delayMs);
    this.#set(name, () => clearTimeout(timer));
  }

  every(name: string, intervalMs: number, act: () => void): void {
    const timer = setInterval(act, intervalMs);
    this.#set(name, () => clearInterval(timer));
  }

  isWaiting(name: string): boolean {
    return this.#stops.has(name);
  }

  stop(name: string): void {
    this.#stops.get(name)?.();
    this.#stops.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    for (const name of [...this.#stops.keys()]) this.stop(name);
  }

  #set(name: string, stop: () => void): void {
    this.stop(name);
    if (this.#isClosed) stop();
    else this.#stops.set(name, stop);
  }
}

/** How one supervised process is started, known to be open, and closed. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Folder that it runs in. */
  readonly cwd: string;
  /** Our own processes say `opened` over their IPC channel and close themselves when it breaks. */
  readonly hasChannel: boolean;
  /** For a process without a channel: asked again and again until it says yes. */
  readonly isOpen?: () => Promise<boolean>;
  /** A process that is not open by then is killed and started again. */
  readonly openTimeoutMs: number;
  /** A process that is not closed by then after SIGTERM is killed. */
  readonly closeTimeoutMs: number;
}

/** How long to wait before a process that died is started again. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that was open for this long starts again from `firstMs`. */
  readonly healthyMs: number;
}

/** Half a second, doubled each time up to half a minute, forgotten after a healthy minute. */
export const defaultBackoff: Backoff = { firstMs: 500, maxMs: 30_000, healthyMs: 60_000 };

/** The wait before the `attempt`th new start in a row (the first is 0). */
export function toBackoffMs(backoff: Backoff, attempt: number): number {
  return Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
}

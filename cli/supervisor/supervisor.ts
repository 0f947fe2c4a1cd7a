import { type Closable, Closer } from "#common/node/closer.ts";
import type { ProcessSpec } from "./process-spec.ts";
import { SupervisedProcess, type SupervisedProcessOptions } from "./supervised-process.ts";

/** What a {@link Supervisor} needs besides its specs. */
export interface SupervisorOptions extends Omit<SupervisedProcessOptions, "onSpawn"> {
  /** Hears of every new process. */
  readonly onSpawn?: (name: string, pid: number) => void;
}

/** Opens processes one after the other, keeps them alive, and closes them in the opposite order. */
export class Supervisor implements Closable {
  readonly #processes: readonly SupervisedProcess[];
  readonly #closer = new Closer();

  constructor(specs: readonly ProcessSpec[], options: SupervisorOptions) {
    const { onSpawn, ...rest } = options;
    this.#processes = specs.map(
      (spec) => new SupervisedProcess(spec, { ...rest, onSpawn: (pid) => onSpawn?.(spec.name, pid) }),
    );
    for (const child of this.#processes) this.#closer.add(child.name, () => child.close());
  }

  /** Resolves when all are open; when one cannot open, closes what was opened and throws. */
  async open(): Promise<void> {
    try {
      for (const child of this.#processes) await child.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The process ids that run now, by name. */
  pids(): Record<string, number> {
    return Object.fromEntries(
      this.#processes.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])),
    );
  }

  /** Ends one process in order and starts it anew. */
  restart(name: string): void {
    this.#processes.find((child) => child.name === name)?.restart();
  }

  close(): Promise<void> {
    return this.#closer.close();
  }
}

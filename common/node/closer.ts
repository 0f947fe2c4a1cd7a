/** Something that has a life. `close` is idempotent and closes children first. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Keeps what was opened and closes it in the opposite order.
 * Opening that fails half-way calls {@link Closer.close} and so undoes itself.
 */
export class Closer implements Closable {
  readonly #steps: Array<{ name: string; close: () => unknown }> = [];
  #closing: Promise<void> | undefined;

  /** Remembers how to close something; `name` appears when closing it fails. */
  add(name: string, close: () => unknown): void {
    this.#steps.push({ name, close });
  }

  /** Closes all, last opened first; throws an AggregateError at the end when some could not be closed. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: Error[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.close();
      } catch (cause) {
        errors.push(new Error(`could not close ${step.name}`, { cause }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "some parts could not be closed");
  }
}

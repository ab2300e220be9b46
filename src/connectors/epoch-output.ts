import type { Buffer } from 'node:buffer';
import type { EpochTarget, Target } from './connector.ts';

/**
 * A target that takes nothing back: stdout, a FIFO, a device. What is written is out, so that results of an epoch that
 * was not committed come again in the next run: at least once.
 */
export class EpochOutput implements EpochTarget {
  readonly atLeastOnce = true;
  readonly #open: () => Target | Promise<Target>;
  /** From `recover` to the end. */
  #target: Target | undefined;

  constructor(open: () => Target | Promise<Target>) {
    this.#open = open;
  }

  async recover(): Promise<void> {
    this.#target = await this.#open();
  }

  write(bytes: Buffer): undefined | Promise<void> {
    return this.#target?.write(bytes);
  }

  async prepare(): Promise<null> {
    return null;
  }

  async publish(): Promise<void> {}

  async end(trailer: Buffer): Promise<void> {
    if (trailer.length > 0) await this.#target?.write(trailer);
    await this.#target?.commit();
    this.#target = undefined;
  }

  async close(): Promise<void> {
    await this.#target?.abandon();
    this.#target = undefined;
  }
}

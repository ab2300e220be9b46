import type { Buffer } from 'node:buffer';
import type { Target } from './connector.ts';
import type { Output } from './stdout.ts';

/** A FIFO, a device, an inherited descriptor as a target: what is written is out, nothing takes it back. */
export class OutputTarget implements Target {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  write(bytes: Buffer): undefined | Promise<void> {
    return this.#output.write(bytes);
  }

  commit(): Promise<void> {
    return this.#output.close();
  }

  async abandon(): Promise<void> {
    this.#output.abandon();
  }
}

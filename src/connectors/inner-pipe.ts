import type { Buffer } from 'node:buffer';
import type { SplitReader, Target } from './connector.ts';

/** A pipe within the process: a write settles when its bytes have been read. */
export class InnerPipe implements Target, SplitReader {
  /** What was written and not read: #bytes[#at…); undefined: nothing. */
  #bytes: Buffer | undefined;
  #at = 0;
  /** Settles the write. */
  #taken: (() => void) | undefined;
  /** Wakes the read that waits. */
  #written: (() => void) | undefined;
  #ended = false;
  /** Nobody reads on: what is written is passed over. */
  #closed = false;

  /** It is open from the start: the end of it that is written. */
  open(): this {
    return this;
  }

  write(bytes: Buffer): undefined | Promise<void> {
    if (this.#closed || bytes.length === 0) return undefined;
    this.#bytes = bytes;
    this.#at = 0;
    return new Promise((resolve) => {
      this.#taken = resolve;
      this.#written?.();
    });
  }

  async commit(): Promise<void> {
    this.#end();
  }

  /** A stream that stops without its end says itself that it was cut off. */
  async abandon(): Promise<void> {
    this.#end();
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    const bytes = this.#bytes;
    if (bytes !== undefined) {
      const count = bytes.copy(target, offset, this.#at);
      this.#at += count;
      if (this.#at === bytes.length) this.#settle();
      return count;
    }
    if (this.#ended || this.#closed) return 0;
    return new Promise<void>((resolve) => {
      this.#written = resolve;
    }).then(() => {
      this.#written = undefined;
      return this.read(target, offset);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settle();
    this.#written?.();
  }

  #end(): void {
    this.#ended = true;
    this.#written?.();
  }

  #settle(): void {
    this.#bytes = undefined;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}

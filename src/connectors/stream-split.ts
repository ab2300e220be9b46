import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Split, SplitReader } from './connector.ts';
import { cannotRead } from './system-error.ts';

/** A Node stream of bytes as a location. */
export const streamSplit = (name: string, stream: Readable): Split => ({
  name,
  open: async (signal) => new StreamSplitReader(name, stream, signal),
});

class StreamSplitReader implements SplitReader {
  readonly #name: string;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer | string>;
  /** What the last chunk has left over. */
  #rest: Buffer | undefined;
  readonly #stop = (): void => void this.#stream.destroy();
  readonly #signal: AbortSignal;

  constructor(name: string, stream: Readable, signal: AbortSignal) {
    this.#name = name;
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop);
  }

  async read(target: Buffer, offset: number): Promise<number> {
    const chunk = this.#rest ?? (await this.#next());
    if (chunk === undefined) return 0;
    const count = chunk.copy(target, offset);
    this.#rest = count < chunk.length ? chunk.subarray(count) : undefined;
    return count;
  }

  /** The next chunk that is not empty; undefined at the end. */
  async #next(): Promise<Buffer | undefined> {
    for (;;) {
      let step: IteratorResult<Buffer | string>;
      try {
        step = await this.#chunks.next();
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        throw cannotRead(this.#name, error);
      }
      if (step.done === true) return undefined;
      const chunk = Buffer.from(step.value);
      if (chunk.length > 0) return chunk;
    }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#stream.destroy();
  }
}

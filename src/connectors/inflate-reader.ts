import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import zlib from 'node:zlib';
import type { TidemarkError } from '../errors.ts';
import { cannotDecompress, TRUNCATED } from './compressed-split.ts';
import type { SplitReader } from './connector.ts';
import { READ_PIECE } from './regular-reader.ts';
import { cannotRead, systemCode, systemReason } from './system-error.ts';

/** Decompresses gzip, of any number of members, or brotli in the thread pool, while the caller works. */
export class InflateReader implements SplitReader {
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #file: fs.ReadStream;
  readonly #inflated: zlib.Gunzip | zlib.BrotliDecompress;
  /** What is left of the piece that was inflated last. */
  #piece: Buffer | null = null;
  #error: Error | undefined;
  /** The last member's checksum was right and nothing follows it; or the reader was closed. */
  #done = false;
  /** Tells the waiting read to look again. */
  #wake: () => void = () => {};

  constructor(path: string, kind: 'gzip' | 'brotli', name: string, signal: AbortSignal) {
    this.#name = name;
    this.#signal = signal;
    const options = { chunkSize: READ_PIECE };
    const inflated = kind === 'gzip' ? zlib.createGunzip(options) : zlib.createBrotliDecompress(options);
    this.#inflated = inflated;
    // Not stream.pipeline: it calls back when all is written to the inflater, before that has found its end.
    this.#file = fs.createReadStream(path, { highWaterMark: READ_PIECE });
    this.#file.on('error', (error) => this.#inflated.destroy(error));
    this.#file.pipe(this.#inflated);
    this.#inflated.on('error', (error) => {
      this.#error = this.#failure(error);
      this.#wake();
    });
    this.#inflated.on('end', () => {
      // What stands behind the end of a brotli stream would be passed over in silence.
      if (kind === 'brotli' && this.#file.bytesRead > inflated.bytesWritten)
        this.#error = cannotDecompress(name, 'something follows its end');
      this.#done = true;
      this.#wake();
    });
    this.#inflated.on('readable', () => this.#wake());
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#signal.aborted) return 0;
    const piece = this.#piece ?? (this.#inflated.read() as Buffer | null);
    if (piece !== null) {
      const count = piece.copy(target, offset);
      this.#piece = count < piece.length ? piece.subarray(count) : null;
      return count;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#done) return 0;
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.read(target, offset));
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#file.destroy();
    this.#inflated.destroy();
    this.#piece = null;
    this.#done = true;
    this.#wake();
  }

  readonly #abort = (): void => this.#wake();

  #failure(error: Error): TidemarkError {
    const code = systemCode(error);
    // The errors of brotli are Node's own: ERR_…
    if (code.startsWith('E') && !code.startsWith('ERR_')) return cannotRead(this.#name, error);
    let reason = systemReason(error);
    if (code === 'Z_BUF_ERROR') reason = TRUNCATED;
    else if (code.startsWith('ERR_')) reason = 'it is damaged, or not brotli';
    return cannotDecompress(this.#name, reason, error);
  }
}

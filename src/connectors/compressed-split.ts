import { TidemarkError } from '../errors.ts';
import { type Compression, compressionOf } from '../formats/compression.ts';
import type { Split, SplitReader } from './connector.ts';
import { FileSplit } from './file-split.ts';

/**
 * A file read to its end, decompressed where the ending of its name says so.
 * @param path where it is opened: its name, when left out
 */
export function fileSplit(name: string, path = name): Split {
  const compression = compressionOf(name);
  return compression === undefined ? new FileSplit(path, name) : new CompressedSplit(name, path, compression);
}

/** What decompresses is loaded with the first such file. */
class CompressedSplit implements Split {
  readonly name: string;
  readonly #path: string;
  readonly #compression: Compression;

  constructor(name: string, path: string, compression: Compression) {
    this.name = name;
    this.#path = path;
    this.#compression = compression;
  }

  async open(signal: AbortSignal): Promise<SplitReader> {
    if (this.#compression === 'zstd') {
      const { ZstdReader } = await import('./zstd-reader.ts');
      return new ZstdReader(await new FileSplit(this.#path, this.name).open(signal), this.name, signal);
    }
    const { InflateReader } = await import('./inflate-reader.ts');
    return new InflateReader(this.#path, this.#compression, this.name, signal);
  }
}

export const TRUNCATED = 'it is truncated';

/** A file whose compressed bytes are not what they should be. */
export function cannotDecompress(name: string, reason: string, cause?: unknown): TidemarkError {
  const hint = cause instanceof TidemarkError ? cause.hint : undefined;
  return new TidemarkError('failed', `cannot decompress ${name}: ${reason}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

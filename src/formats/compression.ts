/** How a file is compressed: gzip (RFC 1952), brotli (RFC 7932), Zstandard (RFC 8878). */
export type Compression = 'gzip' | 'brotli' | 'zstd';

const ENDINGS: Readonly<Record<string, Compression>> = { gz: 'gzip', br: 'brotli', zst: 'zstd' };
const ENDING = /\.(gz|br|zst)$/i;

/** By the ending of a file's name; undefined: it is read as it is. */
export function compressionOf(name: string): Compression | undefined {
  const ending = ENDING.exec(name)?.[1];
  return ending === undefined ? undefined : ENDINGS[ending.toLowerCase()];
}

/** The name that the file had before it was compressed: `access.log` of `access.log.zst`. */
export const withoutCompression = (name: string): string => name.replace(ENDING, '');

import type { RecordBatch } from './format.ts';

/** A byte is escaped in JSON as this many bytes at most. */
export const LONGEST_ESCAPE = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** 0: the byte stands for itself in a JSON string; 1: `\u00XX`; else the letter behind the backslash. */
const ESCAPE = new Uint8Array(256).fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  ESCAPE[byte] = letter.charCodeAt(0);
}

const HEX = '0123456789abcdef';

/** The pairs of a backslash and a byte that a format means as JSON means them: those pass as they are. */
export const escapePairs = (bytes: string): Uint8Array => {
  const pairs = new Uint8Array(256);
  for (const byte of bytes) pairs[byte.charCodeAt(0)] = 1;
  return pairs;
};

export const NO_PAIRS = escapePairs('');

/**
 * Writes source[start, end) to target[at…] as the inside of a JSON string. The target has room for
 * LONGEST_ESCAPE times as many bytes.
 * @param pairs escapes of the source that are JSON's too (`escapePairs`)
 * @returns the index behind what was written
 */
export function escapeText(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
  pairs: Uint8Array,
): number {
  let out = at;
  for (let i = start; i < end; i++) {
    const c = source[i]!;
    const escape = ESCAPE[c]!;
    if (escape === 0) target[out++] = c;
    else if (escape === 1) {
      target[out++] = BACKSLASH;
      target[out++] = 0x75;
      target[out++] = 0x30;
      target[out++] = 0x30;
      target[out++] = 0x30 + (c >> 4);
      target[out++] = HEX.charCodeAt(c & 15);
    } else {
      target[out++] = BACKSLASH;
      if (c === BACKSLASH && i + 1 < end && pairs[source[i + 1]!] === 1) target[out++] = source[++i]!;
      else target[out++] = escape;
    }
  }
  return out;
}

/** Copies a few bytes. */
export function copyBytes(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  let out = at;
  for (let i = start; i < end; i++) target[out++] = source[i]!;
  return out;
}

/** Makes sure of room behind `out`, which is behind `used`, without losing what is written there. */
export function roomBehind(batch: RecordBatch, out: number, count: number): void {
  if (out + count <= batch.bytes.length) return;
  const used = batch.used;
  batch.used = out;
  batch.reserve(count);
  batch.used = used;
}

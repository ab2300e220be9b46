import type { RecordBatch } from './format.ts';

/** A byte is escaped in JSON as this many bytes at most. */
export const LONGEST_ESCAPE = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const CONTROL = 1;

/** 0: the byte stands for itself in a JSON string; CONTROL: `\u00XX`; else the letter behind the backslash. */
const ESCAPE = new Uint8Array(256).fill(CONTROL, 0, 0x20);
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
 * Writes b[start, end) to b[at…], behind it, as the inside of a JSON string. There is room for LONGEST_ESCAPE
 * times as many bytes.
 * @param pairs escapes of the source that are JSON's too (`escapePairs`)
 * @returns the index behind what was written
 */
export function escapeText(b: Uint8Array, at: number, start: number, end: number, pairs: Uint8Array): number {
  let out = at;
  for (let i = start; ; i++) {
    const run = i;
    while (i < end && ESCAPE[b[i]!] === 0) i++;
    out = copyText(b, out, run, i);
    if (i >= end) return out;
    const c = b[i]!;
    if (c === BACKSLASH && i + 1 < end && pairs[b[i + 1]!] === 1) {
      b[out++] = BACKSLASH;
      b[out++] = b[++i]!;
    } else out = escapeByte(b, out, c);
  }
}

/** Writes the escape of a byte that has one: a control character, a quote, a backslash. */
export function escapeByte(b: Uint8Array, at: number, c: number): number {
  let out = at;
  b[out++] = BACKSLASH;
  if (ESCAPE[c] !== CONTROL) b[out++] = ESCAPE[c]!;
  else {
    b[out++] = 0x75;
    b[out++] = 0x30;
    b[out++] = 0x30;
    b[out++] = 0x30 + (c >> 4);
    b[out++] = HEX.charCodeAt(c & 15);
  }
  return out;
}

/** Copies bytes within a buffer: many by the engine, few where the call would cost more. */
export function copyText(b: Uint8Array, at: number, start: number, end: number): number {
  if (end - start < 40) return copyBytes(b, at, b, start, end);
  b.copyWithin(at, start, end);
  return at + end - start;
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

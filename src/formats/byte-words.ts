import { Buffer } from 'node:buffer';

/**
 * Bytes by fours: a `DataView` reads and writes a word of 32 bits wherever it stands, as fast as a byte, and
 * four bytes are looked at by arithmetic on the word. Words are little-endian: the first byte is the lowest.
 */

/** The buffer that was asked for last, and its view. One of each, freed with the next. */
let viewed: Buffer | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

/** The view of a buffer; those of a batch stay the same from row to row. */
export function viewOf(b: Buffer): DataView {
  if (b !== viewed) {
    view = new DataView(b.buffer, b.byteOffset, b.length);
    viewed = b;
  }
  return view;
}

/** A byte, four times. */
export const fourOf = (byte: number): number => Math.imul(byte, 0x01010101);

const ONES = 0x01010101;
const HIGHS = 0x80808080 | 0;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/**
 * Where a word has a byte that JSON escapes in a string: a control character, a quote, a backslash. The highest
 * bit of the first of them is the lowest that is set; 0: there is none. Bits above it mean nothing ("Bit
 * Twiddling Hacks", determine if a word has a byte less than n).
 */
export function escapedBytes(word: number): number {
  const q = word ^ QUOTES;
  const s = word ^ BACKSLASHES;
  return (((q - ONES) & ~q) | ((s - ONES) & ~s) | ((word - SPACES) & ~word)) & HIGHS;
}

/** As `escapedBytes`, of bytes that are `one` or `other`, too: both from `fourOf`. */
export function specialBytes(word: number, one: number, other: number): number {
  const p = word ^ one;
  const o = word ^ other;
  return escapedBytes(word) | ((((p - ONES) & ~p) | ((o - ONES) & ~o)) & HIGHS);
}

/** How many bytes stand before the first that `escapedBytes` or `specialBytes` found. */
export const bytesBefore = (special: number): number => (31 - Math.clz32(special & -special)) >> 3;

/**
 * Copies [from, to) to `out`, and up to three bytes more on both sides: there is room for them, and what stands
 * there is written later.
 * @returns the index behind the copy
 */
export function copyWords(words: DataView, out: number, from: number, to: number): number {
  let at = out;
  for (let i = from; i < to; i += 4) {
    words.setInt32(at, words.getInt32(i, true), true);
    at += 4;
  }
  return out + to - from;
}

/** Writes words from `wordsOf` at `at`: with what fills the last one up, for which there is room. */
export function writeWords(words: DataView, at: number, text: Int32Array): void {
  let out = at;
  for (let i = 0; i < text.length; i++) {
    words.setInt32(out, text[i]!, true);
    out += 4;
  }
}

/** Bytes as words, the last one filled up with zeros. */
export function wordsOf(bytes: Buffer): number[] {
  const padded = Buffer.concat([bytes, Buffer.alloc(3)]);
  return Array.from({ length: (bytes.length + 3) >> 2 }, (_, i) => padded.readInt32LE(4 * i));
}

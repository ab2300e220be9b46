import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesBefore,
  copyWords,
  escapedBytes,
  fourOf,
  specialBytes,
  viewOf,
  wordsOf,
} from '../../src/formats/byte-words.ts';
import { escapePairs, escapeText, escapeWords, NO_PAIRS } from '../../src/formats/escape-text.ts';

/** Bytes that matter, those beside them, and any other. */
const byte = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0x1f,
    0x20,
    0x21,
    0x22,
    0x23,
    0x2c,
    0x2d,
    0x5b,
    0x5c,
    0x5d,
    0x7f,
    0x80,
    0x9f,
    0xa2,
    0xdc,
    0xff,
  ),
  fc.nat(255),
);
const four = fc.tuple(byte, byte, byte, byte).map((bytes) => Buffer.from(bytes));
const isEscaped = (c: number): boolean => c < 0x20 || c === 0x22 || c === 0x5c;

describe('a word of four bytes', () => {
  test('tells the first byte that JSON escapes', () => {
    fc.assert(
      fc.property(four, (bytes) => {
        const found = escapedBytes(bytes.readInt32LE());
        expect(found === 0 ? -1 : bytesBefore(found)).toBe(bytes.findIndex(isEscaped));
      }),
      { numRuns: 5000 },
    );
  });

  test('tells the first that is one of two others, too', () => {
    fc.assert(
      fc.property(four, byte, byte, (bytes, one, other) => {
        const found = specialBytes(bytes.readInt32LE(), fourOf(one), fourOf(other));
        const first = bytes.findIndex((c) => isEscaped(c) || c === one || c === other);
        expect(found === 0 ? -1 : bytesBefore(found)).toBe(first);
      }),
      { numRuns: 5000 },
    );
  });

  test('holds up to four bytes of a text', () => {
    const text = Buffer.from('abcdef');
    expect(wordsOf(text)).toEqual([0x64636261, 0x6665]);
    expect(wordsOf(Buffer.alloc(0))).toEqual([]);
  });
});

describe('by words', () => {
  const text = fc.array(byte, { maxLength: 20 });
  const from = 5;
  /** A buffer with a text in it, and room behind it. */
  const around = (bytes: readonly number[]): Buffer =>
    Buffer.from([9, 9, 9, 9, 9, ...bytes, ...Buffer.alloc(7 * bytes.length + 16, 0x22)]);

  test('bytes are copied as they are', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        const b = around(bytes);
        const at = from + bytes.length + 1;
        expect(copyWords(viewOf(b), at, from, from + bytes.length)).toBe(at + bytes.length);
        expect([...b.subarray(at, at + bytes.length)]).toEqual(bytes);
      }),
    );
  });

  test('text is escaped as it is byte by byte', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(NO_PAIRS, escapePairs('"\\')), (bytes, pairs) => {
        const [one, other] = [around(bytes), around(bytes)];
        const end = from + bytes.length;
        const length = escapeText(one, end, from, end, pairs);
        expect(escapeWords(other, viewOf(other), end, from, end, pairs)).toBe(length);
        expect(other.subarray(0, length)).toEqual(one.subarray(0, length));
      }),
      { numRuns: 2000 },
    );
  });
});

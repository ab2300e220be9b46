import { Buffer, isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { invalidUtf8 } from '../../src/formats/invalid-utf8.ts';

test('the first byte that is no UTF-8 is found, and only where there is one', () => {
  const byte = fc.oneof(
    fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf),
    fc.constantFrom(0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff),
  );
  const piece = fc.oneof(
    fc.array(byte, { maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 2 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const bytes = Buffer.concat(pieces);
      const at = invalidUtf8(bytes, 0, bytes.length);
      expect(at < 0).toBe(isUtf8(bytes));
      if (at < 0) return;
      expect(isUtf8(bytes.subarray(0, at))).toBe(true);
      // Nothing that begins there is a character.
      for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
        expect(isUtf8(bytes.subarray(at, at + length))).toBe(false);
      }
    }),
    { numRuns: 2000 },
  );
});

import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyWords, placeFor, WORD_GAP, WordViews } from '../../src/json/copy-words.ts';

/** A view that begins anywhere in its memory. */
const buffer = (size: number, shift: number): Buffer => {
  const all = Buffer.allocUnsafeSlow(size + 16);
  return all.subarray(shift, shift + size);
};

describe('copying word by word', () => {
  it('copies bytes from anywhere, behind what was there before, and touches nothing else', () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.nat(7),
        fc.nat(20),
        fc.oneof(fc.nat(12), fc.nat(300), fc.integer({ min: 2040, max: 2060 })),
        fc.nat(20),
        fc.nat(9),
        (sourceShift, targetShift, start, length, used, behind) => {
          const source = buffer(start + length + behind, sourceShift);
          for (let i = 0; i < source.length; i++) source[i] = 1 + (i % 200);
          const target = buffer(used + WORD_GAP + length + 5, targetShift).fill(0);
          const [from, to] = [new WordViews(), new WordViews()];
          const place = placeFor(target, used, source, start);
          expect(place).toBeGreaterThanOrEqual(used);
          expect(place).toBeLessThanOrEqual(used + WORD_GAP);
          const end = copyWords(target, to.of(target), place, source, from.of(source), start, start + length);
          expect(end).toBe(place + length);
          expect(target.subarray(place, end).equals(source.subarray(start, start + length))).toBe(true);
          expect(target.subarray(0, used).every((byte) => byte === 0)).toBe(true);
          expect(target.subarray(end).every((byte) => byte === 0)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/epochs/crc32.ts';

describe('a CRC-32', () => {
  it.each([
    ['', '00000000'],
    // The check value of the catalogue of parametrised CRC algorithms.
    ['123456789', 'cbf43926'],
    ['The quick brown fox jumps over the lazy dog', '414fa339'],
  ])('of %j is %s', (text, sum) => {
    expect(crc32(Buffer.from(text))).toBe(sum);
  });
});

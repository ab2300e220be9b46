import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, xxh64 } from '../../src/aggregates/xxh64.ts';
import { referenceXxh64 } from '../reference/xxh64.ts';

function hashOf(bytes: Uint8Array): bigint {
  xxh64(Buffer.from([1, 2, 3, ...bytes, 4, 5]), 3, 3 + bytes.length);
  return (BigInt(digest.high >>> 0) << 32n) | BigInt(digest.low >>> 0);
}

describe('xxh64', () => {
  it('gives the hashes that xxHash is known by', () => {
    const known: [string, bigint][] = [
      ['', 0xef46db3751d8e999n],
      ['a', 0xd24ec4f1a98c6e5bn],
      ['abc', 0x44bc2cf5ad770999n],
    ];
    for (const [text, hash] of known) {
      expect(hashOf(Buffer.from(text))).toBe(hash);
      expect(referenceXxh64(Buffer.from(text))).toBe(hash);
    }
  });

  it('equals the reference in BigInt, for inputs of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(hashOf(bytes)).toBe(referenceXxh64(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

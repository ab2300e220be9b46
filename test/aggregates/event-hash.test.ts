import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { eventHash } from '../../src/aggregates/event-hash.ts';

const hashOf = (bytes: Buffer, time = 0, seed = 0): number => eventHash(seed, time, bytes, 0, bytes.length);

describe('eventHash', () => {
  it('is different for bytes that differ in one bit or two, and at any length', () => {
    const seen = new Set<number>();
    let count = 0;
    const add = (bytes: Buffer): void => {
      seen.add(hashOf(bytes));
      count++;
    };
    const bytes = Buffer.alloc(40, 0x61);
    for (let i = 0; i < 320; i++) {
      bytes[i >> 3]! ^= 1 << (i & 7);
      add(bytes);
      for (let j = i + 1; j < 320; j++) {
        bytes[j >> 3]! ^= 1 << (j & 7);
        add(bytes);
        bytes[j >> 3]! ^= 1 << (j & 7);
      }
      bytes[i >> 3]! ^= 1 << (i & 7);
    }
    for (let length = 0; length < 100; length++) add(Buffer.alloc(length));
    expect(seen.size).toBe(count);
  });

  it('depends on the time and the seed, also past 32 bits', () => {
    const bytes = Buffer.from('tide');
    const hashes = [
      hashOf(bytes),
      hashOf(bytes, 1),
      hashOf(bytes, 2 ** 32),
      hashOf(bytes, -1),
      hashOf(bytes, 0, 1),
      hashOf(bytes, 0, 2 ** 32),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
  });

  it('spreads evenly over its range', () => {
    const bins = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) bins[Math.floor(hashOf(Buffer.from(`"n":${i}`)) / 2 ** 47)]!++;
    // Chi-squared of 63 degrees of freedom is below 120 in all but one of 100,000 draws.
    expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(120);
  });

  it('does not depend on what stands around the bytes', () => {
    const text = Buffer.from('before tide behind');
    expect(eventHash(0, 5, text, 7, 11)).toBe(hashOf(Buffer.from('tide'), 5));
  });
});

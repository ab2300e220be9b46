import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { KeptTimes } from '../../src/operators/kept-times.ts';

const key = Buffer.from('1');
const keep = (kept: KeptTimes, time: number): boolean => kept.keep(time, key, 0, key.length);

describe('kept times', () => {
  it('are looked through without regard to how many of a key are held', () => {
    const kept = new KeptTimes(10);
    let passed = 0;
    for (let i = 0; i < 100_000; i++) passed += Number(keep(kept, i * 10));
    expect(passed).toBe(100_000);
    for (let i = 0; i < 100_000; i++) passed += Number(keep(kept, i * 10 + 5));
    expect(passed).toBe(100_000);
    kept.forget(Number.POSITIVE_INFINITY);
    expect(keep(kept, 5)).toBe(true);
  });

  it('reach over both ends of the stretch that they are found by', () => {
    const kept = new KeptTimes(10);
    expect([9, 0, 18, 19, -1, -2].map((time) => keep(kept, time))).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('are told apart where their distance is a multiple of 2^32', () => {
    const kept = new KeptTimes(1);
    expect([0, 2 ** 32, -(2 ** 32), 0].map((time) => keep(kept, time))).toEqual([true, true, true, false]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedTimes } from '../../src/operators/sorted-times.ts';
import { sortedByTime } from '../../src/operators/time-order.ts';

interface Timed {
  readonly time: number;
  readonly number: number;
}

const inOrder = (all: readonly Timed[]): Timed[] => [...all].sort((a, b) => a.time - b.time);

/** Takes those before `time` out of the runs, merged as a reader of runs would. */
function taken(times: SortedTimes, before: number): Timed[] {
  const all: Timed[] = [];
  for (const run of times.due(before))
    for (; run.from < run.to && run.first < before; run.from++)
      all.push({ time: run.first, number: run.numbers[run.from]! });
  return inOrder(all);
}

describe('sorting by time', () => {
  it.each([
    [0, 5],
    [1, 5],
    [17, 3],
    [900, 100],
    [1023, 2 ** 40],
    [1024, 1],
    [3000, 10],
    [5000, 2000],
    [5000, 2 ** 21],
    [5000, 2 ** 22 + 1],
    [5000, 2 ** 31],
    [5000, 2 ** 32],
    [5000, 2 ** 33],
    [5000, 2 ** 42],
    [5000, 2 ** 43],
    [5000, 2 ** 49],
  ])('keeps the order of equal times: %i of a range of %i', (count, range) => {
    const random = lcg(count + range);
    for (const least of [0, -62_167_219_200_000, 1_431_857_103_000, -range / 2]) {
      const times = Float64Array.from({ length: count + 3 }, () => Math.floor(least + random() * range));
      const numbers = Uint32Array.from(times, (_, i) => i);
      const expected = inOrder([...times.subarray(0, count)].map((time, number) => ({ time, number })));
      const sorted = sortedByTime({ times, numbers }, count);
      expect([...sorted.times.subarray(0, count)]).toEqual(expected.map(({ time }) => time));
      expect([...sorted.numbers.subarray(0, count)]).toEqual(expected.map(({ number }) => number));
    }
  });
});

describe('times that come and go', () => {
  const steps = fc.array(
    fc.record({
      count: fc.oneof(fc.nat(5), fc.nat(150), fc.constant(1500)),
      spread: fc.constantFrom(0, 1, 10, 1000, 2 ** 40),
      ahead: fc.nat(30),
      seed: fc.nat(1000),
    }),
    { maxLength: 30 },
  );

  it('leave in order when they are due, those of equal times as they came', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const times = new SortedTimes();
        let held: Timed[] = [];
        let watermark = 0;
        let next = 0;
        for (const { count, spread, ahead, seed } of drawn) {
          const random = lcg(seed);
          for (let i = 0; i < count; i++) {
            const one = { time: watermark + Math.floor(random() * spread), number: next++ };
            held.push(one);
            times.add(one.time, one.number);
          }
          watermark += ahead;
          const due = held.filter(({ time }) => time < watermark);
          held = held.filter(({ time }) => time >= watermark);
          expect(taken(times, watermark)).toEqual(inOrder(due));
        }
        expect(taken(times, Number.POSITIVE_INFINITY)).toEqual(inOrder(held));
        expect(times.due(Number.POSITIVE_INFINITY)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('are one run while they come in order, and few runs however they come', () => {
    const ordered = new SortedTimes();
    const mixed = new SortedTimes();
    const random = lcg(7);
    for (let i = 0; i < 100_000; i++) {
      ordered.add(i, i);
      mixed.add(i + Math.floor(random() * 50_000), i);
      if (i % 100 === 0) {
        taken(ordered, i - 5000);
        taken(mixed, i);
      }
    }
    expect(ordered.due(95_000)).toHaveLength(1);
    expect(mixed.due(100_000).length).toBeLessThan(20);
  });
});

/** A linear congruential generator (Numerical Recipes): the same numbers in each run. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

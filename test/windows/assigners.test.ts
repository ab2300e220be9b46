import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch, GLOBAL, UNMERGED } from '../../src/stream/batch.ts';
import type { Assigner } from '../../src/windows/assigner.ts';
import { cumulatingWindows } from '../../src/windows/cumulating.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { globalWindow } from '../../src/windows/global.ts';
import { sessionWindows } from '../../src/windows/session.ts';
import { slidingWindows } from '../../src/windows/sliding.ts';
import { windowsOf } from '../reference/windows.ts';

interface Assigned {
  readonly start: number;
  readonly end: number;
  readonly every: number;
  readonly count: number;
}

/** The windows of events at these times, assigned in one batch. */
function assigned(assigner: Assigner, ...times: number[]): Assigned[] {
  const batch = new Batch(times.length, 0);
  return times.map((time) => {
    const row = batch.addEvent(time, 0, 0, 1);
    batch.windowStart.fill(Number.NaN, row);
    batch.windowEnd.fill(Number.NaN, row);
    batch.windowCount[row] = 77;
    assigner.assign(batch, row);
    return {
      start: batch.windowStart[row]!,
      end: batch.windowEnd[row]!,
      every: batch.windowEvery[row]!,
      count: batch.windowCount[row]!,
    };
  });
}

const intervals = (assigner: Assigner, time: number): [number, number][] => {
  const [{ start, end, every, count }] = assigned(assigner, time) as [Assigned];
  return Array.from({ length: count }, (_, i) => [start + i * Math.max(0, every), end + i * Math.abs(every)]);
};

const instants = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
);
const sizes = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1e10 }));
const offsets = fc.oneof(fc.constant(0), fc.integer({ min: -1e10, max: 1e10 }));

describe('fixed windows', () => {
  it.each([
    [0, 0, [0, 10]],
    [9, 0, [0, 10]],
    [10, 0, [10, 20]],
    [-1, 0, [-10, 0]],
    [-10, 0, [-10, 0]],
    [-11, 0, [-20, -10]],
    [0, 3, [-7, 3]],
    [3, 3, [3, 13]],
    [2, 3, [-7, 3]],
    [0, -3, [-3, 7]],
    [0, 23, [-7, 3]],
    [-8, 3, [-17, -7]],
    [1_431_857_103_007, 0, [1_431_857_103_000, 1_431_857_103_010]],
  ])('hold from start to end: of size 10, %i ms with offset %i is in %j', (time, offset, window) => {
    expect(intervals(fixedWindows(10, offset), time)).toEqual([window]);
  });

  it('hold their times, and start at the offset plus whole sizes', () => {
    fc.assert(
      fc.property(
        fc.array(instants, { minLength: 1, maxLength: 9 }),
        sizes,
        offsets,
        (times, size, offset) => {
          const assigner = fixedWindows(size, offset);
          for (const [i, { start, end, count }] of assigned(assigner, ...times).entries()) {
            expect([end - start, count]).toEqual([size, 1]);
            expect(start <= times[i]! && times[i]! < end).toBe(true);
            expect(Math.abs((start - offset) % size)).toBe(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('sliding windows', () => {
  it.each([
    [
      10,
      5,
      0,
      7,
      [
        [0, 10],
        [5, 15],
      ],
    ],
    [
      10,
      5,
      0,
      10,
      [
        [5, 15],
        [10, 20],
      ],
    ],
    [
      10,
      5,
      0,
      9,
      [
        [0, 10],
        [5, 15],
      ],
    ],
    [
      10,
      5,
      0,
      -1,
      [
        [-10, 0],
        [-5, 5],
      ],
    ],
    [
      10,
      5,
      2,
      0,
      [
        [-8, 2],
        [-3, 7],
      ],
    ],
    [10, 10, 0, 10, [[10, 20]]],
    [10, 6, 0, 5, [[0, 10]]],
    [
      10,
      6,
      0,
      6,
      [
        [0, 10],
        [6, 16],
      ],
    ],
    [
      10,
      6,
      0,
      9,
      [
        [0, 10],
        [6, 16],
      ],
    ],
    [10, 6, 0, 10, [[6, 16]]],
    [
      10,
      4,
      0,
      8,
      [
        [0, 10],
        [4, 14],
        [8, 18],
      ],
    ],
    [
      10,
      4,
      0,
      10,
      [
        [4, 14],
        [8, 18],
      ],
    ],
    [
      7,
      3,
      -1,
      -1,
      [
        [-7, 0],
        [-4, 3],
        [-1, 6],
      ],
    ],
    [
      3,
      1,
      0,
      0,
      [
        [-2, 1],
        [-1, 2],
        [0, 3],
      ],
    ],
  ])('of size %i, every %i, with offset %i, that hold %i ms are %j', (size, every, offset, time, windows) => {
    expect(intervals(slidingWindows(size, every, offset), time)).toEqual(windows);
  });

  it('are all of the grid that hold a time', () => {
    const steps = fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(1, 1000),
    );
    fc.assert(
      fc.property(instants, steps, offsets, (time, [a, b, unit], offset) => {
        const [size, every] = [Math.max(a, b) * unit, Math.min(a, b) * unit];
        const expected = windowsOf(time, { kind: 'sliding', size, every, offset });
        expect({
          kind: 'intervals',
          intervals: intervals(slidingWindows(size, every, offset), time).map(([start, end]) => ({
            start,
            end,
          })),
        }).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('cumulating windows', () => {
  it.each([
    ['0 4', 0, 0],
    ['0 4', 0, 3],
    ['0 8', 0, 4],
    ['0 12', 0, 8],
    ['0 12', 0, 11],
    ['12 16', 0, 12],
    ['-12 0', 0, -1],
    ['-12 -8', 0, -9],
    ['-12 -8', 0, -12],
    ['-9 3', 3, 2],
    ['3 7', 3, 3],
    ['-14 -2', -2, -3],
  ])(
    'of size 12, every 4, begin with [%s) (with offset %i) for %i ms, and end with the longest',
    (shortest, offset, time) => {
      const [start, end] = shortest.split(' ').map(Number) as [number, number];
      const expected: [number, number][] = [];
      for (let each = end; each <= start + 12; each += 4) expected.push([start, each]);
      expect(intervals(cumulatingWindows(12, 4, offset), time)).toEqual(expected);
    },
  );

  it('are all that end behind a time', () => {
    const steps = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        instants,
        steps,
        fc.constantFrom(1, 1000),
        offsets,
        (time, [every, parts], unit, offset) => {
          const [size, step] = [every * parts * unit, every * unit];
          const expected = windowsOf(time, { kind: 'cumulate', size, every: step, offset });
          expect({
            kind: 'intervals',
            intervals: intervals(cumulatingWindows(size, step, offset), time).map(([start, end]) => ({
              start,
              end,
            })),
          }).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('sessions', () => {
  it('begin as the event by itself, for as long as the gap', () => {
    expect(assigned(sessionWindows(30), 5, -5)).toEqual([
      { start: 5, end: 35, every: 0, count: UNMERGED },
      { start: -5, end: 25, every: 0, count: UNMERGED },
    ]);
  });
});

describe('the global window', () => {
  it('takes the windows from events that had others', () => {
    expect(assigned(globalWindow(), 5)[0]!.count).toBe(GLOBAL);
  });
});

describe('what the header is told', () => {
  it.each([
    [fixedWindows(10, 3), { kind: 'fixed', size: 10, offset: 3 }],
    [slidingWindows(10, 5, 3), { kind: 'sliding', size: 10, every: 5, offset: 3 }],
    [cumulatingWindows(10, 5, 3), { kind: 'cumulate', size: 10, every: 5, offset: 3 }],
    [sessionWindows(10), { kind: 'session', gap: 10 }],
    [globalWindow(), { kind: 'global' }],
  ])('names the windows: %#', (assigner, windowing) => {
    expect(assigner.windowing).toEqual(windowing);
  });
});

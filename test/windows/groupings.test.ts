import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch, endOfWindow, startOfWindow, UNMERGED } from '../../src/stream/batch.ts';
import { cumulatingWindows } from '../../src/windows/cumulating.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { assign, type Grouping, NO_GROUP } from '../../src/windows/grouping.ts';
import { sessionWindows } from '../../src/windows/session.ts';
import { SessionGrouping } from '../../src/windows/session-grouping.ts';
import { SlicedGrouping } from '../../src/windows/sliced-grouping.ts';
import { slidingWindows } from '../../src/windows/sliding.ts';
import { TiledGrouping } from '../../src/windows/tiled-grouping.ts';

/** Groupings whose slots hold the number of their events, with the rows of state that they hold. */
const groupings = {
  tiled: () => {
    const grouping = new TiledGrouping();
    return { grouping, counts: grouping.columns.integers(), held: () => grouping.columns.count };
  },
  sliced: () => {
    const grouping = new SlicedGrouping((into, from) => {
      counts.values[into]! += counts.values[from]!;
    });
    const counts = grouping.columns.integers();
    return { grouping, counts, held: () => grouping.columns.count };
  },
  sessions: () => {
    const grouping = new SessionGrouping((into, from) => {
      counts.values[into]! += counts.values[from]!;
    });
    const counts = grouping.columns.integers();
    return { grouping, counts, held: () => grouping.columns.count + grouping.keys.count };
  },
};

const assigners = {
  tiled: fixedWindows(10, 0),
  sliced: slidingWindows(10, 4, 0),
  sessions: sessionWindows(5),
};

const kinds = fc.constantFrom('tiled' as const, 'sliced' as const, 'sessions' as const);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ time: fc.nat(60), key: fc.constantFrom('1', '"a"', 'null') }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.nat(60) }) },
);

/** Closes what is due; the bounds and groups of each window, by key. */
function close(grouping: Grouping, watermark: number, counts: { values: Int32Array }): string[] {
  const closed: string[] = [];
  while (grouping.due(watermark)) {
    grouping.closeNext();
    const { start, end, slots, count } = grouping.closed;
    const groups = [...slots.subarray(0, count)].map((slot) => {
      const key = grouping.keySlot(slot);
      const text = grouping.keys.keys.toString(
        'utf8',
        grouping.keys.keyStart(key),
        grouping.keys.keyEnd(key),
      );
      return `${text}=${counts.values[slot]}`;
    });
    closed.push(`[${start},${end}) ${groups.sort().join(' ')}`);
    grouping.release();
  }
  return closed;
}

function groupOf(grouping: Grouping, batch: Batch, key: string, watermark: number): number {
  const bytes = Buffer.from(key);
  return assign(grouping, batch, 0, { bytes, start: 0, end: bytes.length }, watermark);
}

/** Windows that overlap, and events in a run of them, as `dedup` may leave it. */
const overlapping = fc
  .tuple(
    fc.constantFrom([10, 1], [10, 4], [30, 1], [12, 3], [7, 7]),
    fc.boolean(),
    fc.constantFrom(0, 3, -20),
    fc.boolean(),
  )
  .filter(([[size, every], cumulates]) => !cumulates || size! % every! === 0)
  .map(([[size, every], cumulates, offset, reduced]) => ({
    assigner: cumulates ? cumulatingWindows(size!, every!, offset) : slidingWindows(size!, every!, offset),
    reduced,
  }));
const overlappingStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      time: fc.nat(90),
      key: fc.constantFrom('1', '"a"', 'null'),
      from: fc.nat(40),
      to: fc.nat(40),
    }),
  },
  { weight: 3, arbitrary: fc.record({ watermark: fc.nat(90) }) },
);

describe('groupings', () => {
  it('hold nothing when all windows have closed, and count from nothing in what comes then', () => {
    fc.assert(
      fc.property(kinds, fc.array(step, { maxLength: 80 }), (kind, steps) => {
        const { grouping, counts, held } = groupings[kind]();
        const batch = new Batch(1, 0);
        const results: string[][] = [[], []];
        for (const round of [0, 1]) {
          let watermark = Number.NEGATIVE_INFINITY;
          for (const one of steps) {
            if ('watermark' in one) {
              watermark = Math.max(watermark, one.watermark);
              results[round]!.push(...close(grouping, watermark, counts));
              continue;
            }
            batch.clear();
            batch.addEvent(one.time, 0, 0, 1);
            assigners[kind].assign(batch, 0);
            const group = groupOf(grouping, batch, one.key, watermark);
            if (group !== NO_GROUP) counts.values[group]!++;
          }
          results[round]!.push(...close(grouping, Number.POSITIVE_INFINITY, counts));
          expect(held()).toBe(0);
        }
        expect(results[1]).toEqual(results[0]);
      }),
      { numRuns: 400 },
    );
  });

  it('give of windows that overlap what each holds, whether they share it or not', () => {
    const steps = fc.array(overlappingStep, { maxLength: 120 });
    fc.assert(
      fc.property(overlapping, steps, fc.boolean(), ({ assigner, reduced }, drawn, drifts) => {
        const all = [true, false].map((shares) => {
          const grouping = new SlicedGrouping((into, from) => {
            counts.values[into]! += counts.values[from]!;
          }, shares);
          const counts = grouping.columns.integers();
          return { grouping, counts, closed: [] as string[] };
        });
        /** Events by window and key. */
        const held = new Map<string, Map<string, number>>();
        const ends = new Map<string, number>();
        const expected: string[] = [];
        let watermark = Number.NEGATIVE_INFINITY;
        const pass = (time: number): void => {
          watermark = Math.max(watermark, time);
          const due = [...held.keys()].filter((window) => ends.get(window)! <= watermark);
          for (const window of due.sort((a, b) => ends.get(a)! - ends.get(b)!)) {
            const groups = [...held.get(window)!].map(([key, count]) => `${key}=${count}`);
            expected.push(`${window} ${groups.sort().join(' ')}`);
            held.delete(window);
          }
          for (const { grouping, counts, closed } of all) closed.push(...close(grouping, watermark, counts));
        };
        const batch = new Batch(1, 0);
        for (const [i, one] of drawn.entries()) {
          const ahead = drifts ? i : 0;
          if ('watermark' in one) {
            pass(one.watermark / (drifts ? 3 : 1) + ahead);
            continue;
          }
          batch.clear();
          batch.addEvent((drifts ? Math.floor(one.time / 5) : one.time) + ahead, 0, 0, 1);
          assigner.assign(batch, 0);
          const count = batch.windowCount[0]!;
          const from = reduced ? one.from % count : 0;
          const left = reduced ? 1 + (one.to % (count - from)) : count;
          [batch.windowStart[0], batch.windowEnd[0]] = [
            startOfWindow(batch, 0, from),
            endOfWindow(batch, 0, from),
          ];
          batch.windowCount[0] = left;
          for (let index = 0; index < left; index++) {
            const [start, end] = [startOfWindow(batch, 0, index), endOfWindow(batch, 0, index)];
            if (end <= watermark) continue;
            const window = `[${start},${end})`;
            const groups = held.get(window) ?? new Map<string, number>();
            held.set(window, groups.set(one.key, (groups.get(one.key) ?? 0) + 1));
            ends.set(window, end);
          }
          for (const { grouping, counts } of all) {
            const group = groupOf(grouping, batch, one.key, watermark);
            if (group !== NO_GROUP) counts.values[group]!++;
          }
        }
        pass(Number.POSITIVE_INFINITY);
        for (const { grouping, closed } of all) {
          expect(closed).toEqual(expected);
          expect([grouping.columns.count, grouping.open]).toEqual([0, { keys: 0, windows: 0 }]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('merge a number of groups for a window that does not grow with the number of its slices', () => {
    for (const slices of [10, 100, 1000]) {
      let merges = 0;
      const grouping = new SlicedGrouping(() => {
        merges++;
      });
      const batch = new Batch(1, 0);
      const assigner = slidingWindows(slices, 1, 0);
      const windows = 4 * slices;
      for (let time = 0; time < windows; time++) {
        batch.clear();
        // One of three comes late.
        batch.addEvent(time % 3 === 0 ? time - Math.floor(slices / 2) : time, 0, 0, 1);
        assigner.assign(batch, 0);
        groupOf(grouping, batch, '1', time - 2);
        close(grouping, time - 2, { values: new Int32Array(1) });
      }
      expect(merges).toBeLessThan(windows * (10 + 4 * Math.log2(slices)));
    }
  });

  it('keep no key for an event that is late', () => {
    for (const kind of ['tiled', 'sliced', 'sessions'] as const) {
      const { grouping, held } = groupings[kind]();
      const batch = new Batch(1, 0);
      batch.addEvent(3, 0, 0, 1);
      assigners[kind].assign(batch, 0);
      expect(groupOf(grouping, batch, '1', 1000)).toBe(NO_GROUP);
      expect(grouping.missed).toBe(batch.windowCount[0] === UNMERGED ? 1 : batch.windowCount[0]);
      expect(held()).toBe(0);
    }
  });

  it('take events that say by their windows, not their time, where they belong', () => {
    const { grouping, counts } = groupings.sliced();
    const batch = new Batch(1, 0);
    batch.addEvent(1_000_000, 0, 0, 1);
    slidingWindows(10, 4, 0).assign(batch, 0);
    batch.windowStart[0] = 0;
    batch.windowEnd[0] = 10;
    batch.windowCount[0] = 2;
    counts.values[groupOf(grouping, batch, '1', 0)]!++;
    expect(close(grouping, 100, counts)).toEqual(['[0,10) 1=1', '[4,14) 1=1']);
  });

  it('find the place of an event among any number of open sessions of its key', () => {
    const count = 100_000;
    const key = { bytes: Buffer.from('1'), start: 0, end: 1 };
    const batch = new Batch(1, 0);
    const forwards = (i: number): number => i * 10;
    const backwards = (i: number): number => (count - i) * 10;
    const twice = (i: number): number => (i * 20) % (count * 10);
    for (const time of [forwards, backwards, twice]) {
      const { grouping } = groupings.sessions();
      for (let i = 0; i < count; i++) {
        batch.clear();
        batch.addEvent(time(i), 0, 0, 1);
        assigners.sessions.assign(batch, 0);
        assign(grouping, batch, 0, key, Number.NEGATIVE_INFINITY);
      }
      let closed = 0;
      for (; grouping.due(Number.POSITIVE_INFINITY); grouping.release()) {
        grouping.closeNext();
        closed += grouping.closed.count;
      }
      expect(closed).toBe(time === twice ? count / 2 : count);
    }
  });
});

import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch, UNMERGED } from '../../src/stream/batch.ts';
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

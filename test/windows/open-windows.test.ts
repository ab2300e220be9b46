import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenWindows } from '../../src/windows/open-windows.ts';

interface Entry {
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

const bounds = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 4 })) },
  { weight: 1, arbitrary: fc.constant([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) },
);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('open' as const), bounds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('advance' as const), to: fc.nat(12) }) },
);

describe('open windows', () => {
  it('are found by their bounds and closed in the order of their ends, as in a plain list', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const windows = new OpenWindows();
        let model: Entry[] = [];
        for (const one of steps) {
          if (one.kind === 'open') {
            const [start, length] = one.bounds as [number, number];
            const end = start + length || length;
            const known = model.find((entry) => entry.start === start && entry.end === end);
            expect(windows.find(start, end)).toBe(known?.number ?? -1);
            if (known !== undefined) continue;
            const number = windows.open(start, end);
            expect(model.every((entry) => entry.number !== number)).toBe(true);
            expect([windows.start(number), windows.end(number), windows.head(number)]).toEqual([
              start,
              end,
              -1,
            ]);
            windows.setHead(number, 1);
            model.push({ start, end, number });
          } else if (one.kind === 'close' && model.length > 0) {
            const [closed] = model.splice(one.pick % model.length, 1);
            windows.close(closed!.number);
          } else if (one.kind === 'advance') {
            model.sort((a, b) => a.end - b.end || a.start - b.start);
            while (windows.due(one.to)) {
              const [first, ...others] = model;
              expect(windows.first).toBe(first!.number);
              expect(first!.end).toBeLessThanOrEqual(one.to);
              windows.close(windows.first);
              model = others;
            }
            expect(model.every(({ end }) => end > one.to)).toBe(true);
          }
          expect(windows.count).toBe(model.length);
          for (const { start, end, number } of model) expect(windows.find(start, end)).toBe(number);
          const starts = model.filter(({ start }) => start === 3).map(({ number }) => number);
          const found: number[] = [];
          for (let at = windows.startingAt(3); at >= 0; at = windows.nextOfStart(at)) found.push(at);
          expect(found.sort()).toEqual(starts.sort());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('use the numbers of closed ones again, so that they stay small', () => {
    const windows = new OpenWindows();
    for (let i = 0; i < 1000; i++) {
      const number = windows.open(i, i + 1);
      expect(number).toBeLessThan(2);
      if (i > 0) windows.close(windows.first);
    }
  });
});

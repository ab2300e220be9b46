import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { LATE } from '../../src/operators/operator.ts';
import { type DedupResult, dedupPerWindow, dedupWithin } from '../reference/dedup.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { generated, shown, stamped } from './streams.ts';

const dedup =
  (by: string, within?: number): MakeOperator =>
  (context) =>
    new Dedup({ by: parsePaths(by), within }, context);

const steps = (by: string): string[][] => by.split(',').map((field) => field.split('.'));

const events = (items: readonly Item[]): number => items.filter(({ kind }) => kind === 'event').length;

function expectEqual(outcome: Outcome, expected: DedupResult): void {
  expect(output(outcome)).toBe(printItems(expected.main));
  expect(output(outcome, LATE)).toBe(printItems(expected.late));
  expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
}

const keys = fc.constantFrom('k', 'k', 'k,o.id', 'v');

describe('dedup', () => {
  it('equals the plain reference in any windows', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), keys, feedings, async (items, by, feeding) => {
        const outcome = await run(dedup(by), printItems(items), feeding);
        expectEqual(outcome, dedupPerWindow(items, steps(by)));
      }),
      { numRuns: 300 },
    );
  });

  it('equals the plain reference behind another dedup', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        const outcome = await run([dedup('k'), dedup('o.id')], printItems(items), feeding);
        const first = dedupPerWindow(items, steps('k'));
        const second = dedupPerWindow(first.main, steps('o.id'));
        expect(output(outcome)).toBe(printItems(second.main));
      }),
      { numRuns: 300 },
    );
  });

  it('equals, with --within, a reference that never forgets', async () => {
    const distances = fc.constantFrom(1, 2, 3, 7, 8, 9, 100, 1000, 2500, 9001);
    await fc.assert(
      fc.asyncProperty(
        generated.map(({ items }) => [...items]),
        keys,
        distances,
        feedings,
        async (items, by, within, feeding) => {
          const outcome = await run(dedup(by, within), printItems(items), feeding);
          expectEqual(outcome, dedupWithin(items, steps(by), within));
          const passed = dedupWithin(items, steps(by), within);
          const duplicates = events(items) - events(passed.main) - passed.late.length;
          expect(outcome.counters.get('duplicates') ?? 0).toBe(duplicates);
        },
      ),
      { numRuns: 300 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATE, REJECTED } from '../../src/operators/operator.ts';
import { combine } from '../reference/combine.ts';
import { printItems } from '../reference/stream.ts';
import { calls, combineWith, referenceCall } from './combine-calls.ts';
import { feedings, output, run } from './harness.ts';
import { shown, stamped } from './streams.ts';

describe('combine', () => {
  it('equals the plain reference on any stream', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), calls, feedings, async (items, call, feeding) => {
        const outcome = await run(combineWith(call), printItems(items), feeding);
        const expected = combine(items, referenceCall(call));
        expect(output(outcome)).toBe(printItems(expected.main));
        expect(output(outcome, LATE)).toBe(printItems(expected.late));
        expect(output(outcome, REJECTED)).toBe(printItems(expected.rejected));
        expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
        expect(outcome.counters.get('rejected') ?? 0).toBe(expected.rejected.length);
      }),
      { numRuns: 400 },
    );
  });
});

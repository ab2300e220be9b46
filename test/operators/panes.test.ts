import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATE, REJECTED } from '../../src/operators/operator.ts';
import { PanedCombine } from '../../src/operators/paned-combine.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { combinePanes } from '../reference/panes.ts';
import { printItems } from '../reference/stream.ts';
import { type Call, calls, combineOptions, referenceCall } from './combine-calls.ts';
import { feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { paned, shownPaned } from './paned-streams.ts';
import { barriers, stopping } from './stopping.ts';

const panedWith =
  (call: Call, firing: Firing): MakeOperator =>
  (context) =>
    new PanedCombine(combineOptions(call), firing, context);

/** What stands behind the header, which has a test of its own. */
const body = (text: string): string => text.slice(text.indexOf('\n') + 1);

/** What was put out and counted: what is told may differ, as each run tells of itself. */
const given = ({ outputs, counters }: Outcome): unknown => ({
  outputs: new Map([...outputs].sort()),
  counters: new Map([...counters].sort()),
});

describe('combine under a trigger', () => {
  it('equals the plain reference on any stream, windows, trigger, mode and lateness', async () => {
    await fc.assert(
      fc.asyncProperty(shownPaned(paned), calls, feedings, async ({ items, firing }, call, feeding) => {
        const outcome = await run(panedWith(call, firing), printItems(items), feeding);
        const expected = combinePanes(items, referenceCall(call), firing);
        expect(body(output(outcome))).toBe(body(printItems(expected.main)));
        expect(output(outcome, LATE)).toBe(printItems(expected.late));
        expect(output(outcome, REJECTED)).toBe(printItems(expected.rejected));
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from its snapshots as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        shownPaned(paned),
        calls,
        barriers,
        feedings,
        async ({ items, firing }, call, at, feeding) => {
          const text = printItems(items);
          const make = panedWith(call, firing);
          expect(given(await run(stopping(make, at), text, feeding))).toEqual(
            given(await run(make, text, feeding)),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

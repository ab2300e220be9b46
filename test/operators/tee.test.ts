import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BRANCH } from '../../src/operators/operator.ts';
import { Tee } from '../../src/operators/tee.ts';
import { Window } from '../../src/operators/window.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { branchItems } from '../reference/branches.ts';
import { printItems } from '../reference/stream.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { shown, stamped } from './streams.ts';

const tee: MakeOperator = (context) => new Tee(3, context);

describe('tee', () => {
  it('passes the stream on as it is, but for its name in the header, and gives the same to each branch', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        const text = printItems(items);
        const outcome = await run(tee, text, feeding);
        expect(output(outcome)).toBe(text.replaceAll(/("commands":\[[^\]]*)/g, '$1,"tee"'));
        for (const branch of [0, 1, 2])
          expect(output(outcome, BRANCH + branch)).toBe(printItems(branchItems(items, () => true)));
      }),
      { numRuns: 150 },
    );
  });

  it('gives branches the events as they were, whatever is done to them behind it', async () => {
    const window: MakeOperator = (context) => new Window(fixedWindows(1000, 0), context);
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        const outcome = await run([tee, window], printItems(items), feeding);
        expect(output(outcome, BRANCH)).toBe(printItems(branchItems(items, () => true)));
      }),
      { numRuns: 50 },
    );
  });
});

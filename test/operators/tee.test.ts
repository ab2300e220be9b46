import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BRANCH, MAIN } from '../../src/operators/operator.ts';
import { Tee } from '../../src/operators/tee.ts';
import { Window } from '../../src/operators/window.ts';
import { settle } from '../../src/operators/work.ts';
import { Batch } from '../../src/stream/batch.ts';
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

  it('waits for the slowest of all', async () => {
    const settled: string[] = [];
    const slow = async (name: string, turns: number): Promise<void> => {
      for (let i = 0; i < turns; i++) await undefined;
      settled.push(name);
    };
    for (const main of [0, 30]) {
      settled.length = 0;
      const context = {
        emit: (number: number) => slow(String(number), number === MAIN ? main : number),
        emitMarker: () => undefined,
        connected: () => true,
        notice: () => {},
        count: () => {},
      };
      await settle(new Tee(3, context).onBatch(0, new Batch(1)));
      expect([...settled].sort()).toEqual(['0', '16', '17', '18']);
    }
  });

  it('leaves no failure of a branch unseen when what stands behind it fails at once', async () => {
    const context = {
      emit: (number: number) => {
        if (number === MAIN) throw new Error('behind');
        return Promise.reject(new Error('branch'));
      },
      emitMarker: () => undefined,
      connected: () => true,
      notice: () => {},
      count: () => {},
    };
    expect(() => new Tee(2, context).onBatch(0, new Batch(1))).toThrow('behind');
    // A rejection that nobody handles fails the run of the tests.
    await new Promise((resolve) => setImmediate(resolve));
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

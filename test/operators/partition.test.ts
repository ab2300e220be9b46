import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { BRANCH } from '../../src/operators/operator.ts';
import { Partition } from '../../src/operators/partition.ts';
import { branchItems, partOf } from '../reference/branches.ts';
import { type EventItem, printItems } from '../reference/stream.ts';
import { ev, GLOBAL_WINDOW, stream } from './brief.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { HeldSnapshot } from './resuming.ts';
import { shown, stamped } from './streams.ts';

const partition =
  (by: string, parts: number): MakeOperator =>
  (context) =>
    new Partition({ parts, by: parsePaths(by) }, context);

const steps = (by: string): string[][] => by.split(',').map((field) => field.split('.'));

describe('partition', () => {
  it('equals the plain reference: each event is in the part of its key, time is in all', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(stamped),
        fc.constantFrom('k', 'k', 'k,o.id', 'v'),
        fc.constantFrom(1, 2, 3, 16),
        feedings,
        async (items, by, parts, feeding) => {
          const outcome = await run(partition(by, parts), printItems(items), feeding);
          for (let part = 0; part < parts; part++) {
            const isOf = (event: EventItem): boolean => partOf(event, steps(by), parts) === part;
            expect(output(outcome, BRANCH + part)).toBe(printItems(branchItems(items, isOf)));
          }
          const rest = items.filter(
            ({ kind }) => kind !== 'event' && kind !== 'watermark' && kind !== 'tick',
          );
          expect(output(outcome).split('\n')).toHaveLength(rest.length + 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps a key in its part for ever: these were computed once', async () => {
    const keys = ['"a"', '"b"', '"192.0.2.7"', '1', 'null', '"é"'];
    const text = stream(GLOBAL_WINDOW, ...keys.map((key) => ev(1, `"k":${key}`)));
    const outcome = await run(partition('k', 1000), text);
    const parts = [...outcome.outputs].flatMap(([number, lines]) =>
      [...lines.matchAll(/"k":([^}]*)/g)].map(([, key]) => [key, number - BRANCH] as const),
    );
    expect(Object.fromEntries(parts)).toMatchInlineSnapshot(`
      {
        ""192.0.2.7"": 878,
        ""a"": 233,
        ""b"": 34,
        ""é"": 565,
        "1": 420,
        "null": 962,
      }
    `);
  });

  it('tells of a field that no event has', async () => {
    const { notices } = await run(partition('kay', 2), stream(GLOBAL_WINDOW, ev(1, '"k":1')));
    expect(notices).toEqual([
      'no event has a member kay: it was null for all 1 (see that the name is right)',
    ]);
  });

  it('holds nothing, and refuses to go on with other parts or another key', async () => {
    let operator: Partition | undefined;
    await run((context) => {
      operator = new Partition({ parts: 3, by: parsePaths('k,o.id') }, context);
      return operator;
    }, stream(GLOBAL_WINDOW));
    const { state } = operator!;
    const snapshot = new HeldSnapshot();
    state.save(snapshot);
    state.restore(snapshot);
    expect(state.compare(state.shape).refused).toEqual([]);
    expect(state.compare({ N: '4', '--by': 'k' }).refused).toEqual([
      'N was 4 and is 3',
      '--by was k and is k,o.id',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionCommand } from '../../src/commands/partition.ts';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { type Operand, operandOf, parseOperandTexts } from '../../src/expressions/operand.ts';
import { BRANCH, EXCESS, REJECTED } from '../../src/operators/operator.ts';
import { Partition } from '../../src/operators/partition.ts';
import { Throttle } from '../../src/operators/throttle.ts';
import { branchItems, partOf } from '../reference/branches.ts';
import { evaluate, type Plain, Rejected } from '../reference/expressions.ts';
import { parseMembers } from '../reference/json.ts';
import { type EventItem, type Item, printItems } from '../reference/stream.ts';
import { brief, ev, GLOBAL_WINDOW, stream } from './brief.ts';
import { mapWith } from './calling.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { HeldSnapshot } from './resuming.ts';
import { shown, stamped } from './streams.ts';

provideLanguage(language);

const operands = (text: string): Operand[] => parseOperandTexts(text).map(operandOf);

const partition =
  (by: string, parts: number): MakeOperator =>
  (context) =>
    new Partition({ parts, by: operands(by) }, context);

/** Of events that have come at once. */
const throttle =
  (by: string, burst: number): MakeOperator =>
  (context) =>
    new Throttle(
      { interval: 1000, burst, by: operands(by), onExcess: 'drop' },
      { now: () => 0, sleep: async () => {} },
      context,
    );

const KEY = 'v == 1 ? "one" : s < "b" || s == "c"';

/** The event with its key as a member; undefined: it has none. */
function keyed(event: EventItem): EventItem | undefined {
  const members = event.members.map(({ nameText, value }) => `${nameText}:${value.text}`).join(',');
  try {
    const key: Plain = evaluate(KEY, `{${members}}`);
    return { ...event, members: [...event.members, ...parseMembers(`"key":${JSON.stringify(key)}`)] };
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}

const VALUES = ['11', '12', '"x"', '25', '10', 'null', '21'];
const TEXT = stream(GLOBAL_WINDOW, ...VALUES.map((v, i) => ev(i, `"v":${v}`)));

describe('a key that is computed', () => {
  it('divides a stream as a member with its value would, and what has none is in no part', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(stamped),
        fc.constantFrom(1, 2, 16),
        feedings,
        async (items: readonly Item[], parts, feeding) => {
          const outcome = await run(partition(`key = ${KEY}`, parts), printItems(items), feeding);
          let rejected = 0;
          for (let part = 0; part < parts; part++) {
            const isOf = (event: EventItem): boolean => {
              const withKey = keyed(event);
              if (withKey === undefined && part === 0) rejected++;
              return withKey !== undefined && partOf(withKey, [['key']], parts) === part;
            };
            expect(output(outcome, BRANCH + part)).toBe(printItems(branchItems(items, isOf)));
          }
          expect(outcome.counters.get('rejected') ?? 0).toBe(rejected);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of partition names itself in the shape of the state, which has the count of rejected events', async () => {
    let operator: Partition | undefined;
    const outcome = await run((context) => {
      operator = new Partition({ parts: 2, by: operands('tens = int(v / 10)') }, context);
      return operator;
    }, TEXT);
    expect(brief(output(outcome, REJECTED))).toEqual(['2 "v":"x"']);
    const { state } = operator!;
    expect(state.shape).toEqual({ N: '2', '--by': 'tens = int(v / 10)' });
    const snapshot = new HeldSnapshot();
    state.save(snapshot);
    expect(snapshot.value('partition')).toEqual({ seen: ['v'], rejected: 1 });
    state.restore(snapshot);
  });

  it('has a bucket of its own in throttle, and what has none is left out before it takes a token', async () => {
    const outcome = await run(throttle('int(v / 10)', 1), TEXT);
    expect(brief(output(outcome))).toEqual(['0 "v":11', '3 "v":25', '5 "v":null']);
    expect(brief(output(outcome, EXCESS))).toEqual(['1 "v":12', '4 "v":10', '6 "v":21']);
    expect(brief(output(outcome, REJECTED))).toEqual(['2 "v":"x"']);
    expect(outcome.notices[0]).toMatch(
      /^line 4: '\/' does not take "x" and 10, in 'int\(v \/ 10\)': the event/,
    );
  });

  it('has a state of its own in map --js, which is told the key under its name', async () => {
    const make = mapWith(
      (_event, context) => {
        context.state.set('n', Number(context.state.get('n') ?? 0) + 1);
        return { ...context.key, n: context.state.get('n') };
      },
      { by: 'tens = int(v / 10)' },
    );
    const outcome = await run(make, TEXT);
    expect(brief(output(outcome))).toEqual([
      '0 "tens":1,"n":1',
      '1 "tens":1,"n":2',
      '3 "tens":2,"n":1',
      '4 "tens":1,"n":3',
      '5 "tens":null,"n":1',
      '6 "tens":2,"n":2',
    ]);
    expect(brief(output(outcome, REJECTED))).toEqual(['2 "v":"x"']);
    expect(outcome.counters.get('rejected')).toBe(1);
  });

  it('ends the run with map --js --on-error fail where it cannot be computed', async () => {
    const make = mapWith((event) => event, { by: 'int(v / 10)', onError: 'fail' });
    await expect(run(make, TEXT)).rejects.toMatchObject({
      code: 'failed',
      line: 4,
      message: `'/' does not take "x" and 10, in 'int(v / 10)'`,
    });
  });

  it('is told to be of --by where it is wrong', () => {
    const given = (by: string) => ({
      kind: undefined,
      arguments: ['2'],
      options: new Map<string, unknown>([
        ['by', parseOperandTexts(by)],
        ['to', ['part{}']],
      ]),
    });
    expect(() => partitionCommand.build(given('int(v /)'))).toThrow(
      expect.objectContaining({ code: 'usage', where: '--by' }),
    );
  });
});

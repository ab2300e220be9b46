import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCommand, combineOptions } from '../../src/commands/combine.ts';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { operandOf, parseOperandTexts } from '../../src/expressions/operand.ts';
import { Combine } from '../../src/operators/combine.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { REJECTED } from '../../src/operators/operator.ts';
import { evaluate, type Plain, Rejected } from '../reference/expressions.ts';
import { parseMembers } from '../reference/json.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, stream, wm } from './brief.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { shown, stamped } from './streams.ts';

provideLanguage(language);

const combine =
  (aggregates: readonly string[], by = '', order = ''): MakeOperator =>
  (context) =>
    new Combine(optionsOf(aggregates, by, order), context);

const optionsOf = (aggregates: readonly string[], by: string, order = '') =>
  combineOptions({
    kind: undefined,
    arguments: aggregates,
    options: new Map<string, unknown>([
      ...(by === '' ? [] : [['by', parseOperandTexts(by)] as const]),
      ...(order === '' ? [] : [['order', order.split(';')] as const]),
    ]),
  });

const json = (value: Plain): string => {
  if (value === null || typeof value !== 'object')
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  if (value instanceof Map)
    return `{${[...value].map(([name, of]) => `${JSON.stringify(name)}:${json(of)}`)}}`;
  return `[${value.map(json)}]`;
};

const KEY = 'v == 1 ? "one" : s == "a"';
const OPERAND = 'v * 2 + 1';
const CONDITION = 'v > 0 || s == "a"';

/** The stream with what is computed written into its events beforehand; events that cannot be computed are left out. */
function precomputed(items: readonly Item[]): { items: Item[]; rejected: number } {
  let rejected = 0;
  const written = items.flatMap((item): Item[] => {
    if (item.kind !== 'event') return [item];
    const members = item.members.map(({ nameText, value }) => `${nameText}:${value.text}`).join(',');
    const of = (text: string): Plain => evaluate(text, `{${members}}`);
    try {
      const [key, condition] = [of(KEY), of(CONDITION)];
      const operand = condition === true ? of(OPERAND) : null;
      // What all count is computed for each event.
      of(OPERAND);
      const more = `"key":${json(key)},"operand":${json(of(OPERAND))},"chosen":${json(operand)},"taken":${condition === true ? 1 : 'null'}`;
      return [{ ...item, members: [...item.members, ...parseMembers(more)] }];
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      rejected++;
      return [];
    }
  });
  return { items: written, rejected };
}

describe('what is computed', () => {
  it('is as if it had been a member: keys, operands and conditions, over any stream', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        const ours = await run(
          combine(
            [
              `a = sum(${OPERAND})`,
              `b = list(${OPERAND}) where ${CONDITION}`,
              `n = count().where(${CONDITION})`,
            ],
            `key = ${KEY}`,
          ),
          printItems(items),
          feeding,
        );
        const before = precomputed(items);
        const theirs = await run(
          combine(['a = sum(operand)', 'b = list(chosen)', 'n = count(taken)'], 'key'),
          printItems(before.items),
          feeding,
        );
        expect(output(ours)).toBe(output(theirs));
        expect(ours.counters.get('rejected') ?? 0).toBe(before.rejected);
      }),
      { numRuns: 200 },
    );
  });

  it('gives results that are computed of others, in their place, and orders by them', async () => {
    const text = stream(
      fixed(10),
      ev(1, '"k":"a","v":1'),
      ev(2, '"k":"b","v":6'),
      ev(3, '"k":"a","v":2'),
      wm(10),
      ev(11, '"k":"a","v":null'),
    );
    const aggregates = [
      'n = count',
      'rate = n / 10',
      'share = sum(v).where(v > 1) / sum(v)',
      'twice = rate * 2',
      'until = window_end()',
    ];
    expect(brief(output(await run(combine(aggregates, 'k', 'rate * -1'), text)))).toEqual([
      '9.999 [0,10) "k":"a","n":2,"rate":0.2,"share":0.6666666666666666,"twice":0.4,"until":"1970-01-01T00:00:10.000Z"',
      '9.999 [0,10) "k":"b","n":1,"rate":0.1,"share":1,"twice":0.2,"until":"1970-01-01T00:00:10.000Z"',
      'W 10',
      '19.999 [10,20) "k":"a","n":1,"rate":0.1,"share":null,"twice":0.2,"until":"1970-01-01T00:00:20.000Z"',
    ]);
  });

  it('a result that cannot be computed is null, and that is told once', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"k":1,"v":0'), ev(2, '"k":2,"v":0'));
    const outcome = await run(combine(['x = count() / sum(v)'], 'k'), text);
    expect(brief(output(outcome))).toEqual(['1 "k":1,"x":null', '2 "k":2,"x":null']);
    expect(outcome.notices).toEqual(['x of a group cannot be computed: division by zero: it is null there']);
  });

  it('an event that cannot be computed is left out, told and kept', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"v":"x"'), ev(2, '"v":3'));
    const outcome = await run(combine(['n = count', 'x = sum(v * 2)']), text);
    expect(brief(output(outcome))).toEqual(['2 "n":1,"x":6']);
    expect(brief(output(outcome, REJECTED))).toEqual(['1 "v":"x"']);
    expect(outcome.notices[0]).toMatch(/'\*' does not take "x" and 2, in 'v \* 2': the event is left out/);
  });

  it('does not count for an aggregate whose condition is not true', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"v":"x","ok":false'), ev(2, '"v":3,"ok":true'), ev(3, '"v":4'));
    const outcome = await run(
      combine(['n = count', 'x = sum(v) where ok', 'y = sum(v * 2).where(ok)']),
      text,
    );
    expect(brief(output(outcome))).toEqual(['3 "n":3,"x":3,"y":6']);
    expect(output(outcome, REJECTED)).toBe('');
  });

  it('is the same in parts that are merged', async () => {
    const aggregates = ['n = count', 'share = count().where(v > 1) / n', 'big = sum(v * 10) where v > 1'];
    const text = stream(GLOBAL_WINDOW, ev(1, '"k":1,"v":1'), ev(2, '"k":1,"v":5'), ev(3, '"k":2,"v":2'));
    const options = optionsOf(aggregates, 'half = k / 2');
    const part = await run((context) => combinePart(options, context), text);
    const merged = await run((context) => new CombineParts(options, context), output(part));
    expect(brief(output(merged))).toEqual(
      brief(output(await run(combine(aggregates, 'half = k / 2'), text))),
    );
  });

  it('makes keys of dedup, and leaves out what has none', async () => {
    const dedup: MakeOperator = (context) =>
      new Dedup({ by: parseOperandTexts('int(v / 10)').map(operandOf), within: undefined }, context);
    const text = stream(
      GLOBAL_WINDOW,
      ...['11', '12', '"x"', '25', '10', 'null', '21'].map((v, i) => ev(i, `"v":${v}`)),
    );
    const outcome = await run(dedup, text);
    expect(brief(output(outcome))).toEqual(['0 "v":11', '3 "v":25', '5 "v":null']);
    expect(brief(output(outcome, REJECTED))).toEqual(['2 "v":"x"']);
  });

  it('names itself in the shape of the state', () => {
    const make = (by: string, aggregate: string) =>
      combine(
        [aggregate],
        by,
      )({
        count: () => {},
        notice: () => {},
        connected: () => false,
        emit: () => undefined,
        emitMarker: () => undefined,
      } as never).state!.shape;
    expect(make('class = int(status / 100)', 'n = sum(bytes / 2) where ok')).toMatchObject({
      '--by': 'class = int(status / 100)',
      n: 'sum(bytes / 2) where ok',
    });
  });

  it('is loaded for the command where it is needed only', () => {
    const given = (text: string) => ({ kind: undefined, arguments: [text], options: new Map() });
    expect(combineCommand.load!(given('n = count'))).toBeUndefined();
  });
});

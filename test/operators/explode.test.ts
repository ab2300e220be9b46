import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expressions/expression.ts';
import { NOTHING_KNOWN } from '../../src/expressions/known-events.ts';
import { Explode } from '../../src/operators/explode.ts';
import { REJECTED } from '../../src/operators/operator.ts';
import { type Exploding, exploded, normalized } from '../reference/per-event.ts';
import { printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, stream, wm } from './brief.ts';
import { computable, sound } from './expression-streams.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';

const explode =
  ({ name, expression, split, position, keepEmpty = false }: Exploding): MakeOperator =>
  (context) =>
    new Explode(
      { list: { name, expression: parseExpression(expression) }, split, position, keepEmpty },
      context,
    );

const NAMES = ['a', 'b', 'é', 'new', 'x y', '@@t'];

const lists = fc.oneof(
  fc.constantFrom('a', 'b', 'a.b', 'c[0]', '[a, b, c]', '[1, "x", [2, 3], null]', 'a + [b]'),
  sound,
);

const explodings: fc.Arbitrary<Exploding> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    expression: lists,
    split: fc.constantFrom(undefined, (text: string) => text.split('a')),
    position: fc.constantFrom(undefined, ...NAMES),
    keepEmpty: fc.boolean(),
  })
  .filter(({ name, position, expression, split }) => {
    if (name === position) return false;
    const { kind } = parseExpression(expression).check(NOTHING_KNOWN);
    return ['any', 'null', 'list'].includes(kind) || (kind === 'string' && split !== undefined);
  })
  .map(({ split, position, ...rest }) => ({
    ...rest,
    ...(split === undefined ? {} : { split }),
    ...(position === undefined ? {} : { position }),
  }));

describe('explode', () => {
  it('equals the plain reference: an event for each element, in the place of the list, with time and windows', async () => {
    await fc.assert(
      fc.asyncProperty(computable, explodings, feedings, async (items, exploding, feeding) => {
        const outcome = await run(explode(exploding), printItems(items), feeding);
        const { items: passed, rejected } = exploded(items, exploding);
        const names = [exploding.name];
        expect(normalized(output(outcome), names).slice(1)).toEqual(
          normalized(printItems(passed), names).slice(1),
        );
        expect(output(outcome, REJECTED)).toBe(printItems(rejected));
      }),
      { numRuns: 500 },
    );
  });

  it('writes more events than a batch has rows, and more bytes, from one event', async () => {
    const long = 'y'.repeat(3000);
    const values = Array.from({ length: 20_000 }, (_, i) => i);
    const text = stream(
      GLOBAL_WINDOW,
      ev(1, `"k":"x","a":[${values}]`),
      wm(2),
      ev(3, `"p":"${long}","a":[1,2]`),
    );
    const lines = brief(output(await run(explode({ name: 'a', expression: 'a', position: 'n' }), text)));
    expect(lines).toHaveLength(20_003);
    expect(lines[19_999]).toBe('1 "k":"x","a":19999,"n":20000');
    expect(lines.slice(20_000)).toEqual([
      'W 2',
      `3 "p":"${long}","a":1,"n":1`,
      `3 "p":"${long}","a":2,"n":2`,
    ]);
  });

  it('copies elements as they are spelled', async () => {
    const text = stream(
      fixed(10),
      ev(1, '"a":[ 9007199254740993 , 1.50,"\\u00e9", {"x": [1]}, [ ], null ],"b":1'),
    );
    expect(brief(output(await run(explode({ name: 'a', expression: 'a' }), text)))).toEqual([
      '1 [0,10) "a":9007199254740993,"b":1',
      '1 [0,10) "a":1.50,"b":1',
      '1 [0,10) "a":"\\u00e9","b":1',
      '1 [0,10) "a":{"x": [1]},"b":1',
      '1 [0,10) "a":[ ],"b":1',
      '1 [0,10) "a":null,"b":1',
    ]);
  });

  it('lets an event without elements go on with null when it is asked to', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"a":[]'), ev(2, '"a":null'), ev(3), ev(4, '"a":[ ]'));
    const given = { name: 'a', expression: 'a', position: 'n' };
    expect(brief(output(await run(explode(given), text)))).toEqual([]);
    expect(brief(output(await run(explode({ ...given, keepEmpty: true }), text)))).toEqual([
      '1 "a":null,"n":null',
      '2 "a":null,"n":null',
      '3 "a":null,"n":null',
      '4 "a":null,"n":null',
    ]);
  });

  it('keeps the pane of a result', async () => {
    const pane = '"@pane":{"index":0,"timing":"early"}';
    const line = `{"@t":"1970-01-01T00:00:01.000Z",${pane},"a":[1,2]}\n`;
    const text = stream(GLOBAL_WINDOW).replace('{"@watermark"', `${line}{"@watermark"`);
    const lines = [1, 2].map((each) => line.replace('[1,2]', String(each)));
    expect(output(await run(explode({ name: 'a', expression: 'a' }), text))).toContain(lines.join(''));
  });

  it('rejects what is no list, and says so', async () => {
    const text = stream(
      GLOBAL_WINDOW,
      ev(1, '"a":"x y"'),
      ev(2, '"a":{"b":1}'),
      ev(3, '"a":7'),
      ev(4, '"a":[1]'),
    );
    const outcome = await run(explode({ name: 'a', expression: 'a' }), text);
    expect(brief(output(outcome))).toEqual(['4 "a":1']);
    expect(outcome.notices).toEqual([
      'line 2: a is "x y", no list (--split makes words of a text): the event is left out (--rejected-to FILE keeps such events)',
      '3 events were left out in all',
    ]);
  });

  it('says where an event is no JSON that nothing before has read to its end', async () => {
    const text = '{"@t":"1970-01-01T00:00:01.000Z","a":[1],"b":}\n';
    const exploding = explode({ name: 'a', expression: 'a' });
    await expect(run(exploding, text, undefined, { eof: 'drain' })).rejects.toThrow(
      'the line is no JSON object: expected a value',
    );
  });

  it('refuses what is never a list, and tells what elements are', async () => {
    const start = (schema: object): string =>
      stream(GLOBAL_WINDOW).replace('"branch":""', `"branch":"","schema":${JSON.stringify(schema)}`);
    const known = { a: { type: ['array'], items: { type: ['integer'] } }, s: { type: ['string'] } };
    const text = start({ properties: known, required: ['a'], additionalProperties: false });
    const given: Exploding = { name: 'a', expression: 'a', position: 'n' };
    const [first] = output(await run(explode(given), text)).split('\n');
    expect(JSON.parse(first!)['@stream'].schema).toMatchObject({
      properties: { a: { type: ['integer', 'null'] }, n: { type: ['integer', 'null'] } },
      additionalProperties: false,
    });
    await expect(run(explode({ name: 's', expression: 's' }), text)).rejects.toThrow(
      's is a string, and no list',
    );
    await expect(run(explode({ name: 'b', expression: 'b' }), text)).rejects.toThrow(
      "there is no member 'b'",
    );
  });
});

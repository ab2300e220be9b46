import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { parseExpression } from '../../src/expressions/expression.ts';
import { NOTHING_KNOWN } from '../../src/expressions/known-events.ts';
import { ANY, type Type } from '../../src/expressions/type.ts';
import { MapMembers } from '../../src/operators/map.ts';
import { REJECTED } from '../../src/operators/operator.ts';
import { type Mapping, mapped, normalized } from '../reference/per-event.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, stream, wm } from './brief.ts';
import { computable, sound } from './expression-streams.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { drained, header } from './streams.ts';

const mapWith =
  ({ assigned, only = false, drop = [], rename = {} }: Mapping): MakeOperator =>
  (context) => {
    const bindings = new Map<string, Type>();
    const assignments = assigned.map(([name, text]) => {
      const expression = parseExpression(text, bindings);
      bindings.set(name, ANY);
      return { name, expression };
    });
    const renames = Object.entries(rename).map(([from, to]) => ({ from, to }));
    return new MapMembers({ assignments, bindings, only, drop, rename: renames }, context);
  };

const assign = (...assigned: [string, string][]): MakeOperator => mapWith({ assigned });

const NAMES = ['a', 'b', 'c', 'd', 'é', 'new', 'x y', '@@t'];

/** A bound name is null where `has` of a member would be true. */
const withoutHas = sound.filter((text) => !text.includes('has('));

/** Names assigned, dropped and renamed, as the command lets them through: none of them is given to two members. */
const mappings: fc.Arbitrary<Mapping> = fc
  .record({
    assigned: fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), withoutHas), {
      maxLength: 3,
      selector: ([name]) => name,
    }),
    only: fc.boolean(),
    changed: fc.shuffledSubarray(NAMES, { maxLength: 4 }),
    drops: fc.nat(2),
    targets: fc.shuffledSubarray(NAMES, { minLength: 4 }),
  })
  .map(({ assigned, only, changed, drops, targets }) => {
    const names = assigned.map(([name]) => name);
    if (only && names.length > 0) return { assigned, only };
    const drop = changed.slice(0, drops).filter((name) => !names.includes(name));
    const free = targets.filter((name) => !names.includes(name));
    const from = changed.slice(drops);
    const rename = Object.fromEntries(free.slice(0, from.length).map((to, i) => [from[i]!, to]));
    return { assigned, drop, rename };
  })
  .filter(isSound);

/** A stream that has not gone through `window`. */
const unwindowed = (...items: Item[]): string => printItems([header(), ...items, ...drained]);

/** Whether nothing in it is known to be wrong before the first event. */
function isSound({ assigned }: Mapping): boolean {
  const bindings = new Map<string, Type>();
  try {
    for (const [name, text] of assigned)
      bindings.set(name, parseExpression(text, bindings).check(NOTHING_KNOWN));
    return true;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage') return false;
    throw error;
  }
}

const EVENT = '"@pane":{"index":0,"timing":"early"},';

describe('map', () => {
  it('equals the plain reference: named members change where they stand, all others pass byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(computable, mappings, feedings, async (items, mapping, feeding) => {
        const outcome = await run(mapWith(mapping), printItems(items), feeding);
        const { items: passed, rejected } = mapped(items, mapping);
        const names = mapping.assigned.map(([name]) => name);
        const text = printItems(passed);
        const lines = normalized(output(outcome), names);
        // Behind the header: what is known of members is told elsewhere.
        expect(lines.slice(1)).toEqual(normalized(text, names).slice(1));
        expect(output(outcome, REJECTED)).toBe(printItems(rejected));
      }),
      { numRuns: 500 },
    );
  });

  it('copies what it does not compute as it is spelled', async () => {
    const text = stream(
      GLOBAL_WINDOW,
      ev(1, '"a":9007199254740993,"b":1.50,"c":"\\u00e9","d":{"x":[1, 2e0]},"a":1'),
      ev(2),
    );
    expect(brief(output(await run(assign(['e', 'a'], ['f', 'd.x'], ['b', 'b']), text)))).toEqual([
      '1 "a":9007199254740993,"b":1.50,"c":"\\u00e9","d":{"x":[1, 2e0]},"a":1,"e":9007199254740993,"f":[1, 2e0]',
      '2 "e":null,"f":null,"b":null',
    ]);
  });

  it('gives a new name to a member whose own name is assigned', async () => {
    const mapping: Mapping = { assigned: [['a', 'a + 1']], rename: { a: 'before' } };
    const text = stream(GLOBAL_WINDOW, ev(1, '"a":1,"b":2'), ev(2, '"b":2'));
    expect(brief(output(await run(mapWith(mapping), text)))).toEqual([
      '1 "before":1,"b":2,"a":2',
      '2 "b":2,"a":null',
    ]);
  });

  it('swaps names, and lets what stood under a new name go', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"a":1,"b":2,"c":3'));
    const renamed = async (rename: Record<string, string>): Promise<string[]> =>
      brief(output(await run(mapWith({ assigned: [], rename }), text)));
    expect(await renamed({ a: 'b', b: 'a' })).toEqual(['1 "b":1,"a":2,"c":3']);
    expect(await renamed({ a: 'c' })).toEqual(['1 "c":1,"b":2']);
    expect(await renamed({ a: 'b', b: 'c' })).toEqual(['1 "b":1,"c":2']);
  });

  it('moves event time forward, and no watermark with it', async () => {
    const text = unwindowed(ev(1, '"s":8000'), wm(5), ev(2, '"s":2500'), ev(6, '"s":6000'));
    expect(brief(output(await run(assign(['@t', 's'], ['at', 'event_time()']), text)))).toEqual([
      '8 "s":8000,"at":"1970-01-01T00:00:01.000Z"',
      'W 5',
      '2.5 "s":2500,"at":"1970-01-01T00:00:02.000Z"',
      '6 "s":6000,"at":"1970-01-01T00:00:06.000Z"',
    ]);
  });

  it('rejects an event whose time would go back, is no time, or cannot be written', async () => {
    const values = ['999', '"x"', '1e300', '1500.5', 'null', '253402300800000', '"1970-01-01T00:00:09Z"'];
    const text = unwindowed(...values.map((value) => ev(1, `"s":${value}`)));
    const outcome = await run(assign(['@t', 's']), text);
    expect(brief(output(outcome))).toEqual([]);
    expect(output(outcome, REJECTED).split('\n')).toHaveLength(values.length + 1);
    expect(outcome.notices[0]).toMatch(/^line 2: @t would go back from .*01\.000Z to .*00\.999Z: /);
  });

  it('refuses to set the time behind a window, and to what is never one', async () => {
    await expect(run(assign(['@t', '1']), stream(fixed(10)))).rejects.toThrow('behind tm window');
    await expect(run(assign(['@t', '"now"']), unwindowed())).rejects.toThrow(
      '@t wants a timestamp, and "now" is a string',
    );
  });

  it('keeps the pane of a result', async () => {
    const line = `{"@t":"1970-01-01T00:00:01.000Z",${EVENT}"n":1}\n`;
    const text = stream(GLOBAL_WINDOW).replace('{"@watermark"', `${line}${line}{"@watermark"`);
    const more = line.replace('"n":1', '"n":1,"m":2');
    expect(output(await run(assign(['m', 'n * 2']), text))).toContain(more + more);
    const instead = line.replace('"n":1', '"m":2');
    const only: Mapping = { assigned: [['m', 'n * 2']], only: true };
    expect(output(await run(mapWith(only), text))).toContain(instead + instead);
  });

  it('says where an event is no JSON that nothing before has read to its end', async () => {
    const text = '{"@t":"1970-01-01T00:00:01.000Z","a":1,"b":}\n';
    const dropping = mapWith({ assigned: [], drop: ['a'] });
    await expect(run(dropping, text, undefined, { eof: 'drain' })).rejects.toThrow(
      'the line is no JSON object: expected a value',
    );
  });

  it('tells what it knows of members to the commands behind it', async () => {
    const members = { a: { type: 'integer' }, b: { type: 'string' } };
    const declared = { properties: members, required: ['a', 'b'], additionalProperties: false };
    const text = stream(GLOBAL_WINDOW, ev(1, '"a":1,"b":"x"')).replace(
      '"branch":""',
      `"branch":"","schema":${JSON.stringify(declared)}`,
    );
    const properties = async (mapping: Mapping): Promise<object> => {
      const [first] = output(await run(mapWith(mapping), text)).split('\n');
      return JSON.parse(first!)['@stream'].schema.properties;
    };
    expect(Object.keys(await properties({ assigned: [['c', 'a + 1']], drop: ['a'] }))).toEqual(['b', 'c']);
    expect(await properties({ assigned: [], rename: { a: 'b', b: 'a' } })).toMatchObject({
      b: members.a,
      a: members.b,
    });
    expect(Object.keys(await properties({ assigned: [['b', 'b']], only: true }))).toEqual(['b']);
    await expect(properties({ assigned: [], drop: ['bb'] })).rejects.toThrow('no event has a field bb');
    await expect(properties({ assigned: [['c', 'aa']] })).rejects.toThrow("there is no member 'aa'");
  });
});

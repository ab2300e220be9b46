import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expressions/expression.ts';
import { Filter } from '../../src/operators/filter.ts';
import { REJECTED } from '../../src/operators/operator.ts';
import { filtered } from '../reference/per-event.ts';
import { printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, stream, wm } from './brief.ts';
import { computable, conditions } from './expression-streams.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';

const filter =
  (...texts: string[]): MakeOperator =>
  (context) =>
    new Filter(
      texts.map((text) => parseExpression(text)),
      context,
    );

const named = (text: string): string => text.replaceAll(/("commands":\[[^\]]*)/g, '$1,"filter"');

describe('filter', () => {
  it('equals the plain reference: it passes what is true byte for byte, and rejects in the order of events', async () => {
    await fc.assert(
      fc.asyncProperty(
        computable,
        fc.array(conditions, { minLength: 1, maxLength: 3 }),
        feedings,
        async (items, texts, feeding) => {
          const outcome = await run(filter(...texts), printItems(items), feeding);
          const { items: passed, rejected } = filtered(items, texts);
          expect(output(outcome)).toBe(named(printItems(passed)));
          expect(output(outcome, REJECTED)).toBe(printItems(rejected));
          expect(outcome.counters.get('rejected') ?? 0).toBe(rejected.length);
          const events = items.filter(({ kind }) => kind === 'event').length;
          const left = passed.filter(({ kind }) => kind === 'event').length;
          expect(outcome.counters.get('filtered') ?? 0).toBe(events - left - rejected.length);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is the same as a filter for each condition, one behind the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        computable,
        fc.tuple(conditions, conditions),
        feedings,
        async (items, texts, feeding) => {
          const [one, two] = [
            await run(filter(...texts), printItems(items), feeding),
            await run(
              texts.map((each) => filter(each)),
              printItems(items),
              feeding,
            ),
          ];
          expect(output(two).replace('"filter","filter"', '"filter"')).toBe(output(one));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes watermarks that it has no event for, and events behind them that are late', async () => {
    const text = stream(fixed(10), ev(1, '"a":1'), wm(15), ev(2, '"a":2'), wm(30), ev(31, '"a":1'));
    expect(brief(output(await run(filter('a == 2'), text)))).toEqual(['W 15', '2 [0,10) "a":2', 'W 30']);
  });

  it('keeps the pane of a result', async () => {
    const line = '{"@t":"1970-01-01T00:00:01.000Z","@pane":{"index":0,"timing":"early"},"n":1}\n';
    const text = stream(GLOBAL_WINDOW).replace('{"@watermark"', `${line}{"@watermark"`);
    expect(output(await run(filter('n == 1'), text))).toContain(line);
  });

  it('tells the first event that it rejects, and at the end how many there were', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"a":1,"b":"x"'), ev(2, '"a":"x","b":1'), ev(3, '"a":1,"b":1'));
    const { notices } = await run(filter('b > 0', 'a > 0'), text);
    expect(notices).toEqual([
      `line 2: "x" and 0 have no order, in 'b > 0': the event is left out (--rejected-to FILE keeps such events)`,
      '2 events were left out in all',
    ]);
  });

  it('tells of a field that no event has', async () => {
    const { notices } = await run(filter('kay == 1'), stream(GLOBAL_WINDOW, ev(1, '"k":1')));
    expect(notices).toEqual([
      'no event has a member kay: it was null for all 1 (see that the name is right)',
    ]);
  });
});

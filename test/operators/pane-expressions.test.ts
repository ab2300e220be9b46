import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseComputed } from '../../src/expressions/computed-result.ts';
import { parseExpression } from '../../src/expressions/expression.ts';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { Filter } from '../../src/operators/filter.ts';
import { MapMembers } from '../../src/operators/map.ts';
import { PanedCombine } from '../../src/operators/paned-combine.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { combinePanes } from '../reference/panes.ts';
import { printItems } from '../reference/stream.ts';
import { combineOptions, referenceCall } from './combine-calls.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { paned, shownPaned } from './paned-streams.ts';

const ASKED = {
  index: 'pane_index()',
  timing: 'pane_timing()',
  first: 'pane_is_first()',
  last: 'pane_is_last()',
} as const;

/** What `@pane` of a line says, and the members of the same names, which were computed. */
interface Row {
  readonly '@pane': Readonly<Record<keyof typeof ASKED, unknown>>;
  readonly [member: string]: unknown;
}

const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{"@t"'))
    .map((line) => JSON.parse(line) as Row);

const computedOf = (row: Row): unknown =>
  Object.fromEntries(Object.keys(ASKED).map((name) => [name, row[name]]));

const CALL = { by: ['k'], aggregates: ['n = count'] };

/** A combine of n, and of what a result is told of its pane. */
const combining =
  (firing: Firing): MakeOperator =>
  (context) => {
    const options = combineOptions(CALL);
    const computed = Object.entries(ASKED).map(([name, text]) => ({
      name,
      expression: parseComputed(text, ['k', 'n'], options.aggregates, new Map()).expression,
    }));
    return new PanedCombine(
      { ...options, results: [{ name: 'n', aggregate: 0 }, ...computed] },
      firing,
      context,
    );
  };

const mapping: MakeOperator = (context) =>
  new MapMembers(
    {
      assignments: Object.entries(ASKED).map(([name, text]) => ({ name, expression: parseExpression(text) })),
      bindings: new Map(),
      only: false,
      drop: [],
      rename: [],
    },
    context,
  );

const filtering =
  (condition: string): MakeOperator =>
  (context) =>
    new Filter([parseExpression(condition)], context);

const PANES = ['early', 'on-time', 'late'].map(
  (timing, index) =>
    `{"@t":"2015-05-17T10:05:03.000Z","@pane":{"index":${index},"timing":"${timing}","first":${index === 0},"last":${index === 2}},"n":${index}}\n`,
);
const EVENT = '{"@t":"2015-05-17T10:05:03.000Z","n":9}\n';
const withPane = (pane: string): string => `{"@t":"2015-05-17T10:05:03.000Z","@pane":${pane}}\n`;

/** The events of a stream. */
const eventsOf = (text: string): string =>
  text
    .split(/(?<=\n)/)
    .filter((line) => line.startsWith('{"@t"'))
    .join('');

describe('what expressions are told of panes', () => {
  it('is what @pane of the plain reference says, in results of combine and behind it', async () => {
    provideLanguage(language);
    await fc.assert(
      fc.asyncProperty(shownPaned(paned), feedings, async ({ items, firing }, feeding) => {
        const text = output(await run(combining(firing), printItems(items), feeding));
        const expected = combinePanes(items, referenceCall(CALL), firing).main.flatMap((item) =>
          item.kind === 'event' ? [rowsOf(printItems([item]))[0]!['@pane']] : [],
        );
        expect(rowsOf(text).map((row) => row['@pane'])).toEqual(expected);
        expect(rowsOf(text).map(computedOf)).toEqual(expected);
        const plain = output(
          await run((context) => new PanedCombine(combineOptions(CALL), firing, context), printItems(items)),
        );
        expect(rowsOf(output(await run(mapping, plain, feeding))).map(computedOf)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['pane_is_first()', [0]],
    ['!pane_is_last()', [0, 1]],
    ['pane_index() > 0', [1, 2]],
    ['pane_timing() == "on-time"', [1]],
    ['pane_timing() in ["early", "late"] && n < 2', [0]],
    ['pane_index() == null', [9]],
    ['pane_is_last() == null || pane_timing() == "late"', [2, 9]],
  ])('%s keeps the panes of which it is true', async (condition, kept) => {
    const text = output(await run(filtering(condition), [...PANES, EVENT].join('')));
    expect(eventsOf(text)).toBe(
      [...PANES, EVENT].filter((line) => kept.some((n) => line.includes(`"n":${n}`))).join(''),
    );
  });

  it.each([
    ['pane_index() >= 0', '{"index":"x"}', 'pane_index() wants an integer in @pane, not "x"'],
    ['pane_index() >= 0', '{"index":1e999}', '1e999 is past the range of numbers'],
    [
      'pane_timing() != "late"',
      '{"timing":"soon"}',
      'pane_timing() wants early, on-time or late in @pane, not "soon"',
    ],
    ['pane_is_last()', '{"last":1}', 'pane_is_last() wants a boolean in @pane, not 1'],
  ])('%s of a pane that another program made %s rejects the event', async (condition, pane, reason) => {
    const { notices, counters } = await run(filtering(condition), withPane(pane));
    expect(counters.get('rejected')).toBe(1);
    expect(notices.join('\n')).toContain(reason);
  });

  it.each(['{}', 'null', '5', '[1]', '{"index":null}'])('is null where @pane is %s', async (pane) => {
    const text = output(await run(filtering('pane_index() == null'), withPane(pane)));
    expect(eventsOf(text)).toBe(withPane(pane));
  });
});

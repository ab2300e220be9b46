import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { parseExpression } from '../../src/expressions/expression.ts';
import { ANY, type Type } from '../../src/expressions/type.ts';
import { Filter } from '../../src/operators/filter.ts';
import { SideInput, type SideOptions } from '../../src/operators/side-input.ts';
import { SideValues, WithSides } from '../../src/operators/with-sides.ts';
import { type Feeding, feedings, type MakeOperator, output, run, WHOLE } from './harness.ts';
import { feedOf, type Timed, text } from './side-streams.ts';

/** A filter that looks into a side input, fed in pieces of its own. */
const filterWith =
  (condition: string, side: Timed, options: SideOptions, feeding: Feeding): MakeOperator =>
  (context) => {
    const input = new SideInput(options);
    const types = new Map<string, Type>([[options.name, ANY]]);
    const values = new SideValues([input], types);
    const expression = parseExpression(condition, types);
    const filter = new Filter([expression], context, (name, batch, row) => values.value(name, batch, row));
    return new WithSides(filter, values, feedOf(side, feeding));
  };

const singleton: SideOptions = { name: 'average', kind: 'singleton', key: undefined };
const events = (outcome: Awaited<ReturnType<typeof run>>): number[] =>
  output(outcome)
    .split('\n')
    .flatMap((line) => /"n":(\d+)/.exec(line)?.[1] ?? [])
    .map(Number);

describe('a side input', () => {
  it('gives each event what stands in its window, however both streams are cut', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 30 });
    const averages = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 30 })),
      {
        selector: ([window]) => window,
      },
    );
    const sizes = fc.constantFrom<(number | undefined)[]>(10, 20, undefined);
    await fc.assert(
      fc.asyncProperty(
        times,
        averages,
        sizes,
        feedings,
        feedings,
        async (drawn, found, size, cut, sideCut) => {
          const sorted = [...drawn].sort((a, b) => a - b);
          const main = sorted.flatMap((time, n) => [
            { time, members: `"n":${n},"v":${(n * 7) % 31}` },
            ...(n % 3 === 2 ? [{ watermark: time }] : []),
          ]);
          const windows = new Map<number, number>();
          for (const [window, mean] of [...found].sort(([a], [b]) => a - b)) {
            const start = size === undefined ? 0 : Math.floor((window * 10) / size) * size;
            if (!windows.has(start)) windows.set(start, mean);
          }
          const side: Timed = {
            size,
            items: [...windows].flatMap(([start, mean]) => [
              { time: start, members: `"mean":${mean}` },
              ...(size === undefined ? [] : [{ watermark: start + size }]),
            ]),
          };
          const make = filterWith('v > average.mean', side, singleton, sideCut);
          const outcome = await run(make, text({ size: 10, items: main }), cut);
          const expected = sorted.flatMap((time, n) => {
            const holding = Math.floor(time / 10) * 10 + 9;
            const mean = windows.get(size === undefined ? 0 : Math.floor(holding / size) * size);
            return mean !== undefined && (n * 7) % 31 > mean ? [n] : [];
          });
          expect(events(outcome)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is a list of all events of a window, or an object of them by a key', async () => {
    const side: Timed = {
      size: 10,
      items: [
        { time: 1, members: '"k":"a","v":1' },
        { time: 2, members: '"k":"b","v":2' },
        { time: 11, members: '"k":7,"v":3' },
      ],
    };
    const main = text({
      size: 10,
      items: [
        { time: 3, members: '"n":0,"k":"a"' },
        { time: 4, members: '"n":1,"k":"c"' },
        { time: 12, members: '"n":2,"k":"7"' },
      ],
    });
    const list = filterWith('size(all) == 2', side, { name: 'all', kind: 'list', key: undefined }, WHOLE);
    expect(events(await run(list, main))).toEqual([0, 1]);
    const key = { text: 'k', steps: ['k'] };
    const byKey = filterWith('by[k].v >= 1', side, { name: 'by', kind: 'map', key }, WHOLE);
    expect(events(await run(byKey, main))).toEqual([0, 2]);
  });

  it('leaves out events whose window was closed before they came, and tells of them', async () => {
    const side: Timed = { size: 10, items: [{ time: 1, members: '"mean":0' }] };
    const items = [
      { time: 3, members: '"n":0,"v":1' },
      { watermark: 12 },
      { time: 4, members: '"n":1,"v":1' },
      { time: 13, members: '"n":2,"v":1' },
    ];
    const outcome = await run(
      filterWith('v > average.mean || n == 2', side, singleton, WHOLE),
      text({ size: 10, items }),
    );
    expect(events(outcome)).toEqual([0, 2]);
    expect(outcome.counters.get('rejected')).toBe(1);
    expect(outcome.notices[0]).toContain(
      'the event is too late: average is not held for its window any more',
    );
  });

  it('holds them as long as late events of their window count', async () => {
    const side: Timed = { size: 10, items: [{ time: 1, members: '"mean":0' }] };
    const items = [
      { watermark: 12 },
      { time: 4, members: '"n":0,"v":1' },
      { watermark: 15 },
      { time: 5, members: '"n":1,"v":1' },
    ];
    const fires =
      '"offset":"PT0S","trigger":"after-watermark(late: each)","lateness":"PT5S","mode":"discard"';
    const main = text({ size: 10, items }).replace('"offset":"PT0S"', fires);
    expect(events(await run(filterWith('v > average.mean', side, singleton, WHOLE), main))).toEqual([0]);
  });

  const failing: [string, Timed, Timed, string][] = [
    [
      'with a second event in a window where one is wanted',
      { size: 10, items: [1, 2].map((time) => ({ time, members: '"mean":1' })) },
      { size: 10, items: [{ time: 3, members: '"n":0,"v":1' }] },
      'there is a second event in the window from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:10.000Z',
    ],
    [
      'that is suspended before it is complete',
      { size: 10, items: [], end: '"suspended"' },
      { size: 10, items: [{ time: 3, members: '"n":0,"v":1' }] },
      'it is suspended',
    ],
    [
      'with windows that those of the events cannot look into',
      { size: 10, items: [] },
      { size: undefined, items: [{ time: 3, members: '"n":0,"v":1' }] },
      'the windows of the side input average (fixed) are none that those of the events (global) look into',
    ],
  ];
  it.each(failing)('%s is an error', async (_name, side, main, message) => {
    const failed = run(filterWith('v > average.mean', side, singleton, WHOLE), text(main));
    await expect(failed).rejects.toThrow(TidemarkError);
    await expect(failed).rejects.toThrow(message);
  });
});

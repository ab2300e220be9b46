import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapModule } from '../../src/operators/map-module.ts';
import type { SideOptions } from '../../src/operators/side-input.ts';
import type { SideMap } from '../../src/operators/side-views.ts';
import { mapWith, moduleWith } from './calling.ts';
import { type Feeding, feedings, output, run, WHOLE } from './harness.ts';
import { at, type Timed, text } from './side-streams.ts';
import { barriers, stopping } from './stopping.ts';

const average: SideOptions = { name: 'average', kind: 'singleton', key: undefined };
const all: SideOptions = { name: 'all', kind: 'list', key: undefined };
const byKey: SideOptions = { name: 'by', kind: 'map', key: { text: 'k', steps: ['k'] } };

/** The members of events behind the header. */
const members = (written: string): Record<string, unknown>[] =>
  written
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => '@t' in line)
    .map(({ '@t': _time, '@w': _window, ...rest }) => rest);

/** Counts what is above the mean of the window, and tells at its end. */
const above = (): MapModule => ({
  process(event, context) {
    const { average } = context.side as { average: { mean: number } | null };
    const n = Number(context.state.get('n') ?? 0) + (Number(event.v) > (average?.mean ?? 30) ? 1 : 0);
    context.state.set('n', n);
    context.timer('end', context.window!.end);
    return [];
  },
  onTimer(_name, context) {
    const { average } = context.side as { average: { mean: number } | null };
    return { ...context.key, n: context.state.get('n'), mean: average?.mean ?? null };
  },
});

describe('a side input of a function', () => {
  const times = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 30 });
  const means = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 30 })), {
    selector: ([window]) => window,
  });

  it('is what stands in the window of the event, and of the timer, also over runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        times,
        means,
        feedings,
        feedings,
        barriers,
        async (drawn, found, cut, sideCut, stops) => {
          const sorted = [...drawn].sort((a, b) => a - b);
          const items = sorted.flatMap((time, n) => [
            { time, members: `"k":${n % 2},"v":${(n * 7) % 31}` },
            ...(n % 3 === 2 ? [{ watermark: time }] : []),
            ...(n % 4 === 1 ? [{ barrier: n + 1 }] : []),
          ]);
          const side: Timed = {
            size: 10,
            items: [...found]
              .sort(([a], [b]) => a - b)
              .flatMap(([window, mean]) => [
                { time: window * 10, members: `"mean":${mean}` },
                { watermark: window * 10 + 10 },
              ]),
          };
          const make = moduleWith(above, { by: 'k', input: { options: average, side, feeding: sideCut } });
          const main = text({ size: 10, items });
          const whole = output(await run(make, main, cut));
          const expected: object[] = [];
          for (let window = 0; window < 10; window++) {
            const mean = new Map(found).get(window);
            for (const k of [0, 1]) {
              const mine = sorted.flatMap((time, n) =>
                n % 2 === k && Math.floor(time / 10) === window ? [(n * 7) % 31] : [],
              );
              if (mine.length > 0)
                expected.push({ k, n: mine.filter((v) => v > (mean ?? 30)).length, mean: mean ?? null });
            }
          }
          expect(members(whole)).toEqual(expected);
          expect(output(await run(stopping(make, stops), main, cut))).toBe(whole);
        },
      ),
      { numRuns: 150 },
    );
  });

  const read = async (
    process: MapModule['process'],
    options: SideOptions,
    side: Timed,
    main: Timed,
    feeding: Feeding = WHOLE,
  ): Promise<{ events: Record<string, unknown>[]; notices: readonly string[] }> => {
    const outcome = await run(mapWith(process, { input: { options, side, feeding } }), text(main));
    return { events: members(output(outcome)), notices: outcome.notices };
  };

  it('is a list of all events of the window, empty where there are none', async () => {
    const side: Timed = {
      size: 10,
      items: [
        { time: 1, members: '"v":1' },
        { time: 2, members: '"v":18446744073709551616' },
      ],
    };
    const items = [1, 12].map((time) => ({ time, members: '"n":0' }));
    const { events } = await read(
      (_event, { side: { all: list } }) => ({ list: (list as { v: unknown }[]).map(({ v }) => String(v)) }),
      all,
      side,
      { size: 10, items },
    );
    expect(events).toEqual([{ list: ['1', '18446744073709551616'] }, { list: [] }]);
  });

  it('is looked up by the value of a field, a text or any other', async () => {
    const side: Timed = {
      size: undefined,
      items: [
        { time: 1, members: '"k":"a","v":1,"@@t":5' },
        { time: 2, members: '"k":7,"v":2' },
        { time: 3, members: '"v":3' },
      ],
    };
    const { events } = await read(
      (_event, { side: { by } }) => {
        const map = by as SideMap;
        return {
          a: map.get('a'),
          seven: map.get(7)?.v,
          none: map.get(null)?.v,
          b: map.get('b') ?? null,
          has: map.has('a') && !map.has('b'),
          size: map.size,
          keys: [...map.keys()],
          all: [...map].map(([key, { v }]) => `${key}${v}`),
        };
      },
      byKey,
      side,
      { size: 10, items: [{ time: 5, members: '' }] },
    );
    expect(events).toEqual([
      {
        a: { k: 'a', v: 1, '@t': 5 },
        seven: 2,
        none: 3,
        b: null,
        has: true,
        size: 3,
        keys: ['a', '7', 'null'],
        all: ['a1', '72', 'null3'],
      },
    ]);
  });

  it('cannot be changed, for the next event is given the same', async () => {
    const side: Timed = { size: undefined, items: [{ time: 1, members: '"o":{"v":1}' }] };
    const { events, notices } = await read(
      (event, { side: { average: found } }) => {
        const { o } = found as { o: { v: number } };
        if (event.n === 0) o.v++;
        return { n: event.n, v: o.v };
      },
      average,
      side,
      { size: 10, items: [0, 1].map((n) => ({ time: 5, members: `"n":${n}` })) },
    );
    expect(events).toEqual([{ n: 1, v: 1 }]);
    expect(notices[0]).toContain("Cannot assign to read only property 'v'");
  });

  it('is not there for an event that comes when its window is complete', async () => {
    const { events, notices } = await read(
      (event, { side }) => ({ n: event.n, v: (side.average as { v: number }).v }),
      average,
      { size: 10, items: [{ time: 1, members: '"v":1' }] },
      {
        size: 10,
        items: [{ time: 3, members: '"n":0' }, { watermark: 12 }, { time: 4, members: '"n":1' }],
      },
    );
    expect(events).toEqual([{ n: 0, v: 1 }]);
    expect(notices[0]).toContain('the event is too late: average is not held for its window any more');
  });

  it('is the one of each window for an event that is in several, where there is a key', async () => {
    const event = `{"@t":"${at(14)}","@w":"R2/${at(0)}/PT20S/PT10S","k":1}`;
    const main = [
      `{"@stream":{"version":1,"commands":["source"],"bounded":true,"windowing":{"kind":"sliding","size":"PT20S","every":"PT10S","offset":"PT0S"}}}`,
      event,
      '{"@watermark":"end"}',
      '{"@end":"drained"}',
      '',
    ].join('\n');
    const side: Timed = {
      size: 10,
      items: [
        { time: 11, members: '"v":1' },
        { time: 21, members: '"v":2' },
      ],
    };
    const process: MapModule['process'] = (_event, context) => ({
      v: (context.side.average as { v: number }).v,
    });
    const keyed = await run(mapWith(process, { by: 'k', input: { options: average, side } }), main);
    expect(members(output(keyed))).toEqual([{ v: 1 }, { v: 2 }]);
    const unkeyed = await run(mapWith(process, { input: { options: average, side } }), main);
    expect(unkeyed.notices[0]).toContain('the event is in no one window, in which average has one value');
  });

  it('that there is not ends the run', async () => {
    const side: Timed = { size: undefined, items: [] };
    const main: Timed = { size: 10, items: [{ time: 1, members: '' }] };
    await expect(
      read((_event, context) => ({ v: context.side.averge }), average, side, main),
    ).rejects.toThrow("there is no side input 'averge': there is average");
    await expect(
      run(
        mapWith((_event, context) => ({ v: context.side.average })),
        text(main),
      ),
    ).rejects.toThrow('context.side has side inputs, and there are none');
  });
});

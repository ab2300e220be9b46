import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATE, REJECTED } from '../../src/operators/operator.ts';
import { combine } from '../reference/combine.ts';
import { printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, stream, wm } from './brief.ts';
import { type Call, calls, combineWith, referenceCall } from './combine-calls.ts';
import { feedings, identity, type Outcome, output, run, WHOLE } from './harness.ts';
import { shown, stamped } from './streams.ts';

const COUNT: Call = { by: [], aggregates: ['n = count'] };
const BY_KEY: Call = { by: ['k'], aggregates: ['n = count'] };

const combined = (call: Call, text: string): Promise<Outcome> => run(combineWith(call), text);

/** The lines of the main output, in short. */
const results = async (call: Call, text: string): Promise<string[]> =>
  brief(output(await combined(call, text)));

describe('combine', () => {
  it('equals the plain reference on any stream', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), calls, feedings, async (items, call, feeding) => {
        const outcome = await run(combineWith(call), printItems(items), feeding);
        const expected = combine(items, referenceCall(call));
        expect(output(outcome)).toBe(printItems(expected.main));
        expect(output(outcome, LATE)).toBe(printItems(expected.late));
        expect(output(outcome, REJECTED)).toBe(printItems(expected.rejected));
        expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
        expect(outcome.counters.get('rejected') ?? 0).toBe(expected.rejected.length);
      }),
      { numRuns: 300 },
    );
  });

  it('orders keys as JSON values: null, false, true, numbers, strings, lists, objects', async () => {
    const keys = [
      '{}',
      '[]',
      '"\u{1f600}"',
      '"\uffff"',
      '"b"',
      '"a"',
      '""',
      '10',
      '9',
      '-1e3',
      'true',
      'false',
      'null',
    ];
    const events = keys.map((key) => ev(1, `"k":${key}`));
    expect(await results(BY_KEY, stream(GLOBAL_WINDOW, ...events))).toEqual(
      [...keys].reverse().map((key) => `1 "k":${key},"n":1`),
    );
  });

  it('takes keys for equal that are equal as values, a missing one for null', async () => {
    const keys = [
      '1',
      '1.0',
      '"a"',
      '"\\u0061"',
      'null',
      '[1]',
      '[1.0]',
      '9007199254740993',
      '9007199254740992.0',
    ];
    const events = [ev(1), ...keys.map((key) => ev(1, `"k":${key}`))];
    expect(await results(BY_KEY, stream(GLOBAL_WINDOW, ...events))).toEqual([
      '1 "k":null,"n":2',
      '1 "k":1,"n":2',
      '1 "k":9007199254740992.0,"n":1',
      '1 "k":9007199254740993,"n":1',
      '1 "k":"a","n":2',
      '1 "k":[1.0],"n":1',
      '1 "k":[1],"n":1',
    ]);
  });

  it('writes each member of a key as it came, or canonical when its own spellings differed', async () => {
    const by: Call = { by: ['k', 's'], aggregates: ['n = count'] };
    const events = [
      '"k":1.0,"s":"\\u0061"',
      '"k":1e0,"s":"\\u0061"',
      '"k":2.50,"s":"\\/"',
      '"k":2.50,"s":"\\/"',
    ];
    expect(await results(by, stream(GLOBAL_WINDOW, ...events.map((members) => ev(1, members))))).toEqual([
      '1 "k":1,"s":"\\u0061","n":2',
      '1 "k":2.50,"s":"\\/","n":2',
    ]);
  });

  it('writes a key as it came in this session, whatever came in another that is open too', async () => {
    const spellings = ev(0, '"k":1.0');
    for (const watermark of [[], [wm(50)]]) {
      const text = stream(
        session(10),
        spellings,
        ...watermark,
        ev(60, '"k":1'),
        ev(100, '"k":1e0'),
        ev(105, '"k":1'),
      );
      const told = (await results(BY_KEY, text)).filter((line) => !line.startsWith('W'));
      expect(told).toEqual([
        '9.999 [0,10) "k":1.0,"n":1',
        '69.999 [60,70) "k":1,"n":1',
        '114.999 [100,115) "k":1,"n":2',
      ]);
    }
  });

  it('can be combined once more, in the same windows and in larger ones', async () => {
    const text = stream(fixed(10), ev(1, '"k":1'), ev(2, '"k":2'), ev(11, '"k":1'), wm(15), ev(19, '"k":1'));
    const again = await run(
      [combineWith(BY_KEY), combineWith({ by: [], aggregates: ['keys = count', 'n = sum(n)'] })],
      text,
    );
    expect(brief(output(again))).toEqual([
      '9.999 [0,10) "keys":2,"n":2',
      'W 15',
      '19.999 [10,20) "keys":1,"n":2',
    ]);
  });

  it('orders the results of each window by what it is told to, ties by key, and writes as many as allowed', async () => {
    const events = ['a', 'b', 'b', 'c', 'c', 'd'].flatMap((key, i) => [
      ev(i, `"k":"${key}"`),
      ev(10 + i, `"k":"${key}"`),
    ]);
    const text = stream(fixed(10), ...events);
    const lines = (order: string[], limit: number): Promise<string[]> =>
      results({ ...BY_KEY, order, limit }, text);
    const told = (window: string, time: string, ...rows: string[]): string[] =>
      rows.map((row) => `${time} ${window} "k":"${row[0]}","n":${row[1]}`);
    expect(await lines(['-n'], 3)).toEqual([
      ...told('[0,10)', '9.999', 'b2', 'c2', 'a1'),
      ...told('[10,20)', '19.999', 'b2', 'c2', 'a1'),
    ]);
    expect(await lines(['n', '-k'], 2)).toEqual([
      ...told('[0,10)', '9.999', 'd1', 'a1'),
      ...told('[10,20)', '19.999', 'd1', 'a1'),
    ]);
  });

  it('takes what has equal times by its place in the stream, however that was cut', async () => {
    const values = ['c', 'a', 'b', 'd', 'a'].map((value) => ev(1, `"v":"${value}"`));
    const text = stream(GLOBAL_WINDOW, ...values);
    const call: Call = { by: [], aggregates: ['first = first(v)', 'last = last(v)', 'all = list(v)'] };
    for (const capacity of [2, 3, 4, 4096]) {
      const outcome = await run(combineWith(call), text, { ...WHOLE, capacity });
      expect(brief(output(outcome))).toEqual(['1 "first":"c","last":"a","all":["c","a","b","d","a"]']);
    }
  });

  it('leaves out an event with a value that is no number where one is wanted, and says so once', async () => {
    const call: Call = { by: [], aggregates: ['n = count', 'total = sum(v)'] };
    const values = ['1', '"7"', 'null', '1e999', 'true', '{}', '100000000000000000000000'];
    const text = stream(GLOBAL_WINDOW, ev(0), ...values.map((value, i) => ev(i, `"v":${value}`)));
    const outcome = await combined(call, text);
    expect(brief(output(outcome))).toEqual(['6 "n":4,"total":100000000000000000000001']);
    expect(brief(output(outcome, REJECTED))).toEqual(['1 "v":"7"', '3 "v":1e999', '4 "v":true', '5 "v":{}']);
    expect(outcome.counters.get('rejected')).toBe(4);
    expect(outcome.notices).toEqual([
      'line 4: v is "7", no number to compute with: the event is left out (--rejected-to FILE keeps such events)',
      '4 events were left out in all',
    ]);
  });

  it('leaves out what is no integer where bits are wanted, and what is neither true nor false', async () => {
    const values = [
      '"v":6,"b":true',
      '"v":6.0,"b":true',
      '"v":3,"b":1',
      '"v":5,"b":null',
      '"v":null,"b":false',
    ];
    const text = stream(GLOBAL_WINDOW, ...values.map((value, i) => ev(i, value)));
    const call: Call = { by: [], aggregates: ['bits = bit_and(v)', 'every = bool_and(b)'] };
    const outcome = await combined(call, text);
    expect(brief(output(outcome))).toEqual(['4 "bits":4,"every":false']);
    expect(brief(output(outcome, REJECTED))).toEqual(['1 "v":6.0,"b":true', '2 "v":3,"b":1']);
    expect(outcome.notices[0]).toMatch(
      /^line 3: v is 6.0, no integer to compute with: the event is left out/,
    );
    const truths = await combined({ by: [], aggregates: ['some = bool_or(b)'] }, text);
    expect(truths.notices[0]).toMatch(/^line 4: b is 1, neither true nor false: the event is left out/);
  });

  it('passes ticks, idle marks and barriers in their places', async () => {
    const items = [
      ev(0),
      { kind: 'tick' as const, time: 5 },
      wm(10),
      { kind: 'idle' as const },
      ev(11),
      { kind: 'barrier' as const, epoch: 3 },
    ];
    expect(await results(COUNT, stream(fixed(10), ...items))).toEqual([
      '{"@tick":"1970-01-01T00:00:00.005Z"}',
      '9.999 [0,10) "n":1',
      'W 10',
      '{"@idle":true}',
      '{"@barrier":3}',
      '19.999 [10,20) "n":1',
    ]);
  });

  it('fires nothing when the stream is suspended', async () => {
    const text = stream(fixed(10), ev(0), wm(5)).replace(
      '{"@watermark":"end"}\n{"@end":"drained"}',
      '{"@end":"suspended"}',
    );
    expect(brief(output(await combined(COUNT, text)))).toEqual(['W 5']);
  });

  it('goes on behind a suspended stream with what it holds', async () => {
    const first = stream(fixed(10), ev(0), wm(5)).replace(
      '{"@watermark":"end"}\n{"@end":"drained"}',
      '{"@end":"suspended"}',
    );
    const outcome = await combined(COUNT, first + stream(fixed(10), ev(1), wm(4), wm(10)));
    expect(brief(output(outcome))).toEqual(['W 5', '9.999 [0,10) "n":2', 'W 10']);
  });

  it('writes any number of results of a window, in pieces', async () => {
    const text = stream(
      fixed(10),
      ...Array.from({ length: 9000 }, (_, i) => ev(1, `"k":${(i * 7919) % 9000}`)),
    );
    let pieces = 0;
    const outcome = await run(
      [
        combineWith(BY_KEY),
        (context) => ({
          ...identity(context),
          onBatch: (_input, batch) => {
            pieces++;
            return context.emit(0, batch);
          },
        }),
      ],
      text,
      { ...WHOLE, slow: [true, false] },
    );
    expect(pieces).toBeGreaterThan(1);
    expect(brief(output(outcome))).toEqual(
      Array.from({ length: 9000 }, (_, i) => `9.999 [0,10) "k":${i},"n":1`),
    );
  });
});

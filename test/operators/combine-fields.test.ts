import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { Combine } from '../../src/operators/combine.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, sliding, stream } from './brief.ts';
import { type MakeOperator, output, run, WHOLE } from './harness.ts';

/** `combine` without a key, its aggregates as they are written. */
const combining =
  (...aggregates: readonly string[]): MakeOperator =>
  (context) =>
    new Combine(
      {
        by: [],
        aggregates: aggregates.map(parseAggregateArgument),
        order: [],
        limit: Number.POSITIVE_INFINITY,
      },
      context,
    );

const results = async (text: string, ...aggregates: readonly string[]): Promise<string[]> =>
  brief(output(await run(combining(...aggregates), text, WHOLE)));

describe('aggregates of two fields', () => {
  it('pass over events in which one is null or missing, each aggregate for itself', async () => {
    const events = ['"y":1,"x":1', '"y":3,"x":2', '"y":9', '"x":9', '"y":null,"x":7', '"y":5,"x":3'];
    const text = stream(GLOBAL_WINDOW, ...events.map((members, i) => ev(i, members)));
    expect(
      await results(
        text,
        'n = count',
        'pairs = regr_count(y, x)',
        'slope = regr_slope(y, x)',
        'at0 = regr_intercept(y, x)',
        'r = corr(y, x)',
        'best = arg_max(x, y)',
        'heavy = weighted_mean(y, x)',
        'sum = sum(y)',
      ),
    ).toEqual(['5 "n":6,"pairs":3,"slope":2,"at0":-1,"r":1,"best":3,"heavy":3.6666666666666665,"sum":18']);
  });

  it('are merged when windows overlap', async () => {
    const text = stream(sliding(20, 10), ev(1, '"y":1,"x":4'), ev(11, '"y":3,"x":1'), ev(12, '"y":2,"x":1'));
    expect(
      await results(text, 'w = weighted_mean(y, x)', 'low = arg_min(y, x)', 'c = covar_samp(y, x)'),
    ).toEqual([
      '9.999 [-10,10) "w":1,"low":1,"c":null',
      '19.999 [0,20) "w":1.5,"low":3,"c":-1.5',
      '29.999 [10,30) "w":2.5,"low":3,"c":0',
    ]);
  });

  it('are merged when sessions meet', async () => {
    const text = stream(
      session(5),
      ev(0, '"y":1,"x":1'),
      ev(8, '"y":2,"x":5'),
      ev(4, '"y":4,"x":3'),
      ev(30, '"y":7,"x":7'),
    );
    expect(
      await results(
        text,
        'greatest = arg_max(y, x)',
        'half = median(y)',
        'all = string_agg(y, "-")',
        'skew = skewness(y)',
      ),
    ).toEqual([
      '12.999 [0,13) "greatest":2,"half":2,"all":"1-4-2","skew":0.9352195295828245',
      '34.999 [30,35) "greatest":7,"half":7,"all":"7","skew":null',
    ]);
  });
});

describe('sample', () => {
  const members = (i: number): string => `"v":${i % 3},"id":${i}`;

  it('is the same in any order of events and however blocks are cut', async () => {
    const events = Array.from({ length: 40 }, (_, i) => ev(i % 4, members(i)));
    const whole = await results(stream(GLOBAL_WINDOW, ...events), 's = sample(id, 6)');
    expect(whole[0]).toMatch(/^3 "s":\[(\d+,){5}\d+\]$/);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.constantFrom(2, 3, 7, 4096),
        async (shuffled, capacity) => {
          const text = stream(GLOBAL_WINDOW, ...shuffled);
          const outcome = await run(combining('s = sample(id, 6)'), text, { ...WHOLE, capacity });
          expect(brief(output(outcome))).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tells events apart by all of their members, and takes those that are equal for one', async () => {
    const text = stream(
      fixed(10),
      ev(1, '"v":7,"id":1'),
      ev(1, '"v":7,"id":2'),
      ev(1, '"v":7,"id":1'),
      ev(2, '"v":7,"id":1'),
    );
    expect(await results(text, 'n = count', 's = sample(v, 9)')).toEqual(['9.999 [0,10) "n":4,"s":[7,7,7]']);
  });
});

describe('null_count', () => {
  it('counts null and missing, and with count adds up to all events', async () => {
    const text = stream(GLOBAL_WINDOW, ev(0, '"v":1'), ev(1, '"v":null'), ev(2), ev(3, '"v":"x"'));
    expect(await results(text, 'n = count', 'some = count(v)', 'none = null_count(v)')).toEqual([
      '3 "n":4,"some":2,"none":2',
    ]);
  });
});

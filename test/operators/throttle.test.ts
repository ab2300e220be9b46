import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { EXCESS } from '../../src/operators/operator.ts';
import { type Pace, Throttle, type ThrottleOptions } from '../../src/operators/throttle.ts';
import { departures, passing } from '../reference/throttle.ts';
import { eventLine, HEADER, Piped, pipe, streamOf, watermarkLine } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

interface Arrival {
  readonly at: number;
  readonly key: string;
}

interface Seen {
  readonly piped: Piped;
  readonly operator: Throttle;
  /** When each line of the main output left, ms. */
  readonly left: readonly number[];
}

const line = ({ key }: Arrival, index: number): string => eventLine(index, `"k":"${key}"`);

/** Has the events come at their times, those of one time in one block, with a watermark behind each where one is wanted. */
async function throttled(
  options: Partial<ThrottleOptions>,
  arrivals: readonly Arrival[],
  { marked = false, overslept = 0 } = {},
): Promise<Seen> {
  const world = new VirtualWorld();
  const piped = new Piped([EXCESS]);
  const pace: Pace = {
    now: () => world.now,
    sleep: (milliseconds, signal) => world.sleep(milliseconds + overslept, signal),
  };
  const left: number[] = [];
  piped.slowness = () => {
    while (left.length < piped.lines.length) left.push(world.now);
    return undefined;
  };
  const full: ThrottleOptions = { interval: 10, burst: 1, by: [], onExcess: 'wait', ...options };
  const operator = new Throttle(full, pace, piped.context);
  const [header, ...end] = streamOf();
  const blocks = (async function* () {
    yield `${header}\n`;
    for (let index = 0; index < arrivals.length; ) {
      const { at } = arrivals[index]!;
      if (at > world.now) await world.pass(at - world.now);
      let block = '';
      for (; index < arrivals.length && arrivals[index]!.at <= at; index++)
        block += `${line(arrivals[index]!, index)}\n${marked ? `${watermarkLine(index)}\n` : ''}`;
      yield block;
    }
    yield `${end.join('\n')}\n`;
  })();
  await pipe(blocks, operator, piped);
  return { piped, operator, left };
}

const rates = fc.record({ interval: fc.integer({ min: 1, max: 40 }), burst: fc.integer({ min: 1, max: 5 }) });
const traffic = fc
  .array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(60)), fc.constantFrom('a', 'a', 'b', 'c')), {
    maxLength: 40,
  })
  .map((steps) => {
    let at = 0;
    return steps.map(([wait, key]): Arrival => {
      at += wait;
      return { at, key };
    });
  });
const BY = parsePaths('k');
const oneKey = (arrivals: readonly Arrival[]): Arrival[] => arrivals.map(({ at }) => ({ at, key: '' }));

describe('throttle', () => {
  it('lets events leave when the plain reference does, in their order, with what stands between them', async () => {
    await fc.assert(
      fc.asyncProperty(rates, traffic, fc.boolean(), async (rate, arrivals, keyed) => {
        const by = keyed ? BY : [];
        const { piped, left } = await throttled({ ...rate, by }, arrivals, { marked: true });
        const expected = arrivals.flatMap((each, i) => [line(each, i), watermarkLine(i)]);
        expect(piped.lines.slice(0, -2)).toEqual(expected);
        const times = left.filter((_time, i) => i % 2 === 0).slice(0, arrivals.length);
        // Blocks come one after the other: one waits for the one before.
        expect(times).toEqual(departures(keyed ? arrivals : oneKey(arrivals), rate));
      }),
      { numRuns: 200 },
    );
  });

  it('takes out what the plain reference does, and keeps it apart', async () => {
    await fc.assert(
      fc.asyncProperty(rates, traffic, fc.boolean(), async (rate, arrivals, keyed) => {
        const by = keyed ? BY : [];
        const { piped } = await throttled({ ...rate, by, onExcess: 'drop' }, arrivals);
        const passes = passing(keyed ? arrivals : oneKey(arrivals), rate);
        const lines = arrivals.map(line);
        expect(piped.lines.slice(0, -2)).toEqual(lines.filter((_line, i) => passes[i]));
        expect(piped.sides.get(EXCESS) ?? []).toEqual(lines.filter((_line, i) => !passes[i]));
        expect(piped.counters.get('excess') ?? 0).toBe(passes.filter((passed) => !passed).length);
      }),
      { numRuns: 200 },
    );
  });

  it('counts whole tokens at any time of the clock, though times are rounded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1e10, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e7, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        async (now, interval, burst) => {
          const piped = new Piped([EXCESS]);
          const pace: Pace = { now: () => now, sleep: async () => {} };
          const options: ThrottleOptions = { interval, burst, by: [], onExcess: 'drop' };
          const lines = Array.from({ length: 80 }, (_, second) => eventLine(second, ''));
          await pipe(
            [`${streamOf(...lines).join('\n')}\n`],
            new Throttle(options, pace, piped.context),
            piped,
          );
          expect(piped.lines).toHaveLength(burst + 2);
        },
      ),
    );
  });

  it('never holds back what stands before an event that waits', async () => {
    const { left, piped } = await throttled(
      { interval: 1000 },
      oneKey([
        { at: 0, key: '' },
        { at: 0, key: '' },
      ]),
      {
        marked: true,
      },
    );
    expect(piped.lines.slice(0, 3)).toEqual([
      eventLine(0, '"k":""'),
      watermarkLine(0),
      eventLine(1, '"k":""'),
    ]);
    expect(left.slice(0, 3)).toEqual([0, 0, 1000]);
  });

  it('keeps high rates with timers that oversleep', async () => {
    const events = Array<Arrival>(5000).fill({ at: 0, key: '' });
    const { left } = await throttled({ interval: 0.01 }, events, { overslept: 1.2 });
    // 5,000 at 100 a millisecond.
    expect(left.at(-3)).toBeGreaterThan(49);
    expect(left.at(-3)).toBeLessThan(53);
  });

  it('gives no time back that a slow reader has taken', async () => {
    const world = new VirtualWorld();
    const piped = new Piped();
    const left: number[] = [];
    piped.slowness = () => {
      while (left.length < piped.lines.length) left.push(world.now);
      return left.length === 1 ? world.pass(10_000) : undefined;
    };
    const pace: Pace = { now: () => world.now, sleep: (ms, signal) => world.sleep(ms, signal) };
    const options: ThrottleOptions = { interval: 100, burst: 1, by: [], onExcess: 'wait' };
    const lines = streamOf(...[1, 2, 3, 4].map((second) => eventLine(second, '')));
    await pipe([`${lines.join('\n')}\n`], new Throttle(options, pace, piped.context), piped);
    expect(left.slice(0, 4)).toEqual([0, 10_000, 10_100, 10_200]);
  });

  it('forgets keys that have been idle, so that memory is flat', async () => {
    const arrivals = Array.from({ length: 4000 }, (_, i): Arrival => ({ at: i * 50, key: `host ${i}` }));
    const { operator, piped } = await throttled(
      { interval: 100, burst: 3, by: BY, onExcess: 'drop' },
      arrivals,
    );
    expect(piped.lines).toHaveLength(4002);
    // At most those of two times 10 s.
    expect(operator.keys).toBeLessThanOrEqual(400);
  });

  it('tells at the end how many it has taken out', async () => {
    const three = Array<Arrival>(3).fill({ at: 0, key: 'a' });
    const { piped } = await throttled({ onExcess: 'drop' }, three);
    expect(piped.notices).toEqual(['2 of 3 events were over the rate and were taken out']);
    const alone = new Piped();
    const operator = new Throttle(
      { interval: 1000, burst: 1, by: [], onExcess: 'drop' },
      { now: () => 0, sleep: async () => {} },
      alone.context,
    );
    await pipe([`${[HEADER, ...three.map(line), ...streamOf().slice(1)].join('\n')}\n`], operator, alone);
    expect(alone.notices).toEqual([
      '2 of 3 events were over the rate and were taken out | --excess-to FILE keeps them',
    ]);
  });
});

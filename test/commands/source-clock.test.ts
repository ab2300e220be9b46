import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/connectors/connector.ts';
import { VirtualWorld } from '../operators/virtual-world.ts';
import { eventsOf, runSourceSplits, runSourceWords } from './source-running.ts';

/** Text that comes, or ms in which nothing does. */
type Input = string | number;

/** Input that comes in the time of the world. */
const comingIn = (world: VirtualWorld, input: readonly Input[], endless = true): Split => ({
  name: 'input',
  endless,
  async open() {
    let next = 0;
    return {
      async read(target, offset) {
        for (;;) {
          const step = input[next++];
          if (step === undefined) return 0;
          if (typeof step === 'string') return Buffer.from(step).copy(target, offset);
          await world.pass(step);
        }
      },
      close: async () => {},
    };
  },
});

const START = Date.parse('2026-03-14T00:00:00Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const record = (ms: number): string => `{"t":"${at(ms)}"}\n`;
const tick = (ms: number): string => `{"@tick":"${at(ms)}"}`;
const event = (ms: number): string => `{"@t":"${at(ms)}","t":"${at(ms)}"}`;
const END = ['{"@watermark":"end"}', '{"@end":"drained"}'];

async function linesOf(
  words: readonly string[],
  input: readonly Input[],
  { endless = true, world = new VirtualWorld(START) } = {},
): Promise<string[]> {
  const given = ['--time', 't', ...words];
  const outcome = await runSourceSplits(given, [comingIn(world, input, endless)], world);
  expect(outcome.failure).toBe('');
  return eventsOf(outcome.stream).trimEnd().split('\n');
}

describe('ticks', () => {
  it('come once a second while input without an end is quiet, and before what comes then', async () => {
    expect(await linesOf([], [record(0), 2500, record(1), 700, record(2)])).toEqual([
      tick(0),
      event(0),
      tick(1000),
      tick(2000),
      event(1),
      tick(3000),
      event(2),
      ...END,
    ]);
  });

  it('come as often as is said', async () => {
    expect(await linesOf(['--tick-every', '2s'], [record(0), 4500, record(1)])).toEqual([
      tick(0),
      event(0),
      tick(2000),
      tick(4000),
      event(1),
      ...END,
    ]);
  });

  it('do not come where they are off, nor where the input has an end, but where they are wanted', async () => {
    const input = [record(0), 2500, record(1)];
    const none = [event(0), event(1), ...END];
    expect(await linesOf(['--tick-every', 'off'], input)).toEqual(none);
    expect(await linesOf([], input, { endless: false })).toEqual(none);
    expect(await linesOf(['--tick-every', '2s'], input, { endless: false })).toEqual([
      tick(0),
      event(0),
      tick(2000),
      event(1),
      ...END,
    ]);
  });

  it('come before the first event also where input is quiet from the start', async () => {
    expect(await linesOf([], [1200, record(0)])).toEqual([tick(0), tick(1000), event(0), ...END]);
  });

  it('wait for a clock that was set back', async () => {
    const world = new VirtualWorld(START);
    const back = {
      ...comingIn(world, []),
      open: async () => {
        let reads = 0;
        return {
          async read(target: Buffer, offset: number) {
            if (reads++ === 1) world.now -= 5000;
            if (reads === 3) await world.pass(6500);
            return reads > 3 ? 0 : Buffer.from(record(reads)).copy(target, offset);
          },
          close: async () => {},
        };
      },
    };
    const { stream } = await runSourceSplits(['--time', 't'], [back], world);
    expect(eventsOf(stream).trimEnd().split('\n')).toEqual([
      tick(0),
      event(1),
      event(2),
      tick(1000),
      event(3),
      ...END,
    ]);
  });

  it('come at their times whatever comes between them, and the header tells how often', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.constantFrom('{"t":"2026-03-14T0', '0:00:00Z"}\n')),
        ),
        fc.integer({ min: 1, max: 2500 }),
        async (steps, every) => {
          // Halves of lines: what is no record is passed over.
          const words = ['--tick-every', `${every}ms`, '--on-reject', 'skip', '--limit', '50'];
          const lines = await linesOf(words, steps);
          const ticks = lines
            .filter((line) => line.includes('@tick'))
            .map((line) => Date.parse(line.slice(10, 34)));
          const quiet = steps.reduce<number>((sum, step) => sum + (typeof step === 'number' ? step : 0), 0);
          for (const [i, time] of ticks.entries()) {
            if (i > 0) expect(time - ticks[i - 1]!).toBe(every);
            expect(time).toBeLessThanOrEqual(START + quiet);
          }
          expect(ticks[0]).toBe(START);
          // The end of the input may come first.
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(START + quiet - every);
        },
      ),
      { numRuns: 100 },
    );
    const world = new VirtualWorld(START);
    const { stream } = await runSourceSplits(['--time', 't'], [comingIn(world, [])], world);
    expect(stream).toMatch(/^\{"@stream":\{.*"ticks":"PT1S"/);
  });

  it('of a stored stream are its own', async () => {
    await expect(runSourceWords(['--format', 'stream', '--tick-every', '1s'])).rejects.toThrow(
      '--tick-every is for records',
    );
  });
});

const watermark = (ms: number): string => `{"@watermark":"${at(ms)}"}`;
const QUIET = ['--tick-every', 'off'];

describe('--watermark wall', () => {
  it('goes by the clock, also while nothing comes, and each time by --watermark-every', async () => {
    const words = ['--watermark', 'wall', '--delay', '10s', '--watermark-every', '2s', ...QUIET];
    expect(await linesOf(words, [record(0), 5000, record(1), record(90_000)])).toEqual([
      watermark(-10_000),
      event(0),
      watermark(-8000),
      watermark(-6000),
      event(1),
      event(90_000),
      ...END,
    ]);
  });

  it('stands behind its tick, has no delay when none is given, and is told in the header', async () => {
    const world = new VirtualWorld(START);
    const { stream } = await runSourceSplits(
      ['--time', 't', '--watermark', 'wall'],
      [comingIn(world, [record(0)])],
      world,
    );
    expect(stream.split('\n')[0]).toContain('"watermark":{"strategy":"wall","delay":"PT0S","every":"PT1S"}');
    expect(eventsOf(stream).trimEnd().split('\n')).toEqual([tick(0), watermark(0), event(0), ...END]);
  });
});

describe('--watermark manual', () => {
  const words = ['--watermark', 'manual', ...QUIET];
  const mark = (text: string): string => `{"@watermark":${text}}\n`;

  it('is what the records say whose first member it is, and never goes back', async () => {
    const input = [
      record(5),
      ` { "@watermark" : "${at(3)}" , "x":1}\n`,
      record(1),
      mark(`"${at(2)}"`),
      mark(`"2026-03-14T01:00:00.004+01:00"`),
      record(9),
    ];
    expect(await linesOf(words, [input.join('')])).toEqual([
      event(5),
      watermark(3),
      event(1),
      watermark(4),
      event(9),
      ...END,
    ]);
  });

  it('rejects what is no time, and takes a member of that name elsewhere for one of the event', async () => {
    const world = new VirtualWorld(START);
    const input = [mark('7'), mark('"end"'), `{"t":"${at(0)}","@watermark":"${at(0)}"}\n`];
    const outcome = await runSourceSplits(
      ['--time', 't', '--on-reject', 'skip', ...words],
      [comingIn(world, [input.join('')])],
      world,
    );
    expect(outcome.rejected).toBe(mark('7') + mark('"end"'));
    expect(outcome.notices.join('\n')).toContain('@watermark: 7 is no time');
    expect(eventsOf(outcome.stream)).toContain(`"@@watermark":"${at(0)}"`);
  });

  it.each([
    [['--format', 'csv'], '--watermark manual is for ndjson, not for csv'],
    [['--delay', '1s'], '--delay is for --watermark delay and wall'],
    [['--watermark-every', '1s'], '--watermark manual writes each'],
    [['--from', '2026-03-14'], '--from is for records'],
    [['--sorted'], '--sorted goes by --delay'],
    [['--max-ahead', '1h'], '--max-ahead is for a watermark that follows from event times'],
  ])('is refused beside %j', async (more, message) => {
    await expect(runSourceWords(['--time', 't', '--watermark', 'manual', ...more])).rejects.toThrow(message);
  });
});

describe('--max-ahead', () => {
  it('lets no event move the watermark that is later than the clock at the start by more than this', async () => {
    const world = new VirtualWorld(START);
    const words = ['--time', 't', '--delay', '1s', '--max-ahead', '1h'];
    const input = [record(0), record(5_000_000), record(3000), 4_000_000, record(5_000_000)];
    const { stream, notices } = await runSourceSplits(words, [comingIn(world, input, false)], world);
    expect(eventsOf(stream).trimEnd().split('\n')).toEqual([
      event(0),
      watermark(-1000),
      event(5_000_000),
      event(3000),
      watermark(2000),
      event(5_000_000),
      ...END,
    ]);
    expect(notices).toEqual([
      '2 events were more than 1h ahead of the clock, and did not move the watermark',
    ]);
  });

  it('goes by the last tick where there are ticks', async () => {
    const words = ['--delay', '1s', '--max-ahead', '1h', '--tick-every', '1h'];
    expect(await linesOf(words, [record(5_000_000), 4_000_000, record(5_000_000)])).toEqual([
      tick(0),
      event(5_000_000),
      tick(3_600_000),
      event(5_000_000),
      watermark(4_999_000),
      ...END,
    ]);
  });
});

describe('--idle', () => {
  it('says once that nothing comes, and again behind the next event', async () => {
    const words = ['--delay', '0s', '--idle', '4s', ...QUIET];
    expect(await linesOf(words, [record(0), 20_000, record(1000), 1000, record(2000), 20_000])).toEqual([
      event(0),
      watermark(0),
      '{"@idle":true}',
      event(1000),
      watermark(1000),
      event(2000),
      watermark(2000),
      '{"@idle":true}',
      ...END,
    ]);
  });

  it('says so of input that has had nothing at all, between its ticks', async () => {
    expect(await linesOf(['--idle', '2s'], [3500])).toEqual([
      tick(0),
      tick(1000),
      tick(2000),
      '{"@idle":true}',
      tick(3000),
      ...END,
    ]);
  });
});

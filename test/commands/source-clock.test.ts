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

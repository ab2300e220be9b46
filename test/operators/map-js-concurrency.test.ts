import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError, usageError } from '../../src/errors.ts';
import type { MapContext, MapModule } from '../../src/operators/map-module.ts';
import { printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { mapWith, moduleWith } from './calling.ts';
import { feedings, output, run, WHOLE } from './harness.ts';
import { eventLine, streamOf, watermarkLine } from './piping.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { generated, shown } from './streams.ts';

const text = (...lines: string[]): string => `${streamOf(...lines).join('\n')}\n`;

/** A few turns of the queues: macrotasks, now and then. */
async function wait(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await undefined;
  if (turns % 5 === 4) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits that differ from event to event, and are the same in every run. */
const turnsOf = (event: object): number => {
  let hash = 7;
  for (const char of JSON.stringify(event, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)))
    hash = (hash * 31 + char.charCodeAt(0)) % 997;
  return hash % 12;
};

/** Does all that a function may, and takes its time. */
const busy = (keyed: boolean, timers: boolean): MapModule => ({
  async process(event, context) {
    const turns = turnsOf(event);
    context.emit({ first: turns });
    await wait(turns);
    context.count(`turns_${turns % 3}`);
    if (turns === 5) throw new Error(`not ${turns}`);
    let n = 0;
    if (keyed) {
      n = Number(context.state.get('n') ?? 0) + 1;
      context.state.set('n', n);
      if (n % 4 === 0) context.state.delete('n');
      if (timers) context.timer('t', Math.min(context.time + 3000, context.window?.end ?? Infinity));
    }
    if (turns % 4 === 1) context.output('side', { turns, n });
    await wait(turns % 3);
    return turns === 2 ? null : [{ n, w: String(context.watermark), window: context.window }, event];
  },
  ...(timers
    ? {
        async onTimer(name: string, context: MapContext) {
          await wait(3);
          return { name, n: context.state.get('n') ?? null, at: context.time };
        },
      }
    : {}),
});

const tiled = generated
  .filter(({ window }) => window.kind !== 'session')
  .map(({ items, window }) => stampWindows(items, window));
const stopped = fc
  .tuple(tiled, fc.array(fc.nat(500), { maxLength: 5 }))
  .map(([items, at]) => withBarriers(items, at));

describe('map --js --concurrency', () => {
  it('gives what one call after the other gives, with state, timers, rejected events and over runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(stopped),
        fc.constantFrom(2, 3, 7, 100),
        feedings,
        barriers,
        fc.record({
          keyed: fc.boolean(),
          timers: fc.boolean(),
          ttl: fc.constantFrom(1, 2000, Number.POSITIVE_INFINITY),
        }),
        async (items, concurrency, feeding, stops, { keyed, timers, ttl }) => {
          const setup = { ...(keyed ? { by: 'k', ttl } : {}), sides: ['side'] };
          const make = (): MapModule => busy(keyed, keyed && timers);
          const stream = printItems(items);
          const inOrder = await run(moduleWith(make, setup), stream, WHOLE);
          const beside = moduleWith(make, { ...setup, concurrency });
          const outcome = await run(keyed ? stopping(beside, stops) : beside, stream, feeding);
          expect(new Map([...outcome.outputs].sort())).toEqual(new Map([...inOrder.outputs].sort()));
          expect(new Map([...outcome.counters].sort())).toEqual(new Map([...inOrder.counters].sort()));
          // Of a run that goes on the first is told again.
          if (!keyed) expect(outcome.notices).toEqual(inOrder.notices);
        },
      ),
      { numRuns: 200 },
    );
  });

  const many = (count: number, keys: number): string =>
    text(
      ...Array.from({ length: count }, (_, n) => [
        eventLine(n, `"n":${n},"k":${n % keys}`),
        ...(n % 10 === 9 ? [watermarkLine(n - 5)] : []),
      ]).flat(),
    );

  it('has as many calls under way as it may, past watermarks, and of a key one', async () => {
    let calls = 0;
    let most = 0;
    const ofKey = new Map<unknown, number>();
    const process: MapModule['process'] = async (event, context) => {
      calls++;
      most = Math.max(most, calls);
      const mine = (ofKey.get(event.k) ?? 0) + 1;
      ofKey.set(event.k, mine);
      if (context.key !== undefined && mine > 1) throw usageError('two calls of a key');
      const n = context.key === undefined ? 0 : Number(context.state.get('n') ?? 0) + 1;
      await wait((Number(event.n) * 7) % 11);
      if (context.key !== undefined) context.state.set('n', n);
      calls--;
      ofKey.set(event.k, ofKey.get(event.k)! - 1);
      return { n };
    };
    await run(mapWith(process, { concurrency: 25 }), many(200, 40));
    expect(most).toBe(25);
    most = 0;
    const kept = output(await run(mapWith(process, { concurrency: 25, by: 'k' }), many(200, 40)));
    expect(most).toBeGreaterThan(15);
    const counts = kept.match(/"n":\d+/g)!.map((found) => Number(found.slice(4)));
    expect(counts).toEqual(Array.from({ length: 200 }, (_, n) => Math.floor(n / 40) + 1));
  });

  it('hands on what is done while others are under way, and holds no more than it must', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let given = 0;
    async function* numbers(n: unknown): AsyncGenerator<object> {
      for (let i = 0; i < 5000; i++) {
        given++;
        yield { n, i };
      }
    }
    const make = mapWith(
      async (event) => {
        if (event.n === 1) {
          await held;
          return { last: true };
        }
        if (event.n !== 2) return event;
        setTimeout(() => {
          // As much as it may give before its turn.
          expect(given).toBeLessThan(1500);
          release();
        }, 30);
        return numbers(event.n);
      },
      { concurrency: 4 },
    );
    const lines = output(await run(make, many(4, 4)))
      .split('\n')
      .filter((line) => line.startsWith('{"@t"'));
    expect(lines).toHaveLength(1 + 1 + 5000 + 1);
    expect(lines[1]).toContain('"last":true');
    expect(lines[5001]).toContain('"i":4999');
    expect(lines.at(-1)).toContain('"n":3');
  });

  it('keeps bundles apart', async () => {
    const seen: string[] = [];
    const make = moduleWith(
      () => {
        let held: MapContext | undefined;
        return {
          startBundle: () => void seen.push('start'),
          async process(event, context) {
            await wait(9 - (Number(event.n) % 10));
            seen.push(String(event.n));
            if (event.n === 0) held = context;
          },
          async endBundle() {
            await wait(2);
            held?.emit({ end: seen.length });
            held = undefined;
            seen.push('end');
          },
        };
      },
      { concurrency: 3 },
    );
    const written = output(await run(make, many(4, 1)));
    expect(seen[0]).toBe('start');
    expect(seen.at(-1)).toBe('end');
    expect([...seen].sort()).toEqual(['0', '1', '2', '3', 'end', 'start']);
    expect(written).toContain('"end":5');
  });

  it('refuses what is given when a call is over, and calls for the commit in the order of events', async () => {
    const called: unknown[] = [];
    let first: MapContext | undefined;
    const outcome = await run(
      mapWith(
        async (event, context) => {
          context.afterCommit(() => called.push(event.n));
          first ??= context;
          await wait(10 - Number(event.n));
          if (event.n === 3) {
            await wait(40);
            first.emit({ late: true });
          }
        },
        { concurrency: 4 },
      ),
      many(4, 1),
    );
    expect(called).toEqual([0, 1, 2]);
    expect(outcome.notices[0]).toContain('an event is given when the bundle that it belongs to is over');
  });

  it('ends the run with the first error that does, and when what it has given cannot be handed on', async () => {
    const failing = mapWith(
      async (event) => {
        await wait(12 - Number(event.n));
        if (Number(event.n) >= 2) throw new Error(`no ${event.n}`);
      },
      { concurrency: 8, onError: 'fail' },
    );
    await expect(run(failing, many(8, 1))).rejects.toThrow('./fn.mjs: no 2');
    const closed = new TidemarkError('cut', 'nobody reads on');
    async function* numbers(): AsyncGenerator<object> {
      for (let i = 0; i < 5000; i++) yield { i };
    }
    await expect(
      run(
        (context) =>
          mapWith(async (event) => (event.n === 0 ? numbers() : wait(3).then(() => event)), {
            concurrency: 8,
          })({ ...context, emit: () => Promise.reject(closed) }),
        many(8, 1),
      ),
    ).rejects.toBe(closed);
  });
});

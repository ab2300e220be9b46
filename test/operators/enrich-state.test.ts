import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePath } from '../../src/json/path.ts';
import { EnrichTable } from '../../src/operators/enrich-table.ts';
import { DEAD_LETTER } from '../../src/operators/operator.ts';
import { SideTableBuilder } from '../../src/operators/side-table-builder.ts';
import { answer, Server, type Setup, setUp } from './asking.ts';
import { cut, END, eventLine, HEADER, Piped, pipe, streamOf, watermarkLine } from './piping.ts';
import { type HeldSnapshot, Killed, keeping } from './resuming.ts';
import { VirtualWorld } from './virtual-world.ts';

const barrier = (epoch: number): string => `{"@barrier":${epoch}}`;
const isBarrier = (line: string): boolean => line.startsWith('{"@barrier":');

interface Ran {
  readonly piped: Piped;
  /** The last one that was taken. */
  readonly snapshot: HeldSnapshot | undefined;
  /** Dead letters that stood before the barrier of `until`. */
  readonly letters: number;
}

/** Runs until the process is killed behind the barrier of `until`, or to the end. */
async function run(
  server: Server,
  lines: readonly string[],
  setup: Setup & { readonly cuts?: readonly number[]; readonly slowOutput?: boolean },
  restored: HeldSnapshot | undefined,
  until: number | undefined,
  /** ms that pass between the barrier and the kill. */
  lag = 0,
): Promise<Ran> {
  const { cuts = [], slowOutput = false, ...rest } = setup;
  const world = setup.world ?? new VirtualWorld();
  const { operator, piped } = setUp(server, { ...rest, world });
  let letters: number | undefined;
  piped.slowness = () => {
    if (until !== undefined && piped.lines.at(-1) === barrier(until))
      letters ??= piped.sides.get(DEAD_LETTER)?.length ?? 0;
    return slowOutput ? world.pass(20) : undefined;
  };
  let last: HeldSnapshot | undefined;
  const kept = keeping(operator, restored, async (epoch, snapshot) => {
    last = snapshot;
    if (epoch !== until) return;
    await world.pass(lag);
    throw new Killed();
  });
  try {
    await pipe(cut(lines, cuts), kept, piped);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    await operator.abort();
  }
  return { piped, snapshot: last, letters: letters ?? 0 };
}

/** What counts of a run that was killed: all up to its last barrier. */
const committed = (lines: readonly string[], until: number): string[] =>
  lines.slice(0, lines.indexOf(barrier(until)));

/** Answers slower than a barrier waits, some of them failing. */
function slowServer(world: VirtualWorld, latencies: readonly number[], failing: ReadonlySet<string>): Server {
  let asked = 0;
  return new Server(async (path) => {
    await world.pass(latencies[asked++ % latencies.length]!);
    return failing.has(path) ? answer(400) : answer(200, path);
  });
}

describe('enrich http with a state', () => {
  it('goes on at any barrier as if it had never stopped: every event once, in order', async () => {
    const item = fc.oneof(
      { weight: 6, arbitrary: fc.nat({ max: 9 }) },
      { weight: 1, arbitrary: fc.constant('watermark' as const) },
      { weight: 1, arbitrary: fc.constant('tick' as const) },
      { weight: 1, arbitrary: fc.constant('idle' as const) },
      { weight: 2, arbitrary: fc.constant('barrier' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 60 }),
        fc.array(fc.oneof(fc.nat({ max: 50 }), fc.integer({ min: 0, max: 20_000 })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.array(fc.constantFrom(0, 0, 30, 3000, 60_000), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 6 }),
        fc.boolean(),
        async (items, latencies, kills, lags, concurrency, cuts, slowOutput) => {
          const input: string[] = [];
          const expected: string[] = [];
          const letters: string[] = [];
          let epoch = 0;
          items.forEach((given, index) => {
            if (given === 'barrier') input.push(barrier(++epoch));
            else if (given === 'idle') input.push('{"@idle":true}');
            else if (typeof given === 'number') {
              const line = eventLine(index, `"id":${given}`);
              input.push(line);
              if (given === 7) letters.push(line);
              else expected.push(eventLine(index, `"id":${given},"enriched":${given}`));
              return;
            } else
              input.push(
                given === 'tick' ? watermarkLine(index).replace('watermark', 'tick') : watermarkLine(index),
              );
            if (given !== 'barrier') expected.push(input.at(-1)!);
          });
          const lines = [...input, END[0]!, barrier(++epoch), END[1]!];
          const world = new VirtualWorld(0, [0, 0.3, 0.9]);
          const setup: Setup = { concurrency, world, onFailure: 'letter', sides: [DEAD_LETTER] };
          const got: string[] = [];
          const gotLetters: string[] = [];
          let snapshot: HeldSnapshot | undefined;
          for (let from = 0, turn = 0; from < lines.length; turn++) {
            // Behind the last barrier the stream is over.
            const next = lines.slice(from).filter(isBarrier).slice(0, -1);
            const until = next.find((_, index) => kills[(turn + index) % kills.length]);
            const server = slowServer(world, latencies, new Set(['7']));
            const number = until === undefined ? undefined : Number(/\d+/.exec(until));
            const rest = { ...setup, cuts, slowOutput };
            const {
              piped,
              snapshot: last,
              letters: before,
            } = await run(
              server,
              [HEADER, ...lines.slice(from)],
              rest,
              snapshot,
              number,
              lags[turn % lags.length],
            );
            expect(server.most).toBeLessThanOrEqual(concurrency);
            // The dead letters are a part of the epoch too: those behind the barrier were after it.
            const side = piped.sides.get(DEAD_LETTER) ?? [];
            if (number === undefined) {
              got.push(...piped.lines);
              gotLetters.push(...side);
              break;
            }
            got.push(...committed(piped.lines, number));
            gotLetters.push(...side.slice(0, before));
            snapshot = last;
            from = lines.indexOf(until!) + 1;
          }
          expect(got.filter((line) => !isBarrier(line))).toEqual([...expected, ...END]);
          expect(gotLetters).toEqual(letters);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('waits for all answers at a barrier behind the last watermark: they belong to the last epoch', async () => {
    const world = new VirtualWorld();
    const server = slowServer(world, [3_600_000], new Set());
    const lines = [HEADER, eventLine(0, '"id":1'), END[0]!, barrier(1), END[1]!];
    const { piped } = await run(server, lines, { world }, undefined, undefined);
    expect(piped.lines).toEqual([eventLine(0, '"id":1,"enriched":1'), END[0], barrier(1), END[1]]);
  });

  it('writes what is answered within a second before the barrier, and no event twice', async () => {
    const world = new VirtualWorld();
    const server = new Server(async (path) => {
      await world.pass(path === '1' ? 900 : 5000);
      return answer(200, path);
    });
    const events = [eventLine(0, '"id":1'), eventLine(1, '"id":2')];
    const lines = [HEADER, ...events, barrier(1), eventLine(2, '"id":3'), ...END];
    const { piped } = await run(server, lines, { world }, undefined, undefined);
    expect(piped.lines).toEqual([
      eventLine(0, '"id":1,"enriched":1'),
      barrier(1),
      eventLine(1, '"id":2,"enriched":2'),
      eventLine(2, '"id":3,"enriched":3'),
      ...END,
    ]);
  });

  it('leaves what has no answer to the next run when it is suspended, and asks as that run says', async () => {
    const world = new VirtualWorld();
    const never = new Server(() => new Promise(() => {}));
    const windowed =
      '{"@t":"1970-01-01T00:00:01.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","@pane":{"index":0},"id":"\\u00e9"}';
    const events = [eventLine(0, '"id":1'), watermarkLine(0), windowed];
    const first = await run(
      never,
      [HEADER, ...events, barrier(1), '{"@end":"suspended"}'],
      { world },
      undefined,
      undefined,
    );
    expect(first.piped.lines).toEqual([barrier(1), '{"@end":"suspended"}']);
    expect(first.piped.notices).toEqual(['2 events have no answer yet: the next run asks again']);
    expect(never.destroyed).toBe(1);
    const { piped } = await run(
      new Server((path) => answer(200, `"${path}"`)),
      streamOf(eventLine(2, '"id":2')),
      { url: 'http://s/of/{id}', concurrency: 1 },
      first.snapshot,
      undefined,
    );
    expect(piped.lines).toEqual([
      eventLine(0, '"id":1,"enriched":"of/1"'),
      watermarkLine(0),
      windowed.replace(/}$/, ',"enriched":"of/%C3%A9"}'),
      eventLine(2, '"id":2,"enriched":"of/2"'),
      ...END,
    ]);
  });

  it('saves what it has not asked for yet of the run before', async () => {
    const lines = Array.from({ length: 2500 }, (_, id) => eventLine(id, `"id":${id}`));
    const never = (): Server => new Server(() => new Promise(() => {}));
    const held = lines.slice(0, 800);
    let { snapshot } = await run(never(), [HEADER, ...held, barrier(1)], { concurrency: 2000 }, undefined, 1);
    for (const epoch of [2, 3])
      ({ snapshot } = await run(never(), [HEADER, barrier(epoch)], { concurrency: 1 }, snapshot, epoch));
    const world = new VirtualWorld();
    const server = slowServer(world, [1], new Set());
    const { piped } = await run(server, streamOf(...lines.slice(800)), { world }, snapshot, undefined);
    expect(piped.lines).toEqual([
      ...lines.map((line, id) => line.replace(/}$/, `,"enriched":${id}}`)),
      ...END,
    ]);
  });

  it('tells of an event of the run before without a line, which is none of this input', async () => {
    const never = new Server(() => new Promise(() => {}));
    const { snapshot } = await run(never, [HEADER, eventLine(0, '"id":1'), barrier(1)], {}, undefined, 1);
    const refusing = new Server(() => answer(400));
    await expect(run(refusing, streamOf(), {}, snapshot, undefined)).rejects.toMatchObject({
      message: 'http://s/1: status 400',
    });
    await expect(run(refusing, streamOf(), {}, snapshot, undefined)).rejects.not.toHaveProperty('line');
    const { piped } = await run(refusing, streamOf(), { onFailure: 'drop' }, snapshot, undefined);
    expect(piped.notices).toEqual(['http://s/1: status 400: the event is left out']);
  });

  it('wonders about 404 only when no run has known anything', async () => {
    const lines = [
      HEADER,
      eventLine(0, '"id":1'),
      eventLine(1, '"id":2'),
      barrier(1),
      '{"@end":"suspended"}',
    ];
    const first = await run(new Server((path) => answer(200, path)), lines, {}, undefined, undefined);
    const { piped } = await run(new Server(() => answer(404)), lines, {}, first.snapshot, undefined);
    expect(piped.notices).toEqual([]);
  });

  it('asks for the rest when only the barrier of a stream is passed on and nothing is kept', async () => {
    const world = new VirtualWorld();
    const server = slowServer(world, [5000], new Set());
    const { operator, piped } = setUp(server, { world });
    await pipe(cut(streamOf(eventLine(0, '"id":1'), barrier(1))), operator, piped);
    expect(piped.lines).toEqual([eventLine(0, '"id":1,"enriched":1'), barrier(1), ...END]);
  });
});

describe('enrich table with a state', () => {
  it('wonders about a table without matches only when no run has found one', async () => {
    const builder = new SideTableBuilder({ by: [parsePath('id')], columns: undefined });
    const source = { name: 'users.csv', table: builder.finish(), refresh: () => undefined };
    const once = async (restored?: HeldSnapshot): Promise<{ snapshot?: HeldSnapshot; notices: string[] }> => {
      const piped = new Piped();
      const operator = new EnrichTable(
        { by: [parsePath('id')], as: undefined, join: 'left' },
        source,
        piped.context,
      );
      let snapshot: HeldSnapshot | undefined;
      const kept = keeping(operator, restored, (_, taken) => {
        snapshot = taken;
      });
      const lines = [HEADER, eventLine(0, '"id":1'), barrier(1), '{"@end":"suspended"}'];
      await pipe(cut(lines), kept, piped);
      return { ...(snapshot === undefined ? {} : { snapshot }), notices: piped.notices };
    };
    const first = await once();
    expect(first.notices[0]).toMatch(/no row for any of the event by id/);
    const second = await once(first.snapshot);
    expect(second.notices[0]).toMatch(/no row for any of the 2 events by id/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapModule } from '../../src/operators/map-module.ts';
import { REJECTED } from '../../src/operators/operator.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { mapWith, moduleWith } from './calling.ts';
import { feedings, identity, output, run } from './harness.ts';
import { END, eventLine, HEADER, streamOf, watermarkLine } from './piping.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, generated, header, shown } from './streams.ts';

const text = (...lines: string[]): string => `${streamOf(...lines).join('\n')}\n`;

/** The lines of an output behind its header. */
const linesOf = (written: string): string[] => written.trimEnd().split('\n').slice(1);

async function mapped(make: Parameters<typeof run>[0], ...lines: string[]): Promise<string[]> {
  return linesOf(output(await run(make, text(...lines)))).slice(0, -END.length);
}

/** Streams that are no unmerged sessions, which have no state. */
const tiled = generated
  .filter(({ window }) => window.kind !== 'session')
  .map(({ items, window }) => stampWindows(items as Item[], window));

/** Counts what comes until a key has been quiet. */
const pauses = (): MapModule => ({
  process(_event, context) {
    context.state.set('n', Number(context.state.get('n') ?? 0) + 1);
    const end = context.window?.end ?? Number.POSITIVE_INFINITY;
    context.timer('quiet', Math.min(context.time + 7000, end));
    context.timer('late', context.time % 3000 === 0 ? Math.min(context.time + 1000, end) : null);
    return [];
  },
  onTimer(name, context) {
    const n = context.state.get('n');
    if (name === 'quiet') context.state.delete('n');
    const k = context.key!.k;
    // A number that is too large for JavaScript is none that it can write.
    return { k: typeof k === 'number' && !Number.isFinite(k) ? String(k) : k, name, n };
  },
});

describe('map --js', () => {
  it('passes events as they came where the function leaves them alone, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(generated.map(({ items, window }) => stampWindows(items as Item[], window))),
        feedings,
        fc.boolean(),
        async (items, feeding, isAsync) => {
          const make = isAsync ? mapWith(async (same) => same) : mapWith((same) => [null, same, undefined]);
          const written = linesOf(output(await run(make, printItems(items), feeding)));
          expect(written).toEqual(linesOf(output(await run(identity, printItems(items)))));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('writes what it changes, and keeps the bytes of all else', async () => {
    const make = mapWith((was) => {
      const { gone: _, ...rest } = was;
      return { ...rest, a: 2, added: { big: 2n ** 64n } };
    });
    expect(
      await mapped(
        make,
        eventLine(1, '"a":1,"gone":[],"b":1.50,"c":"\\u0061","big":18446744073709551615,"o":{"x": 1.0}'),
      ),
    ).toEqual([
      eventLine(
        1,
        '"a":2,"b":1.50,"c":"\\u0061","big":18446744073709551615,"o":{"x": 1.0},"added":{"big":18446744073709551616}',
      ),
    ]);
  });

  it('sees what was changed inside of a member', async () => {
    const make = mapWith((was) => {
      (was.o as { x: number }).x++;
      return was;
    });
    expect(await mapped(make, eventLine(1, '"o":{"x": 1.0},"p":{"x": 1.0}'))).toEqual([
      eventLine(1, '"o":{"x":2},"p":{"x": 1.0}'),
    ]);
  });

  it('says nothing of what its results have, whatever is known of its input', async () => {
    const schema =
      '"schema":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}';
    const known = text(eventLine(1, '"a":1')).replace('"branch":""', `"branch":"",${schema}`);
    expect(output(await run(identity, known))).toContain('"schema"');
    expect(
      output(
        await run(
          mapWith(() => ({ b: 2 })),
          known,
        ),
      ),
    ).not.toContain('"schema"');
  });

  it('knows members by the names that the user gave them, of duplicates the first', async () => {
    const seen: unknown[] = [];
    const make = mapWith((was) => {
      seen.push({ ...was });
      return { ...was, '@w': 1 };
    });
    expect(await mapped(make, eventLine(1, '"@@t":1,"a":1,"2":0,"a":2,"__proto__":3'))).toEqual([
      eventLine(1, '"2":0,"@@t":1,"a":1,"__proto__":3,"@@w":1'),
    ]);
    expect(seen).toEqual([JSON.parse('{"2":0,"@t":1,"a":1,"__proto__":3}')]);
  });

  it('takes lists, generators and async generators, and events at the moment that they are given', async () => {
    const make = mapWith((was) => {
      if (was.n === 1) return [{ n: 10 }, { n: 11 }];
      const many = { n: 20 };
      if (was.n === 2)
        return (function* () {
          yield many;
          many.n++;
          yield many;
        })();
      return (async function* () {
        yield { n: 30 };
        await Promise.resolve();
        yield { n: 31 };
      })();
    });
    const lines = await mapped(make, eventLine(1, '"n":1'), eventLine(2, '"n":2'), eventLine(3, '"n":3'));
    expect(lines).toEqual([
      eventLine(1, '"n":10'),
      eventLine(1, '"n":11'),
      eventLine(2, '"n":20'),
      eventLine(2, '"n":21'),
      eventLine(3, '"n":30'),
      eventLine(3, '"n":31'),
    ]);
  });

  it('gives of one event as many as it likes', async () => {
    const lines = await mapped(
      mapWith((_event) => many()),
      eventLine(1, ''),
    );
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toBe(eventLine(1, '"n":19999'));
  });

  it('counts nothing of a call that throws, and tells where', async () => {
    const make = moduleWith(
      () => ({
        process(was, context) {
          context.state.set('n', Number(context.state.get('n') ?? 0) + 1);
          context.count('calls');
          context.output('side', was);
          context.emit({ emitted: was.n });
          if (was.n === 2) throw new Error('not two');
          if (was.n === 3) return { x: Number.NaN };
          if (was.n === 4) return 'text' as unknown as object;
          return { n: context.state.get('n') };
        },
      }),
      { by: 'k', sides: ['side'] },
    );
    const outcome = await run(make, text(...[1, 2, 3, 4, 5].map((n) => eventLine(n, `"n":${n}`))));
    expect(linesOf(output(outcome)).slice(0, -2)).toEqual([
      eventLine(1, '"emitted":1'),
      eventLine(1, '"n":1'),
      eventLine(5, '"emitted":5'),
      eventLine(5, '"n":2'),
    ]);
    expect(outcome.counters.get('calls')).toBe(2);
    expect(outcome.counters.get('rejected')).toBe(3);
    expect(output(outcome, REJECTED).trimEnd().split('\n')).toEqual(
      [2, 3, 4].map((n) => eventLine(n, `"n":${n}`)),
    );
    expect(outcome.notices[0]).toBe(
      'line 3: ./fn.mjs: not two: the event is left out (--rejected-to FILE keeps such events; --on-error fail ends the run instead)',
    );
    expect(outcome.notices).toContain('3 events were left out in all');
  });

  it('ends the run where it is told to, and where the function asks for what there is not', async () => {
    const failing = mapWith(
      (was) => {
        throw new Error(`no ${was.n}`);
      },
      { onError: 'fail' },
    );
    await expect(mapped(failing, eventLine(1, '"n":1'))).rejects.toThrow('./fn.mjs: no 1');
    const unknown = mapWith((_was, context) => {
      context.output('nowhere', {});
      return null;
    });
    await expect(mapped(unknown, eventLine(1, ''))).rejects.toThrow("there is no side output 'nowhere'");
    const keyless = mapWith((_was, context) => {
      context.state.set('a', 1);
      return null;
    });
    await expect(mapped(keyless, eventLine(1, ''))).rejects.toThrow('context.state is kept by key');
  });

  it('gives what a bundle held before the watermark behind it', async () => {
    const held: { give: () => void }[] = [];
    const make = moduleWith(() => ({
      process(was, context) {
        held.push({ give: () => context.emit({ ...was, late: true }) });
        return null;
      },
      async endBundle() {
        await Promise.resolve();
        for (const { give } of held.splice(0)) give();
      },
    }));
    expect(
      await mapped(
        make,
        eventLine(1, '"n":1'),
        eventLine(3, '"n":2'),
        watermarkLine(2),
        eventLine(4, '"n":3'),
      ),
    ).toEqual([
      eventLine(1, '"n":1,"late":true'),
      eventLine(3, '"n":2,"late":true'),
      watermarkLine(2),
      eventLine(4, '"n":3,"late":true'),
    ]);
  });

  it('moves events in time only forward, and only where there are no windows', async () => {
    const later = mapWith((was, context) => context.timed(context.time + Number(was.by), was));
    expect(await mapped(later, eventLine(5, '"by":1000'), eventLine(6, '"by":-1'))).toEqual([
      eventLine(6, '"by":1000'),
    ]);
    const windowed = text(eventLine(5, '"by":1000')).replace(
      '"windowing":{"kind":"global"}',
      '"windowing":{"kind":"fixed","size":"PT1M","offset":"PT0S"}',
    );
    await expect(run(later, windowed)).rejects.toThrow(
      'the time of an event is not changed where the stream has windows',
    );
  });

  it('fires timers as the plain model does', async () => {
    const step = fc.record({
      key: fc.nat(3),
      at: fc.nat(40),
      watermark: fc.option(fc.nat(12), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), feedings, async (steps, feeding) => {
        const items: Item[] = [];
        let watermark = -1;
        for (const { key, at, watermark: ahead } of steps) {
          items.push(event(Math.max(at, watermark) * 1000, `"k":${key}`));
          if (ahead === undefined) continue;
          watermark = Math.max(watermark, at - ahead);
          items.push({ kind: 'watermark', time: watermark * 1000 });
        }
        const written = output(
          await run(moduleWith(pauses, { by: 'k' }), printItems([header(), ...items, ...drained]), feeding),
        );
        expect(linesOf(written).filter((line) => line.includes('"k"'))).toEqual(
          modelOf([...items, ...drained]),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('goes on from its snapshots as if it had never stopped', async () => {
    const places = fc.array(fc.nat(60), { minLength: 1, maxLength: 6 });
    const stopped = fc.tuple(tiled, places).map(([items, at]) => withBarriers(items, at));
    await fc.assert(
      fc.asyncProperty(
        shown(stopped),
        barriers,
        feedings,
        fc.option(fc.integer({ min: 1, max: 9000 })),
        async (items, at, feeding, ttl) => {
          const make = moduleWith(pauses, { by: 'k,o.id', ...(ttl === null ? {} : { ttl }) });
          const all = await run(make, printItems(items), feeding);
          const resumed = await run(stopping(make, at), printItems(items), feeding);
          expect(resumed.outputs).toEqual(all.outputs);
          expect(new Map([...resumed.counters].sort())).toEqual(new Map([...all.counters].sort()));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('forgets a key behind its time to live, and what is in a window with that', async () => {
    const counting = (
      was: object,
      context: { state: { get(name: string): unknown; set(name: string, value: unknown): void } },
    ): object => {
      const n = Number(context.state.get('n') ?? 0) + 1;
      context.state.set('n', n);
      return { ...was, n };
    };
    const lines = [
      eventLine(1, '"k":1'),
      eventLine(3, '"k":1'),
      watermarkLine(8),
      eventLine(9, '"k":1'),
      watermarkLine(14),
      eventLine(15, '"k":1'),
    ];
    const counts = async (ttl: number): Promise<unknown[]> =>
      (await mapped(mapWith(counting, { by: 'k', ttl }), ...lines))
        .filter((line) => line.includes('"n"'))
        .map((line) => JSON.parse(line).n);
    expect(await counts(6000)).toEqual([1, 2, 3, 4]);
    expect(await counts(5000)).toEqual([1, 2, 1, 1]);
  });

  it('keeps what is in a window as long as late events of it count', async () => {
    const at = (second: number): string =>
      `{"@t":"${new Date(second * 1000).toISOString()}","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z","k":1}`;
    const windowing = { kind: 'fixed', size: 'PT10S', offset: 'PT0S' };
    const counts = async (lateness: object): Promise<unknown[]> => {
      const header = { version: 1, commands: [], bounded: true, windowing: { ...windowing, ...lateness } };
      const lines = [
        JSON.stringify({ '@stream': header }),
        at(1),
        watermarkLine(12),
        at(2),
        watermarkLine(15),
      ];
      const counting = mapWith(
        (was, { state }) => {
          state.set('n', Number(state.get('n') ?? 0) + 1);
          return { ...was, n: state.get('n') };
        },
        { by: 'k' },
      );
      const written = output(await run(counting, `${[...lines, at(3), ...END].join('\n')}\n`));
      return [...written.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
    };
    const fires = { trigger: 'after-watermark(late: each)', mode: 'discard' };
    expect(await counts({})).toEqual([1]);
    expect(await counts({ ...fires, lateness: 'PT5S' })).toEqual([1, 2]);
    expect(await counts({ ...fires, lateness: 'PT6S' })).toEqual([1, 2, 3]);
  });

  it('has no state in sessions before they are merged, which is told at the header', async () => {
    const session = (...commands: string[]): string =>
      `${JSON.stringify({ '@stream': { version: 1, commands, bounded: true, windowing: { kind: 'session', gap: 'PT5S' } } })}\n`;
    const keyed = mapWith((was) => was, { by: 'k' });
    await expect(run(keyed, session('source', 'window'))).rejects.toThrow(
      'a state is kept by window, and sessions are not merged here yet',
    );
    const again = session('source', 'window', 'combine', 'window');
    await expect(run(keyed, again)).rejects.toThrow('sessions are not merged here yet');
    const end = END.join('\n');
    await expect(run(keyed, `${session('source', 'window', 'combine')}${end}\n`)).resolves.toBeDefined();
    await expect(
      run(
        mapWith((was) => was),
        `${session('source', 'window')}${end}\n`,
      ),
    ).resolves.toBeDefined();
  });

  it('calls what waits for the commit at the end of a stream without state', async () => {
    const called: number[] = [];
    const make = mapWith((was, context) => {
      context.afterCommit(() => called.push(Number(was.n)));
      if (was.n === 2) throw new Error('not two');
      return null;
    });
    await run(make, text(eventLine(1, '"n":1'), eventLine(2, '"n":2'), eventLine(3, '"n":3')));
    expect(called).toEqual([1, 3]);
    await expect(run(make, `${HEADER}\n${eventLine(1, '"n":9')}\n`)).rejects.toThrow();
    expect(called).toEqual([1, 3]);
  });
});

function* many(): Generator<object> {
  for (let n = 0; n < 20_000; n++) yield { n };
}

/** What `pauses` gives in the global window, event by event. */
function modelOf(items: readonly Item[]): string[] {
  const counts = new Map<number, number>();
  const timers = new Map<number, Map<string, number>>();
  const lines: string[] = [];
  let before = -Infinity;
  for (const item of items) {
    if (item.kind === 'event') {
      const key = Number(item.members.find(({ name }) => name === 'k')!.value.text);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const mine = timers.get(key) ?? new Map<string, number>();
      timers.set(key, mine);
      mine.set('quiet', item.time + 7000);
      if (item.time % 3000 === 0) mine.set('late', item.time + 1000);
      else mine.delete('late');
    }
    if (item.kind !== 'watermark') continue;
    const due = [...timers]
      .flatMap(([key, mine]) => [...mine].map(([name, time]) => ({ key, name, time })))
      .filter(({ time }) => time <= item.time)
      .sort((a, b) => a.time - b.time || a.key - b.key || (a.name < b.name ? -1 : 1));
    for (const { key, name, time } of due) {
      timers.get(key)!.delete(name);
      const n = counts.get(key);
      if (name === 'quiet') counts.delete(key);
      const at = new Date(Math.max(time, before)).toISOString();
      lines.push(`{"@t":"${at}","k":${key},"name":"${name}"${n === undefined ? '' : `,"n":${n}`}}`);
    }
    before = item.time;
  }
  return lines;
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  branch,
  combine,
  dedup,
  filter,
  map,
  partition,
  pipeline,
  route,
  run,
  type Source,
  sink,
  source,
  tee,
  throttle,
  window,
} from '../../src/index.ts';

interface Row {
  readonly at: string;
  readonly n: number;
  readonly k: string;
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const row = (second: number, n: number): Row => ({ at: at(second), n, k: 'abc'[n % 3]! });
const rows = Array.from({ length: 3000 }, (_, n) => row(n, n));
const read = (given: readonly Row[] = rows): Source<Row> => source(given, { time: 'at', delay: '1s' });

async function all<T>(events: AsyncIterable<{ readonly value: T }>): Promise<T[]> {
  const values: T[] = [];
  for await (const { value } of events) values.push(value);
  return values;
}

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('a branch of the program', () => {
  it('is a stream of its own, with the time and the windows of the one that it leaves', async () => {
    const copy = branch<Row>();
    const [passed, counted] = await Promise.all([
      all(pipeline([read(), window.fixed('10m'), tee(copy), filter('n < 5')])),
      (async () => {
        const results: unknown[] = [];
        for await (const { window: found, value } of pipeline([copy, combine({ n: 'count' })]))
          results.push([(found!.end - found!.start) / 60_000, value.n]);
        return results;
      })(),
    ]);
    expect(passed).toEqual(rows.slice(0, 5));
    expect(counted).toEqual(Array.from({ length: 5 }, () => [10, 600]));
  });

  it('is a place of route, beside files, and of partition', async () => {
    const even = branch<Row>();
    const file = path.join(folder, 'third.stream');
    const routed = route([
      [even, 'n % 2 == 0'],
      [file, 'n % 3 == 0'],
    ]);
    const [rest, evens] = await Promise.all([all(pipeline([read(), routed])), all(pipeline([even]))]);
    expect(evens).toEqual(rows.filter(({ n }) => n % 2 === 0));
    expect(rest).toEqual(rows.filter(({ n }) => n % 2 !== 0 && n % 3 !== 0));
    const stored = await all(pipeline([source(file, { format: 'stream' })]));
    expect(stored).toEqual(rows.filter(({ n }) => n % 2 !== 0 && n % 3 === 0));

    const parts = [branch<Row>(), branch<Row>(), branch<Row>()];
    const [, ...divided] = await Promise.all([
      run([read(), partition(3, { by: 'k', to: parts })]).wait(),
      ...parts.map((part) => all(pipeline([part]))),
    ]);
    expect(divided.flat()).toHaveLength(rows.length);
    for (const k of 'abc') {
      const holding = divided.filter((part) => part.some((each) => each.k === k));
      expect(holding).toHaveLength(1);
      expect(holding[0]!.filter((each) => each.k === k)).toEqual(rows.filter((each) => each.k === k));
    }
  });

  it('is what came too late, what was rejected, what a function gives to it, and what was too much', async () => {
    const late = branch<Row>();
    const disordered = [row(0, 0), row(700, 1), row(5, 2), row(1400, 3), row(6, 4)];
    const [, missed] = await Promise.all([
      all(pipeline([read(disordered), window.fixed('1m'), combine({ n: 'count' }, { lateTo: late })])),
      all(pipeline([late])),
    ]);
    expect(missed.map(({ n }) => n)).toEqual([2, 4]);

    const rejected = branch<Row>();
    const [passed, left] = await Promise.all([
      all(pipeline([read(disordered), filter('10 / n > 3', { rejectedTo: rejected })])),
      all(pipeline([rejected])),
    ]);
    expect([passed.map(({ n }) => n), left.map(({ n }) => n)]).toEqual([[1, 2, 3], [0]]);

    const odd = branch<{ odd: number }>();
    const file = path.join(folder, 'even.stream');
    const mapped = map(
      ({ n }: Row, context) => {
        context.output(n % 2 === 0 ? 'even' : 'odd', { [n % 2 === 0 ? 'even' : 'odd']: n });
      },
      { sideTo: { odd, even: file } },
    );
    const [, odds] = await Promise.all([
      run([read(), mapped, sink('/dev/null')]).wait(),
      all(pipeline([odd])),
    ]);
    expect(odds.map((each) => each.odd)).toEqual(rows.flatMap(({ n }) => (n % 2 === 0 ? [] : [n])));
    expect(await all(pipeline([source(file, { format: 'stream' })]))).toHaveLength(1500);

    const excess = branch<Row>();
    const [some, others] = await Promise.all([
      all(pipeline([read(), throttle('1/h', { onExcess: 'drop', excessTo: excess })])),
      all(pipeline([excess])),
    ]);
    expect(some.length + others.length).toBe(rows.length);
    expect(others.length).toBeGreaterThan(2990);
  });

  it('holds the pipeline up while it is not read, and goes no faster', async () => {
    let given = 0;
    async function* counting(): AsyncGenerator<Row> {
      for (let n = 0; n < 200_000; n++) {
        given++;
        yield row(n, n);
      }
    }
    const copy = branch<Row>();
    const running = run([
      source(counting(), { time: 'at', delay: '1s' }),
      tee(copy),
      combine({ n: 'count' }),
      sink('/dev/null'),
    ]);
    // Until nothing more is asked for.
    for (let before = -1; before !== given; ) {
      before = given;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(given).toBeLessThan(150_000);
    expect(await all(pipeline([copy, combine({ n: 'count' })]))).toEqual([{ n: 200_000 }]);
    expect(await running.wait()).toBe('done');
  });

  it('that is not read on is dropped by tee, and an error of what would lose events', async () => {
    const leave = async (parts: ReturnType<typeof branch<Row>>): Promise<void> => {
      for await (const { value } of pipeline([parts])) if (value.n > 10) break;
    };
    const copy = branch<Row>();
    const [counted] = await Promise.all([
      all(pipeline([read(), tee(copy), combine({ n: 'count' })])),
      leave(copy),
    ]);
    expect(counted).toEqual([{ n: 3000 }]);
    const routed = branch<Row>();
    const failing = all(pipeline([read(), route([[routed, 'n >= 0']])]));
    await Promise.all([
      expect(failing).rejects.toMatchObject({
        stage: 'route',
        message: expect.stringContaining('its reader has closed before the end'),
      }),
      leave(routed),
    ]);
    const same = branch<Row>();
    const doubled = Array.from({ length: 6000 }, (_, n) => row(Math.floor(n / 2), n));
    const rejecting = all(pipeline([read(doubled), filter('1 / 0 > n', { rejectedTo: same })]));
    await Promise.all([
      expect(rejecting).rejects.toMatchObject({
        stage: 'filter',
        message: expect.stringContaining('its reader has closed before the end'),
      }),
      leave(same),
    ]);
  });

  it('is cut off where what gives to it fails, or is stopped before it has begun', async () => {
    const copy = branch<Row>();
    const wrong = pipeline([
      read(),
      tee(copy),
      map(
        (event: Row) => {
          if (event.n === 100) throw new Error('no');
          return event;
        },
        { onError: 'fail' },
      ),
    ]);
    await Promise.all([
      expect(all(wrong)).rejects.toThrow('no'),
      expect(all(pipeline([copy]))).rejects.toMatchObject({ code: 'cut' }),
    ]);
    const never = branch<Row>();
    const missing = pipeline([source<Row>('no-such-file', { time: 'at' }), tee(never)]);
    await Promise.all([
      expect(all(missing)).rejects.toThrow('no such file'),
      expect(all(pipeline([never]))).rejects.toMatchObject({ code: 'cut' }),
    ]);
  });

  it('that is misused is told', async () => {
    const twice = branch<Row>();
    expect(() => tee([twice, twice])).toThrow('a branch is one place of one stage');
    const alone = branch<Row>();
    await expect(all(pipeline([alone]))).rejects.toThrow('nothing gives to the branch that is read');
    expect(() => source('x', { time: 'at', rejectedTo: branch() as never })).toThrow(
      'what a source leaves out is no stream',
    );
    const copy = branch<Row>();
    const file = path.join(folder, 'kept.ndjson');
    fs.writeFileSync(file, `${JSON.stringify(row(1, 1))}\n`);
    const kept = run([
      source<Row>(file, { time: 'at', delay: '1s', state: path.join(folder, 'job') }),
      tee(copy),
      dedup({ by: 'n' }),
      sink(path.join(folder, 'out.ndjson')),
    ]);
    await expect(kept.wait()).rejects.toMatchObject({
      code: 'usage',
      stage: 'tee',
      message: expect.stringContaining('a branch of the program takes nothing back'),
    });
  });
});

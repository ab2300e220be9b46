import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  combine,
  explode,
  filter,
  map,
  pipeline,
  route,
  run,
  type Source,
  sink,
  source,
  window,
} from '../../src/index.ts';
import { testPipeline, VirtualClock } from '../../src/testing.ts';

interface Word {
  readonly at: string;
  readonly word: string;
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const WORDS = ['tide', 'a', 'lighthouse', 'ebb', 'of', 'sandbank', 'sea', 'current', 'by', 'moon'];
const words: Word[] = Array.from({ length: 200 }, (_, i) => ({ at: at(i * 3), word: WORDS[(i * 7) % 10]! }));
const read = (): Source<Word> => source(words, { time: 'at', delay: '1s' });
const lengths = () => pipeline([read(), window.fixed('1m'), combine({ length: 'mean(size(word))' })]);

const longer = words.flatMap(({ word }, i) => {
  const mine = words.slice(Math.floor(i / 20) * 20, Math.floor(i / 20) * 20 + 20);
  const mean = mine.reduce((sum, each) => sum + each.word.length, 0) / mine.length;
  return word.length > mean ? [word] : [];
});

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

describe('a pipeline as a side input', () => {
  it('is looked into by expressions and by functions, window by window', async () => {
    const stage = () => [read(), window.fixed('1m')] as const;
    const byText = filter('size(word) > average.length', { sides: { average: lengths() } });
    expect((await all(pipeline([...stage(), byText]))).map(({ word }) => word)).toEqual(longer);
    const byFunction = filter(
      ({ word }: Word, { side: { average } }) => average !== null && word.length > (average.length ?? 0),
      { sides: { average: lengths() } },
    );
    expect((await all(pipeline([...stage(), byFunction]))).map(({ word }) => word)).toEqual(longer);
    const mapped = map(
      ({ word }: Word, { side: { average, of } }) =>
        word.length > average!.length! ? { word, n: of.get(word)!.n } : undefined,
      {
        sides: {
          average: lengths(),
          'of[word]': pipeline([read(), combine({ n: 'count' }, { by: ['word'] })]),
        },
      },
    );
    expect(await all(pipeline([...stage(), mapped]))).toEqual(longer.map((word) => ({ word, n: 20 })));
    const routed = route([['/dev/null', 'size(word) > average.length']], { sides: { average: lengths() } });
    expect(await all(pipeline([...stage(), routed]))).toHaveLength(200 - longer.length);
  });

  it('is a list where its name says so, beside a stored stream', async () => {
    const stored = path.join(folder, 'average.stream');
    await run([
      read(),
      window.fixed('1m'),
      combine({ length: 'mean(size(word))' }),
      sink(stored, { format: 'stream' }),
    ]).wait();
    const mapped = map(
      { n: 'size(parts)', length: 'average.length' },
      {
        side: `average=${stored}`,
        sides: { 'parts[]': pipeline([source([{ ids: [1, 2, 3] }], { time: 'none' }), explode('ids')]) },
      },
    );
    const [first] = await all(pipeline([read(), window.fixed('1m'), mapped]));
    expect(first).toMatchObject({ n: 3, length: 4.4 });
  });

  it('that fails, is stopped, or cannot be one is told by its name', async () => {
    const broken = pipeline([
      source(
        (function* () {
          yield { n: 1 };
          throw new Error('no more');
        })(),
        { time: 'none' },
      ),
    ]);
    const failing = pipeline([read(), filter('size(word) > a.n', { sides: { a: broken } })]);
    await expect(all(failing)).rejects.toMatchObject({ where: 'side input a', stage: 'source' });
    const used = lengths();
    await all(used);
    const twice = pipeline([read(), window.fixed('1m'), filter('a.length > 1', { sides: { a: used } })]);
    await expect(all(twice)).rejects.toMatchObject({
      where: 'side input a',
      message: 'a pipeline is read, or run, once',
    });
    const stop = new AbortController();
    stop.abort();
    const stopped = pipeline([read()], { signal: stop.signal });
    await expect(
      all(pipeline([read(), filter('a.word == word', { sides: { a: stopped } })])),
    ).rejects.toThrow('it was stopped before its end');
    const kept = pipeline([
      source('words.ndjson', { time: 'at', delay: '1s', state: path.join(folder, 'kept') }),
    ]);
    expect(() => filter('a.n > 1', { sides: { a: kept } })).toThrow('the source of a keeps state');
    expect(() => filter('a.n > 1', { sides: { a: {} as never } })).toThrow('a is no pipeline');
    expect(() => filter('a.n > 1', { sides: { 'a b': lengths() } })).toThrow("'a b=STREAM' is no side input");
    expect(() => filter('a.n > 1', { side: 'a=x.stream', sides: { a: lengths() } })).toThrow(
      'a is given twice',
    );
  });

  it('is checked with the pipeline that looks into it', async () => {
    const log = path.resolve('examples/access.log');
    const wrong = pipeline([source(log, { format: 'combined' }), filter('stauts > 1')]);
    const checked = pipeline([read(), filter('size(a) > 1', { sides: { 'a[]': wrong } })]);
    expect(await checked.check()).toMatchObject([
      { stage: 'filter', index: 1, message: expect.stringMatching(/^side input a: .*no member 'stauts'/) },
    ]);
  });

  it('ends with the stream that looks into it', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<{ at: string; n: number }> {
      for (; ; given++) yield { at: at(given), n: given };
    }
    const side = pipeline([
      source(endless(), { time: 'at', delay: '0s' }),
      window.fixed('1m'),
      combine({ n: 'count' }),
    ]);
    const counted = await all(
      pipeline([read(), window.fixed('1m'), map({ n: 'c.n' }, { sides: { c: side } })]),
    );
    expect(counted).toHaveLength(200);
    expect(side.state).toBe('stopped');
  });
});

describe('a combiner of the program', () => {
  const sums = {
    create: () => ({ sum: 0, count: 0 }),
    add(all: { sum: number; count: number }, word: string) {
      all.sum += word.length;
      all.count++;
    },
    merge: (a: { sum: number; count: number }, b: { sum: number; count: number }) => ({
      sum: a.sum + b.sum,
      count: a.count + b.count,
    }),
    result: ({ sum, count }: { sum: number; count: number }) => (count === 0 ? null : sum / count),
  };

  it('is a function of two values, or create, add, merge and result, beside calls', async () => {
    const results = await all(
      pipeline([
        read(),
        window.fixed('5m'),
        combine({
          n: 'count',
          longest: ['word', (a: string, b: string) => (a.length < b.length ? b : a)],
          mean: ['word', sums],
          earliest: (a: Word, b: Word) => (a.at < b.at ? a : b),
          share: 'mean / n',
        }),
      ]),
    );
    expect(results).toEqual([
      { n: 100, longest: 'lighthouse', mean: 4.4, earliest: words[0], share: 4.4 / 100 },
      { n: 100, longest: 'lighthouse', mean: 4.4, earliest: words[100], share: 4.4 / 100 },
    ]);
  });

  it('goes on where a run has stopped', async () => {
    const file = path.join(folder, 'words.ndjson');
    const out = path.join(folder, 'means.ndjson');
    const lines = words.map((word) => `${JSON.stringify(word)}\n`);
    const once = () =>
      run([
        source(file, { time: 'at', delay: '1s', state: path.join(folder, 'job') }),
        window.fixed('5m'),
        combine({ mean: ['word', sums] }),
        sink(out),
      ]).wait();
    fs.writeFileSync(file, lines.slice(0, 70).join(''));
    await once();
    fs.appendFileSync(file, lines.slice(70).join(''));
    await once();
    expect(fs.readFileSync(out, 'utf8')).toContain('"mean":4.4');
  });

  it('that is none is refused when it is made, and one that throws ends the run', async () => {
    const none = { mean: ['word', { create: () => 0 }] } as never;
    expect(() => combine(none)).toThrow(
      'the combiner mean is neither a function (a, b) nor a combiner: it has no add',
    );
    const throwing = combine({
      x: [
        'word',
        () => {
          throw new Error('not today');
        },
      ],
    });
    await expect(all(pipeline([read(), throwing]))).rejects.toMatchObject({
      stage: 'combine',
      message: 'the combiner x: not today (in add)',
    });
  });
});

describe('the timeout of a function', () => {
  const script = [{ time: 0, value: { n: 1 } }, { advance: '1h' }] as const;

  it('goes by the clock of the test', async () => {
    const clock = new VirtualClock();
    const signal = new AbortController().signal;
    const slow = (milliseconds: number) =>
      map(
        async (event: object) => {
          await clock.sleep(milliseconds, signal);
          return event;
        },
        { timeout: '20s' },
      );
    const began = performance.now();
    const { events } = await testPipeline([slow(19_000)], [...script], { clock });
    expect(events).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('ends the run of a function that takes longer, and no time goes by for one that takes none', async () => {
    const clock = new VirtualClock();
    const signal = new AbortController().signal;
    const began = performance.now();
    const late = map(async () => clock.sleep(21_000, signal), { timeout: '20s' });
    await expect(testPipeline([late], [...script], { clock })).rejects.toThrow(
      'the function of map: process has not settled within 20s',
    );
    const real = new VirtualClock();
    const waiting = map(
      async (event: object) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return { ...event, now: real.now() };
      },
      { timeout: '20s' },
    );
    const { events } = await testPipeline([waiting], [...script], { clock: real });
    expect(events.map(({ value }) => value)).toEqual([{ n: 1, now: 0 }]);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type AnyPart,
  branch,
  combine,
  dedup,
  filter,
  type Mergeable,
  map,
  merge,
  type Notice,
  pipeline,
  route,
  run,
  type Source,
  sink,
  source,
  tee,
  window,
} from '../../src/index.ts';
import { testPipeline, VirtualClock } from '../../src/testing.ts';
import { runFused } from '../runtime/running.ts';

interface Row {
  readonly at: string;
  readonly n: number;
  readonly k: string;
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const row = (second: number, n: number): Row => ({ at: at(second), n, k: 'abc'[n % 3]! });
const rows = (count: number, from = 0): Row[] => Array.from({ length: count }, (_, i) => row(from + i, i));
const read = (given: Iterable<Row> | AsyncIterable<Row>): Source<Row> =>
  source(given, { time: 'at', delay: '1s' });

async function all<T>(events: AsyncIterable<{ readonly value: T }>): Promise<T[]> {
  const values: T[] = [];
  for await (const { value } of events) values.push(value);
  return values;
}

let folder: string;
const place = (name: string): string => path.join(folder, name);
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('a merge of pipelines', () => {
  it('is one stream in the order of the watermarks, which the stages behind it see', async () => {
    const two = merge([pipeline([read(rows(4))]), pipeline([read(rows(3, 10)), filter('n > 0')])]);
    const times: number[] = [];
    for await (const { time } of pipeline([two])) times.push((time - Date.UTC(2026, 0, 1)) / 1000);
    expect(times.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 11, 12]);
    const counted = pipeline([
      merge([pipeline([read(rows(100))]), pipeline([read(rows(50, 30))])]),
      window.fixed('1m'),
      combine({ n: 'count' }),
    ]);
    expect(await all(counted)).toEqual([{ n: 90 }, { n: 60 }]);
  });

  it('has the type of the events of all inputs', () => {
    const left = pipeline([source([{ at: at(0), left: 1 }], { time: 'at' })]);
    const right = branch<{ at: string; right: string }>();
    const both = pipeline([merge([left, right], { order: 'arrival' }), filter('has(left)')]);
    type Of<P> = P extends { check(): unknown; [Symbol.asyncIterator](): AsyncIterator<infer E, undefined> }
      ? E extends { readonly value: infer V }
        ? V
        : never
      : never;
    expectTypeOf<Of<typeof both>>().toEqualTypeOf<
      { at: string; left: number } | { at: string; right: string }
    >();
    const counted = pipeline([merge([left, right]), combine({ n: 'count' }, { by: ['at', 'left'] })]);
    expectTypeOf<Of<typeof counted>>().toEqualTypeOf<{
      readonly at: string;
      readonly left: unknown;
      readonly n: number;
    }>();
    const takesLeft = map(({ left }: { left: number }) => ({ left }));
    // @ts-expect-error What is on the right has no left.
    pipeline([merge([left, right]), takesLeft]);
    // @ts-expect-error A part is no pipeline.
    expect(() => merge([source('a.log')])).toThrow('input 1 is neither a pipeline nor a branch');
  });

  it('takes pipelines that merge themselves, and a list that is made by the program', async () => {
    const each = [0, 1, 2].map((i) => pipeline([read(rows(10, i * 20))]));
    const inner = pipeline([merge(each), map({ m: 'n * 2' })]);
    const outer = pipeline([merge([inner, pipeline([read(rows(5))])]), combine({ n: 'count', m: 'sum(m)' })]);
    expect(await all(outer)).toEqual([{ n: 35, m: 270 }]);
  });

  it('lets pipelines say how they stand, and what they count', async () => {
    const one = pipeline([read(rows(7)), filter('n > 2')]);
    const whole = pipeline([merge([one]), combine({ n: 'count' })]);
    expect(await all(whole)).toEqual([{ n: 4 }]);
    expect([one.state, whole.state]).toEqual(['done', 'done']);
    expect(one.metrics.map(({ stage }) => stage)).toEqual(['source', 'filter']);
    expect(whole.metrics).toMatchObject([
      { stage: 'source' },
      { stage: 'filter', counters: { events_in: 7, events_out: 4 } },
      { stage: 'merge', counters: { events_in: 4, events_out: 4 } },
      { stage: 'combine', counters: { events_in: 4, events_out: 1 } },
      { stage: 'events' },
    ]);
  });

  it('goes no faster than it is read, and stops all sources when it is not read on', async () => {
    let given = 0;
    let closed = 0;
    async function* endless(): AsyncGenerator<Row> {
      try {
        for (; ; given++) yield row(given, given);
      } finally {
        closed++;
      }
    }
    const whole = pipeline([merge([pipeline([read(endless())]), pipeline([read(endless())])])]);
    const events = whole[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) await events.next();
    for (let before = -1; before !== given; ) {
      before = given;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(given).toBeLessThan(100_000);
    await events.return!();
    expect([whole.state, closed]).toEqual(['stopped', 2]);
  });

  it('is stopped by its signal, by that of an input, and fires what is open where the sources say so', async () => {
    /** How many inputs have given their event and are asked for the next. */
    let asked = 0;
    async function* quiet(): AsyncGenerator<Row> {
      yield row(0, 1);
      asked++;
      await new Promise(() => {});
    }
    for (const own of [true, false]) {
      const stop = new AbortController();
      const settings = { signal: stop.signal };
      const whole = run(
        [
          merge([pipeline([read(quiet())], own ? settings : {}), pipeline([read(quiet())])]),
          combine({ n: 'count' }),
          sink(place('never.ndjson')),
        ],
        own ? {} : settings,
      );
      setTimeout(() => stop.abort(), 100);
      expect(await whole.wait()).toBe('stopped');
      expect(fs.existsSync(place('never.ndjson'))).toBe(false);
    }
    const drains = () =>
      pipeline([source(quiet(), { time: 'at', delay: '1s', onInterrupt: 'drain' }), window.fixed('1m')]);
    asked = 0;
    const drained = run([
      merge([drains(), drains()]),
      combine({ n: 'count' }),
      sink(place('drained.ndjson')),
    ]);
    await vi.waitFor(() => expect(asked).toBe(2), { timeout: 20_000 });
    await drained.stop();
    expect(drained.state).toBe('done');
    expect(fs.readFileSync(place('drained.ndjson'), 'utf8')).toContain('"n":2}');
  });

  it('fails with the name of the input and of the stage, and tells notices of all', async () => {
    const broken = (function* () {
      yield row(0, 0);
      throw new Error('no more');
    })();
    const whole = pipeline([merge([pipeline([read(rows(5))]), pipeline([read(broken)])])]);
    await expect(all(whole)).rejects.toMatchObject({ stage: 'source', where: 'input 2', code: 'failed' });
    expect(whole.state).toBe('failed');

    const notices: Notice[] = [];
    const own: Notice[] = [];
    const late = () =>
      [read([row(0, 0), row(200, 1), row(1, 2)]), window.fixed('1m'), dedup({ by: 'n' })] as const;
    const told = pipeline(
      [merge([pipeline(late()), pipeline(late(), { onNotice: (notice) => own.push(notice) })])],
      { onNotice: (notice) => notices.push(notice) },
    );
    await all(told);
    expect([notices.map(({ stage }) => stage), own.map(({ stage }) => stage)]).toEqual([
      ['dedup'],
      ['dedup'],
    ]);
  });

  it('refuses what cannot be merged, with the number of the input', async () => {
    const ends = pipeline([read(rows(1)), sink(place('x.ndjson'))]);
    expect(() => merge([ends])).toThrow('input 1 ends with a sink, and gives nothing to merge');
    const kept = pipeline([source('a.ndjson', { time: 'at', delay: '1s', state: place('job') })]);
    expect(() => merge([pipeline([read([])]), kept])).toThrow('the source of input 2 keeps state');
    expect(() => merge([])).toThrow('no input is given');
    const used = pipeline([read(rows(1))]);
    await all(used);
    await expect(async () => all(pipeline([merge([used])]))).rejects.toMatchObject({
      where: 'input 1',
      message: 'a pipeline is read, or run, once',
    });
    const open = pipeline([source({ time: 'at' })]);
    await expect(async () => all(pipeline([merge([open])]))).rejects.toMatchObject({
      where: 'input 1',
      message: 'the source names nothing to read',
    });
    const differ = pipeline([
      merge([pipeline([read(rows(3)), window.fixed('1m')]), pipeline([read(rows(3))])]),
    ]);
    await expect(all(differ)).rejects.toMatchObject({
      stage: 'merge',
      message: 'the windows differ: input 1 has fixed size 1m offset 0s, input 2 has global',
    });
  });
});

describe('branches that are merged', () => {
  it('come together again with what they left, whichever is ahead', async () => {
    for (const order of ['watermark', 'arrival'] as const) {
      const odd = branch<Row>();
      const marked = branch<Row>();
      const rest = pipeline([
        read(rows(60_000)),
        route([
          [odd, 'n % 2 == 1'],
          [marked, 'n % 1000 == 0'],
        ]),
      ]);
      const together = pipeline([
        merge([odd, rest, pipeline([marked, map({ marked: 'true' })])], { order }),
        window.fixed('1h'),
        combine({ n: 'count', marked: 'count() where marked', least: 'min(n)' }),
      ]);
      const counted = await all(together);
      expect(counted.map(({ n }) => n)).toEqual([...Array.from({ length: 16 }, () => 3600), 2400]);
      expect(counted.reduce((sum, { marked: some }) => sum + some, 0)).toBe(60);
    }
  });

  it('are those of a pipeline that runs beside it', async () => {
    const [left, right] = [branch<Row>(), branch<Row>()];
    const beside = run([read(rows(5000)), tee([left, right]), sink('/dev/null')]);
    const counted = pipeline([merge([left, right]), combine({ n: 'count' })]);
    expect(await all(counted)).toEqual([{ n: 10_000 }]);
    expect(await beside.wait()).toBe('done');
  });

  it('that are cut off cut it off, and end with it when it is stopped', async () => {
    const copy = branch<Row>();
    async function* breaking(): AsyncGenerator<Row> {
      yield* rows(10);
      throw new Error('no more');
    }
    const failing = run([read(breaking()), tee(copy), sink('/dev/null')]);
    const cut = pipeline([merge([copy, pipeline([read(rows(3))])])]);
    await expect(all(cut)).rejects.toMatchObject({ code: 'cut', stage: 'merge', where: 'input 1' });
    await expect(failing.wait()).rejects.toMatchObject({ stage: 'source' });

    const alone = branch<Row>();
    async function* quiet(): AsyncGenerator<Row> {
      yield* rows(10);
      await new Promise(() => {});
    }
    const stop = new AbortController();
    const giving = run([read(quiet()), tee(alone), sink('/dev/null')], { signal: stop.signal });
    const stopped = run([merge([alone]), sink('/dev/null')], { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect(await Promise.all([stopped.wait(), giving.wait()])).toEqual(['stopped', 'stopped']);
  });

  it('may not be given to by a stage behind the merge', () => {
    const round = branch<Row>();
    expect(() => pipeline([merge([pipeline([read([])]), round]), tee(round)])).toThrow(
      'the branch that is read is given to by a stage behind it',
    );
    const inside = branch<Row>();
    const within = pipeline([inside, filter('n > 1')]);
    expect(() => pipeline([merge([within]), tee(inside)])).toThrow('given to by a stage behind it');
    const own = branch<Row>();
    expect(() => pipeline([own, tee(own)])).toThrow('given to by a stage behind it');
  });
});

describe('what is known of a merge', () => {
  const log = path.resolve('examples/access.log');
  const requests = () => pipeline([source(log, { format: 'combined' })]);

  it('is checked without reading: what is wrong in its inputs, between them, and behind it', async () => {
    const wrong = pipeline([source(log, { format: 'combined' }), filter('stauts > 1')]);
    expect(await pipeline([merge([requests(), wrong]), filter('bites > 1')]).check()).toMatchObject([
      { stage: 'merge', index: 0, message: expect.stringMatching(/^input 2: there is no member 'stauts'/) },
    ]);
    expect(await pipeline([merge([requests(), requests()]), filter('bites > 1')]).check()).toMatchObject([
      { stage: 'filter', index: 1, message: expect.stringContaining("no member 'bites'") },
    ]);
    const windowed = pipeline([source(log, { format: 'combined' }), window.fixed('5m')]);
    expect(await pipeline([merge([requests(), windowed])]).check()).toMatchObject([
      { stage: 'merge', code: 'usage', message: expect.stringContaining('the windows differ') },
    ]);
    const some = branch();
    expect(await pipeline([merge([requests(), some]), filter('bites > 1')]).check()).toEqual([]);
  });

  it('is a side input, and looks into others', async () => {
    const total = () =>
      pipeline([
        merge([pipeline([read(rows(120))]), pipeline([read(rows(60))])]),
        window.fixed('1m'),
        combine({ n: 'count' }),
      ]);
    const shares = pipeline([
      merge([pipeline([read(rows(120))])]),
      window.fixed('1m'),
      combine({ n: 'count' }),
      map({ share: 'n / total.n' }, { sides: { total: total() } }),
    ]);
    expect((await all(shares)).map(({ share }) => share)).toEqual([0.5, 1]);
  });

  it('goes by the clock of a test', async () => {
    const clock = new VirtualClock('2026-01-01T00:00:00Z');
    const arriving = async function* (waits: string): AsyncGenerator<{ n: number }> {
      for (let n = 0; n < 3; n++) {
        yield { n };
        await clock.sleep(60_000 * Number(waits), new AbortController().signal);
      }
    };
    const input = (waits: string) =>
      pipeline([source(arriving(waits), { time: 'arrival', delay: '0s', watermark: 'wall' })]);
    const running = testPipeline(
      [merge([input('1'), input('2')], { order: 'arrival' }), window.fixed('2m'), combine({ n: 'count' })],
      { clock },
    );
    await clock.advance('10m');
    clock.release();
    expect((await running).windows.map(({ values }) => values)).toEqual([[{ n: 3 }], [{ n: 2 }], [{ n: 1 }]]);
  });
});

interface Input {
  readonly text: string;
  parts(): readonly AnyPart[];
}

const generated: fc.Arbitrary<Input> = fc
  .record({
    seed: fc.integer({ min: 1, max: 99 }),
    count: fc.constantFrom(1, 40, 2000),
    step: fc.constantFrom('200ms', '2s', '9s'),
    delay: fc.constantFrom(undefined, '0s', '20s'),
    middle: fc.constantFrom<readonly [string, () => readonly AnyPart[]]>(
      ['', () => []],
      ["| filter 'status >= 400'", () => [filter('status >= 400')]],
      ['| dedup --by host --within 1m', () => [dedup({ by: 'host', within: '1m' })]],
      ["| map 'class = int(status / 100)'", () => [map({ class: 'int(status / 100)' })]],
    ),
  })
  .map(({ seed, count, step, delay, middle: [text, parts] }) => {
    const location = `generate:count=${count},seed=${seed},keys=4,step=${step},disorder=20s`;
    return {
      text: `source ${location} ${delay === undefined ? '' : `--delay ${delay}`} ${text}`,
      parts: () => [source(location, { delay }), ...parts()],
    };
  });

const inputs = (depth: number): fc.Arbitrary<{ text: string; merged: () => Mergeable }> => {
  const flat = generated.map((input) => ({ text: input.text, merged: () => pipeline(input.parts()) }));
  if (depth === 0) return flat;
  const nested = fc.array(inputs(depth - 1), { minLength: 1, maxLength: 2 }).map((some) => ({
    text: `merge ${some.map(({ text }) => `<(${text})`).join(' ')}`,
    merged: () => pipeline([merge(some.map(({ merged }) => merged()))]),
  }));
  return fc.oneof({ weight: 3, arbitrary: flat }, nested);
};

/** A diamond: what a route leaves, and what it gives away. */
const diamond = generated.map(({ text, parts }) => ({
  text: `merge <(${text} | route b='bytes % 3 == 0') <(merge b | map 'given = true')`,
  merge: () => {
    const given = branch();
    return merge([
      pipeline([...parts(), route([[given, 'bytes % 3 == 0']])]),
      pipeline([merge([given]), map({ given: 'true' })]),
    ]);
  },
}));

const merges = fc.oneof(
  fc.array(inputs(1), { minLength: 1, maxLength: 3 }).map((some) => ({
    text: `merge ${some.map(({ text }) => `<(${text})`).join(' ')}`,
    merge: () => merge(some.map(({ merged }) => merged())),
  })),
  diamond,
);

const behind = fc.constantFrom<readonly [string, () => readonly AnyPart[]]>(
  ['', () => []],
  [
    '| window fixed 1m | combine --by status n=count',
    () => [window.fixed('1m'), combine({ n: 'count' }, { by: 'status' })],
  ],
  ['| dedup --by status,bytes', () => [dedup({ by: 'status,bytes' })]],
);

describe('a merge of the library and of tm run', () => {
  it('give the same bytes', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(merges, behind, async (merged, [text, parts]) => {
        const [ours, theirs] = [place(`ours-${number}.stream`), place(`theirs-${number++}.stream`)];
        const line = `${merged.text} ${text} | sink --format stream ${theirs}`;
        const told = await runFused(line);
        expect({ line, code: told.code, stderr: told.stderr }).toMatchObject({ line, code: 0 });
        await run([merged.merge(), ...parts(), sink(ours, { format: 'stream' })]).wait();
        expect(fs.readFileSync(ours, 'utf8')).toBe(fs.readFileSync(theirs, 'utf8'));
      }),
      { numRuns: 60 },
    );
  });
});

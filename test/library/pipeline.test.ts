import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyPart,
  combine,
  dedup,
  type Notice,
  pipeline,
  type Records,
  source,
  TidemarkError,
  window,
} from '../../src/index.ts';

const bin = path.resolve('bin');
let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const TRAFFIC = 'generate:count=3000,seed=7,keys=20,step=500ms,disorder=20s,late=0.05';

const collect = async (stages: AnyPart[]): Promise<string> => text(pipeline(stages).bytes({ meta: 'keep' }));

describe('a pipeline in one process', () => {
  it.each<[string, () => AnyPart[], string]>([
    [
      'fixed windows',
      () => [
        source(TRAFFIC, { delay: '5s' }),
        window.fixed('1m'),
        combine(['n=count', 'sum(bytes)'], { by: 'status' }),
      ],
      `tm source ${TRAFFIC} --delay 5s | tm window fixed 1m | tm combine --by status n=count 'sum(bytes)'`,
    ],
    [
      'sliding windows',
      () => [
        source(TRAFFIC, { delay: '5s' }),
        window.sliding('5m', { every: '1m', offset: '7s' }),
        combine(['quantile(bytes, 0.9)'], { by: 'path', order: '-quantile_bytes_0_9,path', limit: 3 }),
      ],
      `tm source ${TRAFFIC} --delay 5s | tm window sliding 5m --every 1m --offset 7s | tm combine --by path 'quantile(bytes, 0.9)' --order -quantile_bytes_0_9,path --limit 3`,
    ],
    [
      'windows that cumulate',
      () => [
        source(TRAFFIC, { delay: '5s' }),
        window.cumulate('10m', { every: '2m' }),
        dedup({ by: 'host' }),
        combine(['n=count', 'max(bytes)', 'first(path)'], { by: 'status' }),
      ],
      `tm source ${TRAFFIC} --delay 5s | tm window cumulate 10m --every 2m | tm dedup --by host | tm combine --by status n=count 'max(bytes)' 'first(path)'`,
    ],
    [
      'weeks',
      () => [
        source(TRAFFIC, { delay: '5s' }),
        window.calendar('week', { weekStart: 'sunday', offset: '6h', timezone: 'America/New_York' }),
        combine(['n=count'], { by: 'status' }),
      ],
      `tm source ${TRAFFIC} --delay 5s | tm window calendar week --week-start sunday --offset 6h --timezone America/New_York | tm combine --by status n=count`,
    ],
    [
      'sessions',
      () => [
        source(TRAFFIC, { delay: '10s' }),
        window.session('20s'),
        combine(['n=count', 'list(path)'], { by: 'host' }),
      ],
      `tm source ${TRAFFIC} --delay 10s | tm window session 20s | tm combine --by host n=count 'list(path)'`,
    ],
    [
      'what is left of duplicates, window by window',
      () => [source(TRAFFIC, { delay: '10s' }), window.sliding('2m', { every: '1m' }), dedup({ by: 'host' })],
      `tm source ${TRAFFIC} --delay 10s | tm window sliding 2m --every 1m | tm dedup --by host`,
    ],
    [
      'results that are combined once more',
      () => [
        source(TRAFFIC),
        window.fixed('1m'),
        combine(['n=count'], { by: 'path' }),
        window.fixed('10m'),
        combine(['busiest = max(n)', 'mean(n)', 'stddev(n)']),
      ],
      `tm source ${TRAFFIC} | tm window fixed 1m | tm combine --by path n=count | tm window fixed 10m | tm combine 'busiest = max(n)' 'mean(n)' 'stddev(n)'`,
    ],
  ])('gives the same bytes as processes in a pipe: %s', async (_name, stages, line) => {
    const piped = execFileSync(
      'bash',
      ['-c', `set -o pipefail; ${line} --quiet | tm sink --meta keep --format ndjson`],
      {
        env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
        maxBuffer: 1 << 26,
      },
    );
    const fused = await collect(stages());
    expect(fused.length).toBeGreaterThan(500);
    expect(fused).toBe(piped.toString());
  });

  const records = [
    { ts: '2026-01-01T00:00:00Z', k: 'a', v: 1 },
    { ts: '2026-01-01T00:00:30Z', k: 'a', v: 2.5 },
    { ts: '2026-01-01T00:01:00Z', k: 'b', v: 3 },
  ];
  const perMinute = (from: Records<unknown>): AnyPart[] => [
    source(from, { time: 'ts' }),
    window.fixed('1m'),
    combine(['total = sum(v)'], { by: 'k' }),
  ];
  const START = Date.UTC(2026, 0, 1);
  const totals = [
    {
      time: START + 59_999,
      window: { start: START, end: START + 60_000 },
      pane: null,
      value: { k: 'a', total: 3.5 },
    },
    {
      time: START + 119_999,
      window: { start: START + 60_000, end: START + 120_000 },
      pane: null,
      value: { k: 'b', total: 3 },
    },
  ];

  it.each<[string, () => Records<unknown>]>([
    ['an array', () => records],
    ['a generator', () => records.values()],
    [
      'an async generator',
      () =>
        (async function* () {
          yield* records;
        })(),
    ],
    ['a stream in object mode', () => Readable.from(records)],
    [
      'a stream of bytes',
      () =>
        Readable.from(Buffer.from(records.map((r) => JSON.stringify(r)).join('\n')), { objectMode: false }),
    ],
  ])('reads records from %s', async (_name, from) => {
    const results: unknown[] = [];
    for await (const result of pipeline(perMinute(from()))) results.push(result);
    expect(results).toEqual(totals);
  });

  it('gives a result while its input is still open, once the watermark has passed', async () => {
    const input = new PassThrough({ objectMode: true });
    const results = pipeline([
      source(input, { time: 'ts', delay: '0s' }),
      window.fixed('1m'),
      combine(['n=count']),
    ])[Symbol.asyncIterator]();
    for (const record of records) input.write(record);
    expect(await results.next()).toMatchObject({ value: { window: { start: START }, value: { n: 2 } } });
    input.end();
  });

  it('keeps every digit in lines', async () => {
    const input = Readable.from([
      Buffer.from('{"ts":"2026-01-01T00:00:00Z","id":18446744073709551615,"p":1.10}\n'),
    ]);
    const lines: string[] = [];
    for await (const line of pipeline([
      source(Readable.from(input, { objectMode: false }), { time: 'ts' }),
    ]).lines())
      lines.push(line);
    expect(lines).toEqual(['{"ts":"2026-01-01T00:00:00Z","id":18446744073709551615,"p":1.10}']);
  });

  it('fails with the line of a record that cannot be read', async () => {
    const input = Readable.from(Buffer.from('{"ts":"2026-01-01T00:00:00Z"}\n{"ts":\n'), {
      objectMode: false,
    });
    const error = await text(pipeline([source(input, { time: 'ts' })]).bytes()).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TidemarkError);
    expect(error).toMatchObject({ code: 'failed', line: 2 });
  });

  it('passes on the error of the stream that it reads', async () => {
    const input = Readable.from(
      (async function* () {
        yield records[0];
        throw new Error('the socket broke');
      })(),
    );
    await expect(text(pipeline(perMinute(input)).bytes())).rejects.toThrow('the socket broke');
  });

  it('stops an endless source when its results are not read on', async () => {
    for await (const _result of pipeline([source('generate:count=inf')])) break;
  });

  it('tells late events to the program, not to stderr', async () => {
    const notices: Notice[] = [];
    const late = [...records, { ts: '2026-01-01T00:00:10Z', k: 'a', v: 9 }];
    const stages = [source(late, { time: 'ts', delay: '0s' }), window.fixed('1m'), combine(['n=count'])];
    await text(pipeline(stages, { onNotice: (notice) => notices.push(notice) }).bytes());
    expect(notices).toEqual([
      {
        stage: 'combine',
        message: '1 event was late: its window had just closed',
        hint: 'delay 1s at the source would have kept it',
      },
    ]);
  });

  it('refuses what is no pipeline when it is built', () => {
    expect(() => pipeline([window.fixed('1m')])).toThrow('a pipeline begins with a source');
    expect(() => pipeline([source(records, { time: 'ts' }), source(records, { time: 'ts' })])).toThrow(
      'cannot stand inside',
    );
    expect(() => source('-', { follow: false, time: 'ts' })).not.toThrow();
    expect(() => source('-', { follow: true, time: 'ts' })).toThrow('follow needs delay');
    const once = pipeline([source(records, { time: 'ts' })]);
    once.bytes().destroy();
    expect(() => once.bytes()).toThrow('once');
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline as through } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  combine,
  filter,
  map,
  pipeline,
  run,
  sink,
  source,
  TidemarkError,
  type TimedEvent,
  window,
} from '../../src/index.ts';

let folder: string;
const place = (name: string): string => path.join(folder, name);

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const ENDLESS = 'generate:count=inf,step=1s';
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ at: at(n), n }));

describe('a pipeline that runs', () => {
  it('tells its state and what it has counted', async () => {
    const running = run([source(numbers(100), { time: 'at' }), filter('n >= 10'), sink(() => {})]);
    expect(running.state).toBe('running');
    expect(await running.wait()).toBe('done');
    expect(running.state).toBe('done');
    expect(running.metrics).toMatchObject([
      { stage: 'source', counters: { events_out: 100 } },
      { stage: 'filter', counters: { events_in: 100, events_out: 90, filtered: 10 } },
      { stage: 'sink', counters: { events_in: 90 } },
    ]);
  });

  it.each(['stop', 'signal'])(
    'ends before its input does, by %s, and leaves nothing half done',
    async (how) => {
      const abort = new AbortController();
      let seen = 0;
      const counted = map((event: object) => {
        seen++;
        return event;
      });
      const running = run([source('generate:count=1000000000'), counted, sink(place('out.ndjson'))], {
        signal: abort.signal,
      });
      while (seen === 0) await sleep(1);
      if (how === 'stop') await running.stop();
      else abort.abort();
      expect(await running.wait()).toBe('stopped');
      expect(running.state).toBe('stopped');
      expect(fs.readdirSync(folder)).toEqual([]);
    },
  );

  it('hears its signal while a generator gives record after record and never waits', async () => {
    const limit = 2_000_000;
    let given = 0;
    function* records(): Generator<{ at: string }> {
      while (given++ < limit) yield { at: '2026-01-01T00:00:00Z' };
    }
    const abort = new AbortController();
    void sleep(5).then(() => abort.abort());
    const running = run([source(records(), { time: 'at' }), sink(() => {})], { signal: abort.signal });
    expect(await running.wait()).toBe('stopped');
    expect(given).toBeLessThan(limit);
  });

  it('begins with nothing when its signal has been aborted', async () => {
    const signal = AbortSignal.abort();
    expect(await run([source(ENDLESS), sink(() => {})], { signal }).wait()).toBe('stopped');
  });

  it('fires open windows when it is stopped, where the source says so', async () => {
    const fired: unknown[] = [];
    const parts = [
      source(ENDLESS, { delay: '1s', onInterrupt: 'drain' }),
      window.global(),
      combine({ n: 'count' }),
      sink<{ n: number }>(({ value }) => fired.push(value.n)),
    ] as const;
    const running = run(parts);
    await sleep(20);
    await running.stop();
    expect(running.state).toBe('done');
    expect(fired).toHaveLength(1);
  });

  it('tells what failed with code, stage and line, to whoever waits', async () => {
    const text = `{"at":"${at(0)}"}\n{"at":\n`;
    const running = run([source([Buffer.from(text)], { time: 'at' }), sink(() => {})]);
    await expect(running.wait()).rejects.toBeInstanceOf(TidemarkError);
    await expect(running.wait()).rejects.toMatchObject({ code: 'failed', stage: 'source', line: 2 });
    expect(running.state).toBe('failed');
    const refusing = sink(() => {
      throw new Error('the disk is full');
    });
    await expect(run([source(numbers(1), { time: 'at' }), refusing]).wait()).rejects.toMatchObject({
      code: 'failed',
      stage: 'sink',
      message: 'the function of sink: the disk is full',
      cause: { message: 'the disk is full' },
    });
  });

  it('wants a sink, and gives nothing to read then', () => {
    const read = pipeline([source(ENDLESS)]);
    expect(() => read.run()).toThrow('read by nobody');
    const written = pipeline([source(ENDLESS), sink(() => {})]);
    expect(() => written.bytes()).toThrow('gives nothing to read');
    expect(() => written[Symbol.asyncIterator]()).toThrow('gives nothing to read');
    expect(() => pipeline([source(ENDLESS), sink(() => {}), filter('true')])).toThrow('cannot stand inside');
  });

  it('writes nothing to stderr, and sets no handler of signals', async () => {
    const write = vi.spyOn(process.stderr, 'write');
    const before = ['SIGINT', 'SIGTERM', 'uncaughtException', 'exit'].map((name) =>
      process.listenerCount(name),
    );
    const late = [...numbers(100), { at: at(0), n: 0 }];
    const parts = [
      source(late, { time: 'at', delay: '0s' }),
      window.fixed('5s'),
      combine({ n: 'count' }),
    ] as const;
    for await (const _ of pipeline(parts));
    await run([source([Buffer.from('{')], { time: 'at' }), sink(() => {})])
      .wait()
      .catch(() => {});
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
    const after = ['SIGINT', 'SIGTERM', 'uncaughtException', 'exit'].map((name) =>
      process.listenerCount(name),
    );
    expect(after).toEqual(before);
  });
});

describe('a pipeline that is read', () => {
  it('holds its source while it is read slowly', async () => {
    let asked = 0;
    const records = (function* () {
      for (const record of numbers(1_000_000)) {
        asked++;
        yield { ...record, filler: 'x'.repeat(1000) };
      }
    })();
    const events = pipeline([source(records, { time: 'at' })])[Symbol.asyncIterator]();
    expect((await events.next()).done).toBe(false);
    await sleep(50);
    expect(asked).toBeLessThan(5000);
    await events.return?.();
  });

  it('lets its source know when it is left', async () => {
    let left = false;
    const records = (async function* () {
      try {
        for (const record of numbers(1_000_000)) yield record;
      } finally {
        left = true;
      }
    })();
    const read = pipeline([source(records, { time: 'at' })]);
    for await (const { value } of read) if (value.n === 3) break;
    expect(left).toBe(true);
    expect(read.state).toBe('stopped');
  });

  it('ends while its source waits, when its signal is aborted', async () => {
    const abort = new AbortController();
    const input = new PassThrough({ objectMode: true });
    input.write({ at: at(0) });
    const given: unknown[] = [];
    for await (const { value } of pipeline([source(input, { time: 'at' })], { signal: abort.signal })) {
      given.push(value);
      void sleep(5).then(() => abort.abort());
    }
    expect(given).toEqual([{ at: at(0) }]);
    expect(input.destroyed).toBe(true);
  });

  it('gives events in their order also to calls that do not wait for each other', async () => {
    const events = pipeline([source(numbers(3), { time: 'at' })])[Symbol.asyncIterator]();
    const steps = await Promise.all(Array.from({ length: 4 }, () => events.next()));
    expect(steps.map(({ value }) => value?.value.n)).toEqual([0, 1, 2, undefined]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it('goes on where it was with state, and gives again what was not taken', async () => {
    const file = place('in.ndjson');
    const write = (records: readonly object[]): void =>
      fs.appendFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const read = (): AsyncIterable<TimedEvent<{ n: number }>> =>
      pipeline([
        source<{ n: number }>(file, { time: 'at', delay: '0s', state: place('state') }),
        window.fixed('10s'),
        combine({ n: 'count' }),
      ]);
    const counts = async (): Promise<number[]> => {
      const given: number[] = [];
      for await (const { value } of read()) given.push(value.n);
      return given;
    };
    write(numbers(25));
    expect(await counts()).toEqual([10, 10]);
    expect(await counts()).toEqual([]);
    write(numbers(45).slice(25));
    for await (const _ of read()) break;
    expect(await counts()).toEqual([10, 10]);
  });

  it('checks itself without reading a record, and says all that is wrong', async () => {
    const records = (function* () {
      yield expect.unreachable();
    })();
    expect(await pipeline([source(records, { time: 'at' }), combine({ n: 'count' })]).check()).toEqual([]);
    fs.writeFileSync(place('access.log'), '');
    const wrong = pipeline([
      source(place('access.log'), { format: 'combined' }),
      filter('stauts >= 500'),
      map.js(place('missing.mjs')),
      sink(place('out.csv')),
    ]);
    expect(await wrong.check()).toMatchObject([
      { code: 'usage', stage: 'filter', index: 1, message: expect.stringContaining('stauts') },
      { code: 'failed', stage: 'map', index: 2, message: expect.stringContaining('no such file') },
    ]);
    expect(fs.readdirSync(folder)).toEqual(['access.log']);
    expect(await pipeline([source(place('no.log'), { time: 'at' })]).check()).toMatchObject([
      { code: 'failed', stage: 'source', index: 0, message: expect.stringContaining('no such file') },
    ]);
  });
});

describe('a pipeline as a stream', () => {
  const parts = () => [source({ time: 'at' }), window.fixed('10s'), combine({ n: 'count' })] as const;
  const lines = numbers(25).map((record) => `${JSON.stringify(record)}\n`);
  const counts = (text: string): number[] => text.match(/(?<="n":)\d+/g)!.map(Number);

  it('of Node takes bytes and gives bytes', async () => {
    let text = '';
    await through(Readable.from(lines), pipeline(parts()).duplex(), async (results) => {
      for await (const bytes of results) text += bytes;
    });
    expect(counts(text)).toEqual([10, 10, 5]);
  });

  it('of the web takes bytes and gives bytes', async () => {
    const body = new Response(lines.join('')).body!;
    expect(counts(await new Response(body.pipeThrough(pipeline(parts()).toWeb())).text())).toEqual([
      10, 10, 5,
    ]);
  });

  it('of the web is what a source reads', async () => {
    const given: number[] = [];
    const body = new Response(lines.join('')).body!;
    for await (const { value } of pipeline([source<{ n: number }>(body as never, { time: 'at' })]))
      given.push(value.n);
    expect(given).toHaveLength(25);
    const objects = ReadableStream.from(numbers(3));
    for await (const { value } of pipeline([source(objects, { time: 'at' })])) given.push(value.n);
    expect(given).toHaveLength(28);
  });

  it('fails with the error of a stage, and ends when it is destroyed', async () => {
    const broken = through(Readable.from(['{\n']), pipeline(parts()).duplex(), new PassThrough().resume());
    await expect(broken).rejects.toMatchObject({ code: 'failed', stage: 'source', line: 1 });
    const read = pipeline(parts());
    const duplex = read.duplex();
    duplex.destroy();
    await vi.waitFor(() => expect(read.state).toBe('stopped'));
  });

  it('is refused where its source reads something else, and read only where something is written', () => {
    expect(() => pipeline([source('in.log')]).duplex()).toThrow('something else');
    expect(() => pipeline(parts()).bytes()).toThrow('names nothing to read');
  });
});

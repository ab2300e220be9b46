import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinkCommand } from '../../src/commands/sink.ts';
import type { StageContext } from '../../src/commands/stage.ts';
import { DEFAULT_MAX_LINE } from '../../src/formats/readers.ts';
import type { Operator, Work } from '../../src/operators/operator.ts';
import { Batch } from '../../src/stream/batch.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import type { EndReason, Marker } from '../../src/stream/marker.ts';
import { addEvent, type Event, TIME } from '../formats/batches.ts';

let folder: string;
let target: string;
/** What the sink told people. */
let notices: string[];

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-sink-'));
  target = join(folder, 'out.ndjson');
  notices = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const context = (): StageContext => ({
  emit: () => undefined,
  emitMarker: () => undefined,
  connected: () => false,
  notice: (message) => notices.push(message),
  count: () => {},
  maxLine: DEFAULT_MAX_LINE,
});

async function settled(work: Work): Promise<void> {
  if (work !== undefined && 'next' in work) for (const pending of work) await pending;
  else await work;
}

const build = (location: string | undefined, options: Record<string, unknown> = {}) =>
  sinkCommand.build({
    kind: undefined,
    arguments: location === undefined ? [] : [location],
    options: new Map(Object.entries(options)),
  });

async function create(location: string, options: Record<string, unknown> = {}): Promise<Operator> {
  const stage = build(location, options);
  if (stage.role === 'source') throw new Error('a sink is no source');
  return stage.create(context());
}

const header = (bounded = true): Marker => ({ kind: 'stream', header: { ...PLAIN_HEADER, bounded } });
const end = (reason: EndReason): Marker => ({ kind: 'end', reason });

function batchOf(events: readonly Event[]): Batch {
  const batch = new Batch(64, 1024);
  for (const event of events) addEvent(batch, event);
  return batch;
}

/** Hands a stream to a sink: markers and batches of events by their members. */
async function feed(sink: Operator, ...items: (Marker | string[] | Batch)[]): Promise<void> {
  for (const item of items) {
    if (Array.isArray(item)) await settled(sink.onBatch(0, batchOf(item.map((members) => ({ members })))));
    else if (item instanceof Batch) await settled(sink.onBatch(0, item));
    else await settled(sink.onMarker(0, item));
  }
}

const content = (path = target): string => fs.readFileSync(path, 'utf8');
const files = (): string[] => fs.readdirSync(folder);

describe('sink', () => {
  it('makes the target appear whole when a bounded stream is complete', async () => {
    const sink = await create(target);
    await feed(sink, header(), ['"a":1'], ['"a":2']);
    expect(fs.existsSync(target)).toBe(false);
    await feed(sink, end('drained'));
    await sink.close?.();
    expect(content()).toBe('{"a":1}\n{"a":2}\n');
    expect(files()).toEqual(['out.ndjson']);
  });

  it('writes an empty target of a stream without events', async () => {
    const sink = await create(target);
    await feed(sink, header(), end('drained'));
    expect(content()).toBe('');
  });

  it.each(['out.ndjson.gz', 'out.csv.zst', 'OUT.BR'])('refuses a name that says compressed: %s', (name) => {
    expect(() => build(join(folder, name))).toThrow(/results that are not compressed/);
  });

  it('leaves no trace of a bounded stream that was cut off', async () => {
    const sink = await create(target);
    await feed(sink, header(), ['"a":1']);
    await sink.abort?.();
    expect(files()).toEqual([]);
  });

  it('leaves the target alone when the run had nothing to do', async () => {
    fs.writeFileSync(target, 'before\n');
    const sink = await create(target, { overwrite: true });
    await feed(sink, header(), end('skipped'));
    await sink.close?.();
    expect(content()).toBe('before\n');
    expect(files()).toEqual(['out.ndjson']);
  });

  it('leaves the target alone when a bounded stream stays suspended, and says so', async () => {
    const sink = await create(target);
    await feed(sink, header(), ['"a":1'], end('suspended'));
    await sink.close?.();
    expect(files()).toEqual([]);
    expect(notices).toEqual([expect.stringContaining('suspended')]);
  });

  it('writes the whole of a stream that was suspended and went on', async () => {
    const sink = await create(target);
    await feed(sink, header(), ['"a":1'], end('suspended'), header(), ['"a":2'], end('drained'));
    await sink.close?.();
    expect(content()).toBe('{"a":1}\n{"a":2}\n');
    expect(notices).toEqual([]);
  });

  it('writes an unbounded stream in place, as it comes', async () => {
    const sink = await create(target);
    await feed(sink, header(false), ['"a":1']);
    expect(content()).toBe('{"a":1}\n');
    await feed(sink, ['"a":2'], end('suspended'));
    await sink.close?.();
    expect(content()).toBe('{"a":1}\n{"a":2}\n');
  });

  it('keeps what an unbounded stream wrote before it was cut off', async () => {
    const sink = await create(target);
    await feed(sink, header(false), ['"a":1']);
    await sink.abort?.();
    expect(content()).toBe('{"a":1}\n');
  });

  it('writes what stands before an event that the format cannot hold', async () => {
    const sink = await create(target, { format: 'csv' });
    await expect(feed(sink, header(false), ['"a":1', '"a":2', '"b":3'])).rejects.toMatchObject({
      code: 'failed',
    });
    await sink.abort?.();
    expect(content()).toBe('a\n1\n2\n');
  });

  it('refuses a target that is not empty as soon as the stream begins', async () => {
    fs.writeFileSync(target, 'before\n');
    const sink = await create(target);
    await expect(settled(sink.onMarker(0, header()))).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringMatching(/--append.*--overwrite/),
    });
    fs.writeFileSync(target, '');
    await settled((await create(target)).onMarker(0, header()));
  });

  it('replaces or continues what the target holds when told to', async () => {
    fs.writeFileSync(target, '{"a":0}\n');
    await feed(await create(target, { append: true }), header(), ['"a":1'], end('drained'));
    expect(content()).toBe('{"a":0}\n{"a":1}\n');
    await feed(await create(target, { overwrite: true }), header(), ['"a":2'], end('drained'));
    expect(content()).toBe('{"a":2}\n');
  });

  it('takes the format from the name of the file', async () => {
    for (const [name, text] of [
      ['a.csv', 'a,b\n1,"x,y"\n'],
      ['a.TSV', 'a\tb\n1\tx,y\n'],
      ['a.txt', '{"a":1,"b":"x,y"}\n'],
    ] as const) {
      await feed(await create(join(folder, name)), header(), ['"a":1,"b":"x,y"'], end('drained'));
      expect(content(join(folder, name))).toBe(text);
    }
    await feed(await create(target, { format: 'table' }), header(), ['"a":1,"b":"x"'], end('drained'));
    expect(content()).toBe('a  b\n1  x\n');
  });

  it.each([
    ['out.csv', 'b,a,c\n5,4,\n', '2,1,\n'],
    ['out.csv', '\ufeffb,"a"\r\n5,4\r\n', '2,1\n'],
    ['out.tsv', 'b\ta\n5\t4\n', '2\t1\n'],
  ])('appends to %s under the columns that it has', async (name, before, more) => {
    const path = join(folder, name);
    fs.writeFileSync(path, before);
    await feed(await create(path, { append: true }), header(), ['"a":1,"b":2'], end('drained'));
    expect(content(path)).toBe(before + more);
  });

  it('does not append to a csv file without a header, or with an ambiguous one', async () => {
    const path = join(folder, 'out.csv');
    for (const before of ['"a\n', 'a,b,a\n1,2,3\n', 'a"b\n']) {
      fs.writeFileSync(path, before);
      const sink = await create(path, { append: true });
      await expect(settled(sink.onMarker(0, header())), before).rejects.toMatchObject({ code: 'failed' });
    }
  });

  it('appends to an empty csv file with a header', async () => {
    const path = join(folder, 'out.csv');
    await feed(await create(path, { append: true }), header(), ['"a":1'], end('drained'));
    expect(content(path)).toBe('a\n1\n');
  });

  it('fills a template', async () => {
    await feed(await create(target, { template: '{a}!' }), header(), ['"a":1', '"a":"x"'], end('drained'));
    expect(content()).toBe('1!\nx!\n');
  });

  it('writes what --meta asks for', async () => {
    await feed(await create(target, { meta: 'keep' }), header(), ['"a":1'], end('drained'));
    expect(content()).toBe(`{"@t":"${TIME}","a":1}\n`);
  });

  it('stores the marked stream itself, suspended or complete', async () => {
    const sink = await create(target, { format: 'stream' });
    await feed(sink, header(), ['"a":1'], { kind: 'barrier', epoch: 3 }, end('suspended'));
    await sink.close?.();
    const lines = content().split('\n');
    expect(lines[0]).toMatch(/^\{"@stream":\{.*\}\}$/);
    expect(lines.slice(1)).toEqual([`{"@t":"${TIME}","a":1}`, '{"@barrier":3}', '{"@end":"suspended"}', '']);
  });

  it('writes an event of very many windows in parts', async () => {
    const start = '2015-05-17T00:00:00Z';
    const window = { start, end: '2015-05-17T01:00:00Z', every: 1000, count: 10_000 };
    const events = Array.from({ length: 5 }, (_, index): Event => ({ members: `"i":${index}`, window }));
    const sink = await create(target);
    await feed(sink, header(), batchOf(events), end('drained'));
    const lines = content().trimEnd().split('\n');
    expect(lines.length).toBe(50_000);
    expect(lines.at(-1)).toContain('"i":4');
  });

  it.each([
    ['two modes', 'f', { append: true, overwrite: true }],
    ['a mode without a file', undefined, { append: true }],
    ['a mode for stdout', '-', { overwrite: true }],
    ['a template with a format', 'f', { template: '{a}', format: 'csv' }],
    ['a template that cannot be read', 'f', { template: '{a' }],
    ['--meta for a stream', 'f', { format: 'stream', meta: 'drop' }],
    ['an empty location', '', {}],
    ['a location that no connector knows', 'nosuch://x/y', {}],
  ])('refuses %s as wrong usage', (_, location, options) => {
    expect(() => build(location, options)).toThrowError(expect.objectContaining({ code: 'usage' }));
  });
});

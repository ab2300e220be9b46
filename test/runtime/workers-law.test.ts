import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOutcome, runFused, runInBlocks } from './running.ts';

// What threads make of blocks is what one thread makes of the whole: results, messages, exit code.

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  fs.rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, string | Buffer>>;

function writeAll(files: Files): void {
  for (const name of fs.readdirSync('.')) fs.rmSync(name);
  for (const [name, bytes] of Object.entries(files)) fs.writeFileSync(name, bytes);
}

const keys = fc.constantFrom('"a"', '"b"', '"c\\u00e9"', '"cé"', '1', '1.0', 'null', 'true', '{"x": 1}');
const values = fc.oneof(
  fc.integer({ min: -50, max: 2000 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((v) => JSON.stringify(v)),
  fc.constantFrom('null', '18446744073709551615', '1.10'),
);
const times = fc.oneof(
  fc.integer({ min: 0, max: 400 }),
  // Disorder about a time that goes on, as in a log.
  fc.integer({ min: -20, max: 20 }),
);
const events = fc.array(fc.tuple(times, keys, values), { maxLength: 150, size: 'max' }).map((all) =>
  // The second kind of time is meant from where its event stands.
  all.map(([t, k, v], index) => [t < 50 ? Math.max(0, index * 4 + t) : t, k, v] as const),
);

const line = ([t, k, v]: readonly [number, string, string]): string => `{"t":${t},"k":${k},"v":${v}}`;
const ndjson = events.map((all) => all.map((each) => `${line(each)}\n`).join(''));

/** Lines that readers, `window` or `combine` have something to tell of, or that are read in another way. */
const strange = fc.constantFrom(
  '{"t":',
  '{"k":1}',
  '\ufeff{"t":7,"k":"bom"}',
  '',
  '  ',
  '{"t":8,"k":"no number","v":"text"}',
  '{"t":253402300799,"k":"the last second"}',
  '{"\\u0074":9,"k":"escaped","v":1}',
  `{"t":10,"k":"${'long'.repeat(30)}","v":2}`,
  '{"t":11,"@w":"mine","k":"meta"}\r',
  '12',
);
const spoiled = fc
  .tuple(ndjson, fc.array(fc.tuple(fc.nat(80), strange), { maxLength: 4 }))
  .map(([text, more]) => {
    const lines = text.split('\n');
    for (const [at, each] of more) lines.splice(Math.min(at, lines.length), 0, each);
    return lines.join('\n');
  });
const notText = ndjson.map((text) =>
  Buffer.from(text.replace('"a"', '"\u0001"').replace('\u0001', '\xff'), 'latin1'),
);

const log = events.map((all) =>
  all
    .map(([t, k, v]) => {
      const time = new Date(t * 1000).toISOString().slice(11, 19);
      const bytes = /^\d+$/.test(v) ? v : '-';
      return `192.0.2.${t % 9} - - [17/May/2015:${time} +0000] "GET /${k.replaceAll('"', '')} HTTP/1.1" 200 ${bytes} "-" "x"\n`;
    })
    .join(''),
);
const logfmt = events.map((all) =>
  all.map(([t, k, v]) => `t=${t} k=${k.replaceAll(/[" {}]/g, '')} v=${v}\n`).join(''),
);

const EPOCH = '--time t --time-format epoch-s';
const onReject = fc.constantFrom('', '--on-reject skip', '--on-reject skip');

const sources = fc
  .tuple(
    fc.oneof(
      ndjson.map((text) => ({ files: { 'in.ndjson': text } as Files, source: `in.ndjson ${EPOCH}` })),
      fc.tuple(spoiled, onReject).map(([text, reject]) => ({
        files: { 'in.ndjson': text } as Files,
        source: `in.ndjson ${EPOCH} ${reject}`,
      })),
      fc.tuple(spoiled, onReject).map(([text, reject]) => ({
        files: { 'in.ndjson': `\ufeff${text}` } as Files,
        source: `in.ndjson ${EPOCH} ${reject} --max-line 64`,
      })),
      fc.tuple(spoiled, ndjson, fc.constantFrom('', ndjson)).map(([a, b, c]) => ({
        files: { '1.ndjson': a, '2.ndjson': b, '3.ndjson': c === '' ? '' : a } as Files,
        source: `1.ndjson 2.ndjson 3.ndjson ${EPOCH} --on-reject skip`,
      })),
      fc.tuple(notText, onReject).map(([bytes, reject]) => ({
        files: { 'in.ndjson': bytes } as Files,
        source: `in.ndjson ${EPOCH} ${reject}`,
      })),
      logfmt.map((text) => ({ files: { 'in.logfmt': text } as Files, source: `in.logfmt ${EPOCH}` })),
      ndjson.map((text) => ({ files: { 'in.txt': text } as Files, source: 'in.txt --time none' })),
      log.map((text) => ({
        files: { 'in.log': text } as Files,
        source: 'in.log --format combined',
        key: 'path',
        value: 'bytes',
      })),
    ),
    fc.constantFrom('', '--delay 0s', '--delay 5s', '--delay 5s --watermark-every 7s', '--delay 1m'),
    fc.constantFrom('', '', '--quiet', '--stats=json'),
  )
  .map(([{ source, ...rest }, delay, extra]) => ({
    key: 'k',
    value: 'v',
    ...rest,
    source: `source ${source} ${source.includes('none') ? '' : delay} ${extra}`,
  }));

const windows = fc.constantFrom(
  '',
  'window fixed 1m',
  'window fixed 10s --offset 3s --stats=json',
  'window calendar hour --timezone Europe/Berlin',
  'window calendar year',
  'window global',
);
const aggregates = fc.constantFrom(
  ...['n=count', 'sum(V)', 'mean(V)', 'min(V)', 'max(V)', 'first(V)', 'last(V)', 'list(V)', 'set(V)'],
  ...['distinct(V)', "'p90 = quantile(V, 0.9)'", 'topk(V, 2)', 'stddev(V)', 'approx_quantile(V, 0.5)'],
  ...['approx_distinct(V)', 'arg_max(K, V)', 'any_value(V)', 'sample(V, 3)', 'string_agg(K)', 'mode(K)'],
  ...['corr(V, V)', 'count(missing)', 'null_count(V)'],
);
const combines = fc
  .tuple(
    fc.constantFrom('', '--by K', '--by K', '--by K,V'),
    fc.uniqueArray(aggregates, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '--limit 2', '--eof drain', '--stats=json'),
  )
  .map(([by, calls, options]) => {
    const quoted = calls.map((call) => (call.includes('(') && !call.startsWith("'") ? `'${call}'` : call));
    return `combine ${by} ${quoted.join(' ')} ${options}`;
  });
const rests = fc.constantFrom(
  '',
  'sink out.ndjson --overwrite',
  'window fixed 1h | combine total=count | sink out.csv --overwrite',
  'dedup --by K --within 1m',
);

const pipelines = fc
  .tuple(sources, windows, combines, rests)
  .map(([{ files, source, key, value }, window, combine, rest]) => {
    const stages = [source, window, combine, rest].filter((stage) => stage !== '');
    return { files, text: stages.join(' | ').replaceAll(/\bK\b/g, key).replaceAll(/\bV\b/g, value) };
  });
/** Whether workers go on when they are of no use. */
const patience = fc.constantFrom(
  { mostMade: 1, mostReadAgain: 0.5 },
  { mostMade: 1e9, mostReadAgain: 1 },
  { mostMade: 1e9, mostReadAgain: 1 },
);
const ways = fc.record({
  workers: fc.integer({ min: 1, max: 3 }),
  blockSize: fc.integer({ min: 1, max: 300 }),
});

/** What the sink has written, which is then gone. */
function made(): string[] {
  const names = fs.readdirSync('.').filter((name) => name.startsWith('out.'));
  return names.map((name) => {
    const text = fs.readFileSync(name, 'utf8');
    fs.rmSync(name);
    return text;
  });
}

/** Messages of a stage come in their order; those of different stages as blocks go. */
function told({ stderr }: RunOutcome): Record<string, string[]> {
  const byStage: Record<string, string[]> = {};
  let stage = '';
  for (const each of stderr
    .replaceAll(/"milliseconds":\d+/g, '')
    .trimEnd()
    .split('\n')) {
    stage = /^(?:tm \w+|\{)/.exec(each)?.[0] ?? stage;
    byStage[stage] = [...(byStage[stage] ?? []), each];
  }
  return byStage;
}

describe('blocks of a file that workers read and combine', () => {
  it('give what one thread gives: results, messages, exit code', async () => {
    const seen = { done: 0, failed: 0, late: 0, told: 0, combined: 0 };
    await fc.assert(
      fc.asyncProperty(pipelines, ways, patience, async ({ files, text }, way, limits) => {
        writeAll(files);
        const one = await runFused(text);
        const target = made();
        const many = await runInBlocks(text, { ...way, ...limits });
        // Nothing but empty files.
        if (many === undefined) return;
        expect({ text, code: many.code, stdout: many.stdout, told: told(many), made: made() }).toEqual({
          text,
          code: one.code,
          stdout: one.stdout,
          told: told(one),
          made: target,
        });
        seen.combined += many.combined;
        if (one.code === 0) seen.done++;
        else seen.failed++;
        if (one.stderr.includes(' late, ')) seen.late++;
        if (one.stderr !== '') seen.told++;
      }),
      { numRuns: 250 },
    );
    expect(seen.combined).toBeGreaterThan(1000);
    expect(seen.done).toBeGreaterThan(100);
    expect(seen.failed).toBeGreaterThan(3);
    expect(seen.late).toBeGreaterThan(3);
    expect(seen.told).toBeGreaterThan(20);
  });
});

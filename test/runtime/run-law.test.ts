import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunOutcome, runFused, runPiped } from './running.ts';

// Law 1: what a pipeline in one process does is what its pipe does, byte for byte.

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
beforeEach(clear);

function clear(): void {
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name));
}

/** Files to read, by name. */
type Inputs = Readonly<Record<string, string>>;

const keys = fc.constantFrom('"a"', '"b"', '"c\\u00e9"', '1', '1.0', 'null', 'true');
const values = fc.oneof(
  fc.integer({ min: -50, max: 2000 }).map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    .map((value) => JSON.stringify(value)),
  fc.constantFrom('null', '18446744073709551615', '1.10', '"text"'),
);
const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), keys, values), { maxLength: 60 });

const ndjson = events.map((all) =>
  all.map(([t, k, v]) => `{"t":${t},"k":${k},"v":${v},"@w":"mine"}\n`).join(''),
);
/** The same text as ndjson, with a record that cannot be read somewhere. */
const spoiled = fc
  .tuple(ndjson, fc.nat(60), fc.constantFrom('{"t":', '{"k":1}', 'oops'))
  .map(([text, at, line]) => {
    const lines = text.split('\n');
    lines.splice(Math.min(at, lines.length - 1), 0, line);
    return lines.join('\n');
  });
const csv = events.map((all) => {
  const field = (text: string): string => (text === 'null' ? '' : text.replaceAll('"', ''));
  return `t,k,v\n${all.map(([t, k, v]) => `${t},${field(k)},${field(v)}\n`).join('')}`;
});
const log = events.map((all) =>
  all
    .map(([t, k, v]) => {
      const time = new Date(t * 1000).toISOString().slice(11, 19);
      const bytes = /^\d+$/.test(v) ? v : '-';
      return `192.0.2.${t % 9} - - [17/May/2015:${time} +0000] "GET /${k.replaceAll('"', '')} HTTP/1.1" 200 ${bytes} "-" "x"\n`;
    })
    .join(''),
);

const EPOCH = '--time t --time-format epoch-s';
const delays = fc.constantFrom(
  '',
  '--delay 0s',
  '--delay 5s',
  '--delay 30s --watermark-every 7s',
  '--delay 2m',
);
const extras = fc.constantFrom('', '', '--limit 20', '--quiet', '--stats=json');

const sources: fc.Arbitrary<{ files: Inputs; source: string; key: string; value: string }> = fc
  .tuple(
    fc.oneof(
      ndjson.map((text) => ({ files: { 'in.ndjson': text }, source: `in.ndjson ${EPOCH}` })),
      fc.tuple(ndjson, ndjson).map(([a, b]) => ({
        files: { '1.ndjson': a, '2.ndjson': b },
        source: `[12].ndjson ${EPOCH}`,
      })),
      spoiled.map((text) => ({ files: { 'in.ndjson': text }, source: `in.ndjson ${EPOCH}` })),
      spoiled.map((text) => ({
        files: { 'in.ndjson': text },
        source: `in.ndjson ${EPOCH} --rejected-to rejected`,
      })),
      csv.map((text) => ({ files: { 'in.csv': text }, source: `in.csv ${EPOCH}` })),
      log.map((text) => ({
        files: { 'in.log': text },
        source: 'in.log --format combined',
        key: 'path',
        value: 'bytes',
      })),
      fc.integer({ min: 1, max: 99 }).map((seed) => ({
        files: {},
        source: `generate:count=300,seed=${seed},keys=4,step=2s,disorder=20s,late=0.05`,
        key: 'status',
        value: 'bytes',
      })),
    ),
    delays,
    extras,
  )
  .map(([{ source, ...rest }, delay, extra]) => ({
    key: 'k',
    value: 'v',
    ...rest,
    source: `tm source ${source} ${delay} ${extra}`,
  }));

const windows = fc.constantFrom(
  'window fixed 1m',
  'tm window fixed 10s --offset 3s',
  'tm-window sliding 1m --every 20s',
  'window sliding 7s --every 3s',
  'window session 15s',
  'window calendar hour --timezone Europe/Berlin',
  'window global',
);
const aggregates = fc.constantFrom(
  ...[
    'n=count',
    'sum(V)',
    'mean(V)',
    'min(V)',
    'max(V)',
    'first(V)',
    'last(V)',
    'list(V)',
    'set(V)',
    'distinct(V)',
  ],
  ...["'p90 = quantile(V, 0.9)'", 'topk(V, 2)', 'stddev(V)', 'variance(V)'],
);
const quoted = (call: string): string => (call.includes('(') && !call.startsWith("'") ? `'${call}'` : call);
const combines = fc
  .tuple(
    fc.constantFrom('', '--by K', '--by K,V'),
    fc.uniqueArray(aggregates, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(
      '',
      '',
      '--limit 2',
      '--late-to late.combine --rejected-to rejected.combine',
      '--eof drain',
    ),
  )
  .map(([by, calls, options]) => `combine ${by} ${calls.map(quoted).join(' ')} ${options}`);
const dedups = fc.constantFrom(
  'dedup --by K --stats=json',
  'dedup --by K --within 30s --late-to late.dedup',
  'dedup --by K,V --eof drain',
);
const enriches = fc.constantFrom(
  'enrich table table.csv --by K=key',
  'enrich table table.csv --by K=key --join inner --columns key,size',
  // A second time, the members are there already: a failure at the first event.
  'enrich table table.csv --by K=key --as found',
);
const tees = fc.constantFrom('tee copy', 'tee one two --stats=json');
const sorts = fc.constantFrom('sort --stats=json', 'sort --memory 1KB --late-to late.sort');
const middles = fc.array(fc.oneof(windows, windows, dedups, combines, enriches, tees, sorts), {
  maxLength: 4,
});
const sinks = fc.constantFrom(
  '',
  'sink out.ndjson',
  'sink out.ndjson --meta keep --eof drain',
  'sink out.csv --overwrite',
  'tm sink out.tsv --meta drop',
  'sink out.table --format table',
  'tm-sink out.stream --format stream',
  "sink out.text --template '{@t} {n}'",
);

const TABLE = 'key,name,size\na,Anna,1\nb,,2.50\n1,One,\n200,OK,7\n/a,slash,0\n';

const pipelines = fc.tuple(sources, middles, sinks).map(([{ files, source, key, value }, inner, sink]) => {
  const stages = [source, ...inner, ...(sink === '' ? [] : [sink])];
  const text = stages.join(' |\n').replaceAll(/\bK\b/g, key).replaceAll(/\bV\b/g, value);
  return { files: { ...files, 'table.csv': TABLE } as Inputs, text };
});

/** Files that a run has made, by name. */
type Made = ReadonlyMap<string, string>;

async function runIn(files: Inputs, run: () => Promise<RunOutcome>): Promise<RunOutcome & { made: Made }> {
  clear();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const outcome = await run();
  const made = fs.readdirSync(folder).filter((name) => !(name in files));
  return {
    ...outcome,
    made: new Map(made.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')])),
  };
}

/** What stages behind one that failed say: in one process they know. */
const echoes =
  /^tm \w+: (?:the input stopped without @end: .*\n {2}hint: where the end is meant.*|no input: the command before wrote nothing)\n/gm;

/** Lines with the time that a run took left out. */
const timeless = (text: string): string => text.replaceAll(/"milliseconds":\d+/g, '"milliseconds":0');
const lines = (text: string): string[] => timeless(text).split('\n').sort();

/** What is said of a failure: without what stages behind it say, and without statistics. */
const errors = ({ stderr }: RunOutcome): string[] =>
  lines(stderr.replaceAll(echoes, '')).filter((line) => !line.startsWith('{'));

describe('a pipeline in one process', () => {
  it('finds the members of each event also where a read has more records than a batch', async () => {
    const text = Array.from({ length: 12_000 }, (_, i) => `{"t":1,"k":${Math.floor(i / 3000)}}\n`).join('');
    const pipeline = `source in.ndjson ${EPOCH} | combine --by k n=count | sink out.ndjson --meta drop`;
    const { made } = await runIn({ 'in.ndjson': text }, () => runFused(pipeline));
    expect(made.get('out.ndjson')).toBe([0, 1, 2, 3].map((k) => `{"k":${k},"n":3000}\n`).join(''));
  });

  it('does what its pipe does: results, files, messages, exit code', async () => {
    const seen = { done: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(pipelines, async ({ files, text }) => {
        const piped = await runIn(files, () => runPiped(text));
        const fused = await runIn(files, () => runFused(text));
        // What no event can give is refused before anything is read; the pipe may fail at a record before.
        fc.pre(fused.code === piped.code || fused.code !== 2);
        expect({ text, code: fused.code, stdout: fused.stdout }).toEqual({
          text,
          code: piped.code,
          stdout: piped.stdout,
        });
        if (piped.code === 0) {
          seen.done++;
          expect(fused.made).toEqual(piped.made);
          expect(lines(fused.stderr)).toEqual(lines(piped.stderr));
          return;
        }
        seen.failed++;
        // Stages before the one that failed come to their end there, with side files and statistics.
        const target = (made: Made): unknown => [...made].filter(([name]) => name.startsWith('out.'));
        expect(target(fused.made)).toEqual(target(piped.made));
        expect(errors(piped)).toEqual(expect.arrayContaining(errors(fused)));
        expect(fused.stderr).toMatch(/^tm \w+: /m);
      }),
      { numRuns: 300 },
    );
    expect(seen.done).toBeGreaterThan(100);
    expect(seen.failed).toBeGreaterThan(20);
  });

  it('does so behind other commands too, also when they are cut off', async () => {
    const cuts = fc.option(fc.nat(6000), { nil: Number.POSITIVE_INFINITY, freq: 2 });
    const behind = fc.tuple(sources, fc.constantFrom('', ' | window fixed 1m'), middles, sinks, cuts);
    await fc.assert(
      fc.asyncProperty(behind, async ([{ files, source, key, value }, first, inner, sink, cut]) => {
        clear();
        for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
        const stream = (await runPiped(source + first)).stdout.slice(0, cut);
        const stages = ['window fixed 10s --offset 1s', ...inner, ...(sink === '' ? [] : [sink])].slice(
          first === '' ? 0 : 1,
        );
        fc.pre(stages.length > 0);
        const text = stages.join(' | ').replaceAll(/\bK\b/g, key).replaceAll(/\bV\b/g, value);
        const table = { 'table.csv': TABLE };
        const piped = await runIn(table, () => runPiped(text, stream));
        const fused = await runIn(table, () => runFused(text, stream));
        expect({ text, stdout: fused.stdout }).toEqual({ text, stdout: piped.stdout });
        // Of a stream that is cut off behind an event that a stage fails at, a pipe has both; one process has one.
        expect(piped.codes).toContain(fused.code);
        expect(fused.code === 0).toBe(piped.code === 0);
        expect(errors(piped)).toEqual(expect.arrayContaining(errors(fused)));
        if (piped.code !== 0) return;
        expect(fused.made).toEqual(piped.made);
        expect(lines(fused.stderr)).toEqual(lines(piped.stderr));
      }),
      { numRuns: 150 },
    );
  });
});

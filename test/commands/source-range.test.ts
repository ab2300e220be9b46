import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runSourceWords, type SourceOutcome } from './source-running.ts';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-range-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const at = (name: string): string => join(folder, name);
const run = (line: string): Promise<SourceOutcome> => runSourceWords(line.split(' '));
const iso = (ms: number): string => new Date(ms).toISOString();
const START = Date.parse('2026-03-01T00:00:00Z');

/** The formats whose records are lines, with a record of a time each, and what stands before the first. */
const FORMATS: Readonly<
  Record<string, { header?: string; words: string; line(ms: number, k: number): string }>
> = {
  ndjson: { words: '--time ts', line: (ms, k) => `{"k":${k},"ts":"${iso(ms)}","x":"${'y'.repeat(k % 50)}"}` },
  csv: { header: '"k\nk",ts\n', words: '--time ts', line: (ms, k) => `"a\n${k}",${iso(ms)}` },
  tsv: { header: '\nk\tts\n', words: '--time ts', line: (ms, k) => `${k}${'z'.repeat(k % 40)}\t${iso(ms)}` },
  text: { words: '--time text', line: iso },
  common: {
    words: '',
    line: (ms, k) => {
      const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([^.]*)/.exec(iso(ms))!;
      const name = ['Jan', 'Feb', 'Mar', 'Apr'][Number(month) - 1];
      return `h${k} - - [${day}/${name}/${year}:${clock} +0000] "GET / HTTP/1.1" 200 ${k}`;
    },
  },
  'regex:^(?<k>\\d+)\\s(?<ts>.*)$': { words: '--time ts', line: (ms, k) => `${k} ${iso(ms)}` },
};

function write(name: string, format: string, times: readonly number[]): string {
  const { header = '', line } = FORMATS[format]!;
  fs.writeFileSync(at(name), header + times.map((ms, k) => `${line(ms, k)}\n`).join(''));
  return at(name);
}

describe.each(Object.keys(FORMATS))('the range of --from and --to in %s', (format) => {
  const { words } = FORMATS[format]!;
  const options = `--format ${format} ${words}`.trim();

  it('gives what a file of these records alone gives, in whatever order they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -5, max: 105 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('', ' --delay 0s', ' --delay 20s --watermark-every 5s'),
        fc.constantFrom('', ' --limit 3'),
        async (seconds, from, length, delay, limit) => {
          const times = seconds.map((second) => START + second * 1000);
          const [first, end] = [START + from * 1000, START + (from + length) * 1000];
          const { line, header = '' } = FORMATS[format]!;
          const kept = times.map((ms, k) => (ms >= first && ms < end ? `${line(ms, k)}\n` : '')).join('');
          fs.writeFileSync(at('kept'), header + kept);
          const wanted = await run(`${at('kept')} ${options}${delay}${limit}`);
          const ranged = await run(
            `${write('all', format, times)} ${options}${delay}${limit} --from ${iso(first)} --to ${iso(end)}`,
          );
          expect(ranged.stream).toBe(wanted.stream);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not take the first record of a file that is searched for one out of order', async () => {
    const times = Array.from({ length: 14_000 }, (_, k) => START + k * 1000);
    const path = write('strict', format, times);
    const from = START + 10_558_000;
    const searched = await run(
      `${path} ${options} --delay 0s --from ${iso(from)} --to ${iso(from + 1000)} --sorted`,
    );
    expect(searched.failure).toBe('');
    expect(searched.stream.match(/^\{"@t"/gm)?.length).toBe(1);
  });

  it('gives the same with --sorted, of a file that is searched, however far in it stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 6000 }),
        fc.double({ min: -0.2, max: 1.2, noNaN: true }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 1 << 30 }),
        async (disorder, place, length, seed) => {
          const count = 14_000;
          const times = Array.from(
            { length: count },
            (_, k) => START + (k + (((Math.imul(k, 0x9e3779b1) ^ seed) >>> 8) % (disorder + 1))) * 1000,
          );
          const path = write('sorted', format, times);
          const from = START + Math.floor(count * place) * 1000;
          const line = `${path} ${options} --delay ${disorder}s --from ${iso(from)} --to ${iso(from + length * 1000)}`;
          const [searched, scanned] = [await run(`${line} --sorted`), await run(line)];
          expect(searched.failure).toBe('');
          expect(searched.stream === scanned.stream).toBe(true);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('a range', () => {
  const times = Array.from({ length: 200_000 }, (_, k) => START + k * 1000);
  const middle = `--from ${iso(START + 150_000_000)} --to ${iso(START + 150_005_000)}`;
  const events = ({ stream }: SourceOutcome): number => stream.match(/^\{"@t"/gm)?.length ?? 0;

  it('of sorted files is answered from a few blocks of each: those of which nothing is wanted cost a look', async () => {
    const files = ['a', 'b', 'c'].map((name, file) =>
      write(
        `${name}.ndjson`,
        'ndjson',
        times.map((ms) => ms + (file - 1) * 200_000_000),
      ),
    );
    const total = files.reduce((sum, path) => sum + fs.statSync(path).size, 0);
    const read = vi.spyOn(fs, 'readSync');
    const outcome = await run(`${files.join(' ')} --time ts --sorted ${middle}`);
    const bytes = read.mock.results.reduce((sum, { value }) => sum + Number(value), 0);
    expect(events(outcome)).toBe(5);
    expect(total).toBeGreaterThan(40_000_000);
    expect(bytes).toBeLessThan(1_500_000);
    expect(outcome.notices).toEqual([]);
  });

  it('of a compressed file or a generator ends where --to is passed', async () => {
    fs.writeFileSync(
      at('a.gz'),
      zlib.gzipSync(`${times.map((ms, k) => FORMATS.ndjson!.line(ms, k)).join('\n')}\nno JSON\n`),
    );
    const scanned = await run(`${at('a.gz')} --time ts --sorted ${middle}`);
    expect([events(scanned), scanned.failure]).toEqual([5, '']);
    expect((await run(`${at('a.gz')} --time ts ${middle}`)).failure).toContain('line 200001: ');
    const made = await run('generate:count=inf,disorder=5s --sorted --delay 5s --to 2026-01-01T00:00:10Z');
    expect(events(made)).toBeGreaterThan(50);
    await expect(run('generate:count=inf --to 2026-01-01T00:00:10Z')).resolves.toMatchObject({
      failure: 'generate:count=inf has no end, and --to is none: an older record may come at any time',
    });
  });

  it('that a file does not keep to its order in is an error, and nothing is lost in silence', async () => {
    const order = times.slice(0, 20_000);
    order[19_000] = START;
    write('late.ndjson', 'ndjson', order);
    const line = `${at('late.ndjson')} --time ts --from ${iso(START + 18_900_000)}`;
    const { failure } = await run(`${line} --sorted --delay 1m`);
    expect(failure).toMatch(
      /late\.ndjson from byte \d+ on: line \d+: the record is 5h16m39s older than one before it, and --sorted allows 1m$/,
    );
    expect((await run(line)).failure).toBe('');
    expect(events(await run(`${line} --sorted --delay 5h16m39s`))).toBe(1099);
  });

  it('tells the lines of a file from the byte on at which it is read', async () => {
    const { line } = FORMATS.tsv!;
    const rows = times.slice(0, 20_000).map((ms, k) => line(ms, k));
    rows[19_990] = 'broken';
    const text = `k\tts\n${rows.join('\n')}\n`;
    fs.writeFileSync(at('broken.tsv'), text);
    const words = `${at('broken.tsv')} --time ts --sorted --from ${iso(START + 19_980_000)}`;
    const { failure } = await run(words);
    const [, byte, number] = /from byte (\d+) on: line (\d+): 1 field where the header has 2$/.exec(failure)!;
    const rest = Buffer.from(text).subarray(Number(byte) - 1);
    expect(String(rest).split('\n')[Number(number) - 1]).toBe('broken');
    const skipped = await run(`${words} --on-reject skip`);
    expect(skipped.notices).toEqual([
      expect.stringContaining(`from byte ${byte} on: line ${number} is left out`),
    ]);
    expect(skipped.rejected).toBe('broken\n');
    expect(events(skipped)).toBe(19);
  });

  it('without any event in it says what there is', async () => {
    write('few.ndjson', 'ndjson', times.slice(0, 3));
    const { notices, stream } = await run(`${at('few.ndjson')} --time ts --to 2026-02-28`);
    expect(notices).toEqual([
      'no event is in the range: those that were read are from 2026-03-01T00:00:00.000Z to 2026-03-01T00:00:02.000Z',
    ]);
    expect(stream.endsWith('{"@watermark":"end"}\n{"@end":"drained"}\n')).toBe(true);
  });

  it('is named in RFC 3339, by dates and local times in the zone of the records, and as records spell theirs', async () => {
    const hours = Array.from({ length: 48 }, (_, k) => START + k * 3_600_000);
    fs.writeFileSync(at('local.ndjson'), hours.map((ms) => `{"t":"${iso(ms).slice(0, 16)}"}\n`).join(''));
    fs.writeFileSync(at('epoch.ndjson'), hours.map((ms) => `{"t":${ms / 1000}}\n`).join(''));
    const count = async (line: string): Promise<number> => events(await run(line));
    const local = `${at('local.ndjson')} --time t --time-format %Y-%m-%dT%H:%M`;
    expect(await count(`${local} --from 2026-03-02`)).toBe(24);
    expect(await count(`${local} --timezone Europe/Berlin --from 2026-03-02`)).toBe(24);
    expect(await count(`${local} --timezone +02:00 --from 2026-03-02T00:00:00Z`)).toBe(22);
    expect(await count(`${local} --timezone +02:00 --from 2026-03-02T01:00`)).toBe(23);
    expect(await count(`${local} --from 2026-03-01t23:30:00.5-01:00`)).toBe(23);
    const epoch = `${at('epoch.ndjson')} --time t --time-format epoch-s`;
    expect(await count(`${epoch} --from ${START / 1000 + 86_400} --to 2026-03-02T12:00:00Z`)).toBe(12);
    expect(await count(`${epoch} --to=2026-03-01`)).toBe(0);
  });

  it.each([
    ['--from yesterday', "--from: 'yesterday' is no instant"],
    ['--to 1772323200', "--to: '1772323200' does not say what it counts"],
    ['--from 2026-03-02 --to 2026-03-02', '--from is not before --to: there is nothing between them'],
    ['--sorted', '--sorted is for --from and --to: it lets them read only what they need'],
    ['--time none --from 2026-03-02', '--from and --to need a time in the records, not --time none'],
    ['--format stream --to 2026-03-02', 'a stored stream is passed on as it is, without --from and --to'],
    [
      '--follow --delay 1s --to 2026-03-02',
      'with --follow, --to is no end: an older record may come at any time',
    ],
  ])('is refused where it makes no sense: %s', async (words, message) => {
    await expect(run(`a.log ${words}`)).rejects.toMatchObject({ code: 'usage', message });
  });
});

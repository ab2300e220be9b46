import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EpochRun, eventsOf, runSourceEpochs, runSourceWords } from './source-running.ts';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-epochs-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const at = (name: string): string => join(folder, name);
const iso = (ms: number): string => new Date(ms).toISOString();
const START = Date.parse('2026-12-31T23:00:00Z');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function clf(ms: number): string {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([^.]*)/.exec(iso(ms))!;
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000`;
}

const RANGE = ['--from', '2026-12-31T23:20:00Z', '--to', '2027-01-01T01:00:00Z'];

interface Format {
  readonly words: string;
  readonly header?: string;
  line(ms: number, k: number): string;
}

/** Records of each format, some of which cannot be read; syslog goes through New Year. */
const FORMATS: Readonly<Record<string, Format>> = {
  ndjson: {
    words: '--time ts',
    header: '\ufeff',
    line: (ms, k) => (k % 7 === 3 ? '{"broken' : `{"ts":"${iso(ms)}","x":"${'y'.repeat(k % 50)}"}`),
  },
  csv: {
    words: '--time ts --skip-lines 1',
    header: 'a line that is passed over\n"k\nk",ts\n',
    line: (ms, k) => (k % 7 === 3 ? 'one field' : `"a\n${k}","${iso(ms)}"`),
  },
  tsv: { words: '--time ["2"] --headerless', line: (ms, k) => `${k}\t${iso(ms)}` },
  combined: { words: '', line: (ms, k) => `h${k} - - [${clf(ms)}] "GET /${k} HTTP/1.1" 200 ${k} "-" "-"` },
  logfmt: { words: '--time ts', line: (ms, k) => `ts=${iso(ms)} k=${k} msg="a b"` },
  syslog: {
    words: '--year 2026',
    line: (ms, k) => {
      const [, month, day, clock] = /-(\d+)-(\d+)T([^.]*)/.exec(iso(ms))!;
      return `${MONTHS[Number(month) - 1]} ${`${Number(day)}`.padStart(2)} ${clock} host app[${k}]: words`;
    },
  },
  journal: {
    words: '',
    line: (ms, k) => `{"__REALTIME_TIMESTAMP":"${ms}000","MESSAGE":[104,${(k % 50) + 65}]}`,
  },
  text: { words: '--time text', line: (ms) => iso(ms) },
  'regex:^(?<k>\\d+)\\s(?<ts>.*)$': { words: '--time ts', line: (ms, k) => `${k} ${iso(ms)}` },
};

/** Lets the system give so many bytes at once at most. */
function readInPieces(bytes: number): void {
  const read = fs.readSync as (...of: [number, Buffer, number, number, number | null]) => number;
  vi.spyOn(fs, 'readSync').mockImplementation(((
    ...[fd, target, offset, length, position]: Parameters<typeof read>
  ) => read(fd, target, offset, Math.min(length, bytes), position)) as typeof fs.readSync);
}

/** Runs the same line again and again, each stopped at a barrier, until one has come to its end. */
async function inRuns(words: readonly string[], stops: readonly number[], run: EpochRun): Promise<string> {
  let stream = '';
  let restored: unknown;
  for (let i = 0; ; i++) {
    const stop = stops[i];
    const outcome = await runSourceEpochs(words, {
      ...run,
      restored,
      ...(stop === undefined ? {} : { stopAfter: stop }),
      due: () => stop !== undefined,
    });
    expect(outcome.failure).toBe('');
    stream += outcome.stream;
    restored = outcome.positions.at(-1);
    if (/"@end":"drained"/.test(outcome.stream)) return stream;
  }
}

describe.each(Object.keys(FORMATS))('a source of %s that is stopped and goes on', (format) => {
  const { words, header = '', line } = FORMATS[format]!;

  it('gives the events, watermarks and end of one run, wherever it is stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(
          [],
          ['--delay', '20s'],
          ['--delay', '1m', '--limit', '9'],
          ['--delay', '9s', ...RANGE],
        ),
        fc.constantFrom('', '\n'),
        fc.boolean(),
        async (seconds, stops, piece, more, end, zipped) => {
          const text = header + seconds.map((second, k) => line(START + second * 1000, k)).join('\n') + end;
          const path = at(zipped ? 'log.gz' : 'log');
          fs.writeFileSync(path, zipped ? zlib.gzipSync(text) : text);
          const given = [
            path,
            ...['--format', format, '--on-reject', 'skip', ...words.split(' '), ...more].filter(Boolean),
          ];
          const whole = await runSourceWords(given);
          expect(whole.failure).toBe('');
          readInPieces(piece);
          expect(eventsOf(await inRuns(given, stops, { drain: true }))).toBe(eventsOf(whole.stream));
          vi.restoreAllMocks();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a range of sorted records', () => {
  const words = [
    '--time',
    'ts',
    '--delay',
    '0s',
    '--sorted',
    '--from',
    iso(START + 2000),
    '--to',
    iso(START + 8000),
  ];
  const times = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, k) => `{"ts":"${iso(START + (from + k) * 10)}"}\n`).join('');

  it('ends the stream where it is passed, in whatever run', async () => {
    const path = at('sorted.ndjson');
    fs.writeFileSync(path, times(0, 1000));
    const whole = await runSourceWords([path, ...words]);
    readInPieces(3000);
    const all = await inRuns([path, ...words], [2, 1, 3, 1, 2], { drain: false });
    expect(eventsOf(all)).toBe(eventsOf(whole.stream));
  });

  it('is told when a record of a later run is out of its order', async () => {
    const path = at('disordered.ndjson');
    fs.writeFileSync(path, times(0, 500));
    const first = await runSourceEpochs([path, ...words]);
    fs.appendFileSync(path, times(400, 401));
    const second = await runSourceEpochs([path, ...words], { restored: first.positions.at(-1) });
    expect(second.failure).toMatch(/line 501: the record is 990ms older than one before it/);
  });
});

describe('generated traffic', () => {
  it.each(['', ',rate=100000'])('goes on at the record at which it was stopped%s', async (rate) => {
    const words = [`generate:count=30000,seed=3,step=1s,disorder=5s${rate}`, '--delay', '5s'];
    const whole = await runSourceWords(words);
    expect(eventsOf(await inRuns(words, [1, 2, 1, 3], { drain: true }))).toBe(eventsOf(whole.stream));
  });
});

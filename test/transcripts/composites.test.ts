// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second},"k":"k${second % 3}"}\n`;
const EVENTS = Array.from({ length: 40 }, (_, i) => event(i * 3)).join('');

const STAGES = [
  'source log.ndjson --time t --time-format epoch-s --delay 5s',
  "filter 't > 6'",
  'window session 2s',
  'combine --by k n=count',
  'window fixed 10s',
  'combine n=count "most = max(n)"',
  'sink',
];

/** A folder with the log, and a file for each stage that is given. */
function folderOf(files: Readonly<Record<string, string>> = {}): Folder {
  const folder = new Folder();
  folder.write('log.ndjson', EVENTS);
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  return folder;
}

describe('a text as a stage of another', () => {
  it('gives what its stages give in its place, in one process, in many, and as a process of its own', async () => {
    const folder = folderOf();
    const whole = await folder.run(STAGES.map((stage) => `tm ${stage}`).join(' | '));
    expect(whole.stderr).toBe('');
    expect(whole.stdout.split('\n').length).toBeGreaterThan(2);
    const cuts = fc.record({
      from: fc.nat({ max: STAGES.length - 1 }),
      length: fc.integer({ min: 1, max: STAGES.length }),
      inner: fc.nat({ max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(cuts, async ({ from, length, inner }) => {
        const part = STAGES.slice(from, from + length);
        const nested = part.slice(0, Math.max(1, part.length - inner));
        const rest = part.slice(nested.length);
        folder.write('inner.tm', `# The inner one.\n${nested.join(' |\n')}\n`);
        folder.write('part.tm', ['run inner.tm', ...rest].join('\n | '));
        const stages = [...STAGES.slice(0, from), 'run part.tm', ...STAGES.slice(from + length)];
        folder.write('all.tm', stages.join(' | '));
        const lines = [
          stages.map((stage) => `tm ${stage}`).join(' | '),
          'tm run all.tm',
          'tm run --unfused all.tm',
        ];
        for (const line of lines) {
          const { stdout, stderr, codes } = await folder.run(line);
          expect({ stdout, stderr }).toEqual({ stdout: whole.stdout, stderr: '' });
          expect(new Set(codes)).toEqual(new Set([0]));
        }
      }),
      { numRuns: 6 },
    );
  });

  it('has arguments, defaults and a name of its own, and the variables of the run', async () => {
    const folder = folderOf({
      'part.tm':
        '#!/usr/bin/env -S tm run\nwindow fixed "${1:-10s}" | combine n=count "$WHAT" "$2$#$0 = count()"',
      'all.tm': 'source log.ndjson --time t --time-format epoch-s | ./part.tm "$1" a | sink --meta drop',
    });
    const { stdout, stderr } = await folder.run(
      'WHAT="s = sum(t)" tm run --dry-run all.tm 1h; WHAT=s=count tm run -e "window fixed 1m | run part.tm" --dry-run',
    );
    expect(stdout).toContain(
      "tm window fixed 1h |\n  tm combine n=count 's = sum(t)' 'a2./part.tm = count()'",
    );
    expect(stderr).toMatch(
      /^tm run: part.tm: line 2, column 53: \$2: there is no such argument \(run at -e, line 1/,
    );
  });

  it('is also a text in the place of a file', async () => {
    const { stdout } = await folderOf().run(
      `tm run -e "source log.ndjson --time t --time-format epoch-s | run -e 'window fixed \\$1 | combine n=count' 1m | sink --meta drop"`,
    );
    expect(stdout).toBe('{"n":20}\n{"n":20}\n');
  });

  it('has the options that its tm run has: --quiet, --stats, --max-line for all, --eof for its first', async () => {
    const folder = folderOf({ 'part.tm': 'window fixed 1m --stats | combine n=count' });
    const { stdout } = await folder.run(
      `tm run --dry-run --max-line 1MiB -e 'run --quiet --stats=json --eof drain part.tm | sink'`,
    );
    expect(stdout).toBe(`# one process: window, combine, sink
# reads a stream from standard input
tm window --quiet --max-line=1048576 --eof=drain fixed 1m --stats |
  tm combine --quiet --stats=json --max-line=1048576 n=count |
  tm sink --max-line=1048576
`);
  });

  test.each([
    [
      'run part.tm 5x',
      "part.tm: line 3, column 16: tm window: SIZE '5x': no duration",
      '(run at all.tm, line 2, column 1)',
    ],
    [
      './part.tm 5x',
      "./part.tm: line 3, column 16: tm window: SIZE '5x': no duration",
      '(run at all.tm, line 2, column 1)',
    ],
    [
      'run outer.tm',
      'part.tm: line 4, column 11: tm combine: unknown aggregate',
      '(run at outer.tm, line 1, column 16; at all.tm, line 2, column 1)',
    ],
    ['run none.tm', 'all.tm: line 2, column 5: tm run: cannot read none.tm: no such file', ''],
    ['part.tm', "all.tm: line 2, column 1: 'part.tm' is no command of tm", './part.tm'],
    ['./script.sh', 'all.tm: line 2, column 1: tm run: ./script.sh is a program', 'one for sh'],
    ['run empty.tm', 'empty.tm: there is no stage in the text (run at all.tm, line 2, column 1)', ''],
    ['run all.tm', 'all.tm: line 2, column 5: tm run: all.tm runs itself', ''],
    ['run circle.tm', 'circle.tm: line 1, column 1: tm run: ./all.tm runs itself, by way of circle.tm', ''],
    ['run first.tm', 'first.tm: line 1, column 1: tm source: a source can only be the first', ''],
    ['run last.tm', 'last.tm: line 1, column 1: tm sink: a sink can only be the last', ''],
    [
      'run --workers 2 part.tm',
      'all.tm: line 2, column 5: tm run: --workers is about the run as a whole',
      'tm run --workers',
    ],
    ['run', 'all.tm: line 2, column 1: tm run: FILE is missing', ''],
    ['run -', 'all.tm: line 2, column 1: tm run: the text cannot come from standard input', ''],
    ['run --hepl', 'all.tm: line 2, column 5: tm run: unknown option', '--help'],
  ])('is checked before anything runs, and told with all places: %s', async (stage, message, more) => {
    const folder = folderOf({
      'all.tm': `source log.ndjson --time t |\n${stage} |\nsink out.csv\n`,
      'part.tm': '# A part.\n\n  window fixed "${1:-5m}" |\n  combine "${AGGREGATE:-n=cuont}"\n',
      'outer.tm': 'filter true  | run part.tm 5m',
      'script.sh': '#!/bin/sh\ntm window fixed 5m\n',
      'empty.tm': '# nothing\n',
      'circle.tm': './all.tm',
      'first.tm': 'source log.ndjson',
      'last.tm': 'sink',
    });
    const { stderr, codes } = await folder.run('tm run all.tm');
    expect(stderr.slice(0, `tm run: ${message}`.length)).toBe(`tm run: ${message}`);
    expect(stderr).toContain(more);
    expect(stderr).toMatch(/^.*\n(?: {2}(?:hint|usage): .*\n)?$/);
    expect(codes).toEqual([2]);
    expect(folder.files()).not.toContain('out.csv');
  });
});

describe('the state of a text that is a stage', () => {
  const SOURCE = 'source log.ndjson --time t --time-format epoch-s --delay 5s --state job';
  const PART = 'window fixed 10s | combine --by k n=count | combine --by k n=count';

  it('is that of its stages, and tm check sees through', async () => {
    const folder = folderOf({ 'part.tm': PART });
    const flat = `${SOURCE} | ${PART} | sink out.ndjson`;
    const { codes } = await folder.run(`tm run -e '${flat}'`);
    expect(codes).toEqual([0]);
    const checked = await folder.run(`tm check --against job -e '${flat.replace(PART, 'run part.tm')}'`);
    expect(checked.stdout).toMatch(/^combine +kept\ncombine-2 +kept\nsink .*\nthe pipeline would go on/m);
  });

  it('is found again under its --name, whatever stands before it, and by a process of its own', async () => {
    const folder = folderOf({ 'part.tm': PART });
    const text = (before: string): string =>
      `${SOURCE} | ${before}run --name a part.tm | run --name b part.tm | sink out.ndjson`;
    expect((await folder.run(`tm run -e '${text('')}'`)).stderr).toBe('');
    const checked = await folder.run(
      `tm check --against job -e '${text('dedup --by t | ')}'; tm check --against job -e '${text('')}'`,
    );
    for (const id of ['a.combine', 'a.combine-2', 'b.combine', 'b.combine-2'])
      expect(checked.stdout.match(new RegExp(`^${id} +kept$`, 'gm'))).toHaveLength(2);
    folder.append('log.ndjson', event(200));
    const pipe = text('')
      .split(' | ')
      .map((stage) => `tm ${stage}`)
      .join(' | ');
    const { stderr, codes } = await folder.run(pipe.replace(SOURCE, `${SOURCE} --drain`));
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0] });
    folder.write('all.ndjson', '');
    const whole = await folder.run(
      `tm run -e '${text('').replace(' --state job', '').replace('out.ndjson', 'whole.ndjson')}'`,
    );
    expect(whole.stderr).toBe('');
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
  });

  it('is refused where the text is there twice under one name', async () => {
    const folder = folderOf({ 'part.tm': 'combine --name counts n=count' });
    const twice = await folder.run(`tm run -e '${SOURCE} | run part.tm | run part.tm | sink out.ndjson'`);
    expect(twice.codes).not.toEqual([0]);
    const named = await folder.run(
      `tm run --unfused -e '${SOURCE} --reset-state | run --name a part.tm | run --name b part.tm | sink out.ndjson'`,
    );
    expect(named).toMatchObject({ stderr: '', codes: [0] });
    expect((await folder.run('tm state job')).stdout).toMatch(/a\.counts[\s\S]*b\.counts/);
  });

  it('refuses a name that becomes too long', async () => {
    const { stderr, codes } = await folderOf({ 'part.tm': 'combine n=count' }).run(
      `tm run --name ${'n'.repeat(95)} part.tm`,
    );
    expect(stderr).toMatch(/^tm run: 'n+\.combine' is no name/);
    expect(codes).toEqual([2]);
  });
});

import { describe, expect, it, test } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second},"key":"k${second % 3}","size":${second}}\n`;
const events = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => event(from + i)).join('');

const SOURCE = 'source log.ndjson --time t --time-format epoch-s --delay 5s';
const BASE = `${SOURCE} | window fixed 10s | dedup --by size | combine --by key n=count | sink out.ndjson`;

const withState = (text: string): string => text.replace(/^(tm )?source /, 'source --state job ');

/** A folder in which the base pipeline has read 25 events. */
async function suspended(): Promise<Folder> {
  const folder = new Folder();
  folder.write('log.ndjson', events(0, 25));
  expect((await folder.run(`tm run -e '${withState(BASE)}'`)).codes).toEqual([0]);
  return folder;
}

interface Checked {
  readonly goes_on: boolean;
  readonly epoch: number | null;
  readonly stages: readonly { id: string; fate: string; begins_empty: string[]; given_up: string[] }[];
}

async function check(folder: Folder, text: string): Promise<Checked & { code: number }> {
  const { stdout, stderr, codes } = await folder.run(`tm check --json --against job -e '${text}'`);
  expect(stderr).toBe('');
  return { ...JSON.parse(stdout), code: codes[0] };
}

const changed = (from: string, to: string): string => {
  expect(BASE).toContain(from);
  return BASE.replace(from, to);
};

describe('tm check --against', () => {
  test.each([
    ['nothing', () => BASE],
    ['an aggregate more', () => changed('n=count', 'n=count "top = max(size)"')],
    ['another aggregate under the same name', () => changed('n=count', '"n = sum(size)"')],
    ['another aggregate instead', () => changed('n=count', '"top = max(size)"')],
    ['another key', () => changed('--by key', '--by size')],
    ['no key', () => changed('--by key ', '')],
    ['another window', () => changed('fixed 10s', 'fixed 20s')],
    ['windows that fire early', () => changed('fixed 10s', 'fixed 10s --early each --mode discard')],
    [
      'windows that wait for late events',
      () => changed('fixed 10s', 'fixed 10s --lateness 5s --mode discard'),
    ],
    ['no window', () => changed('window fixed 10s | ', '')],
    ['another key of dedup', () => changed('dedup --by size', 'dedup --by key')],
    ['dedup by distance', () => changed('dedup --by size', 'dedup --by size --within 1m')],
    ['no dedup', () => changed('dedup --by size | ', '')],
    ['a dedup more', () => changed('dedup --by size', 'dedup --by size | dedup --by t')],
    ['a dedup more before the other', () => changed('dedup --by size', 'dedup --by t | dedup --by size')],
    ['another --name', () => changed('dedup --by size', 'dedup --by size --name first')],
    ['the --name that it has', () => changed('dedup --by size', 'dedup --by size --name dedup')],
    ['two stages of one --name', () => changed('dedup --by size', 'dedup --by size --name combine')],
    ['another --name of the source', () => changed('source ', 'source --name logs ')],
    ['another format of the source', () => changed('--time t ', '--time t --format csv ')],
    ['another member of the time', () => changed('--time t ', '--time size ')],
    ['another delay', () => changed('--delay 5s', '--delay 7s')],
    ['a location more', () => changed('log.ndjson', 'log.ndjson more.ndjson')],
    ['another location', () => changed('log.ndjson', 'more.ndjson')],
    ['a location that is not there', () => changed('log.ndjson', 'none.ndjson')],
    ['--reset-state', () => changed('source ', 'source --reset-state ').replace('out.', 'new.')],
    ['another target', () => changed('out.ndjson', 'other.ndjson')],
    ['stdout as the target', () => changed('sink out.ndjson', 'sink')],
    ['another format of the target', () => changed('out.ndjson', 'out.ndjson --format csv')],
    ['another order of results', () => changed('n=count', 'n=count --order -n')],
    ['a file for what is late', () => changed('n=count', 'n=count --late-to late.ndjson')],
    ['a table to look up', () => changed('combine', 'enrich table table.csv --by key | combine')],
  ])('agrees with the run that has %s', async (_what, text) => {
    const folder = await suspended();
    folder.write('more.ndjson', events(25, 30));
    folder.write('table.csv', 'key,name\nk1,one\n');
    folder.append('log.ndjson', events(25, 40));
    const checked = await check(folder, withState(text()));
    const { codes, stderr } = await folder.run(`tm run -e '${withState(text())}'`);
    expect({ code: checked.code, goesOn: checked.goes_on, stderr }).toEqual({
      code: codes[0] === 0 ? 0 : 1,
      goesOn: codes[0] === 0,
      stderr,
    });
  });

  it('tells people a line for each stage', async () => {
    const folder = await suspended();
    const { stdout, codes } = await folder.run(
      `tm check --against job -e '${changed('out.ndjson', 'other.ndjson').replace('dedup --by size | ', '')}'`,
    );
    expect(codes).toEqual([1]);
    expect(stdout).toMatch(/^source {3}kept\nwindow {3}keeps nothing\ncombine {2}kept\n/);
    expect(stdout).toContain('\ndedup    lost\n');
    expect(stdout).toContain('\nsink     converted: results went to out.ndjson, and go to other.ndjson\n');
    expect(stdout).toContain('the pipeline would be refused: --reset-state at the source begins anew\n');
  });

  it('tells which results begin empty, and which are given up', async () => {
    const folder = await suspended();
    const { stages, ...rest } = await check(folder, changed('n=count', '"top = max(size)"'));
    expect(rest).toMatchObject({ code: 0, goes_on: true, epoch: 1, drained: false });
    expect(stages.map(({ id, fate }) => [id, fate])).toEqual([
      ['source', 'kept'],
      ['window', 'keeps nothing'],
      ['dedup', 'kept'],
      ['combine', 'converted'],
      ['sink', 'kept'],
    ]);
    expect(stages[3]).toMatchObject({ begins_empty: ['top = max(size)'], given_up: ['n = count()'] });
  });

  it('reads a file with arguments, and says that the pipeline keeps its state elsewhere', async () => {
    const folder = await suspended();
    folder.write(
      'job.tm',
      withState(BASE).replace('log.ndjson', '"$1"').replace('--state job', '--state mine'),
    );
    const { stdout, stderr, codes } = await folder.run('tm check job.tm log.ndjson --against job');
    expect({ stderr, codes }).toEqual({
      stderr: 'tm check: the pipeline keeps its state in mine, not in job\n',
      codes: [0],
    });
    expect(stdout).toMatch(/\nthe pipeline would go on behind epoch 1\n$/);
    const merged = await folder.run(
      "tm check --against job -e 'merge <(source log.ndjson --time at --delay 1s --state mine) | combine n=count | sink'",
    );
    expect(merged.stderr).toBe(stderr);
  });

  it('refuses what keeps no state', async () => {
    const folder = await suspended();
    for (const [words, said] of [
      ['--against job', 'FILE is missing'],
      ["--against job -e 'combine n=count | sink'", 'no source'],
      [`--against job -e '${SOURCE} | combine n=count'`, 'no sink'],
      ["--against job -e 'source log.ndjson --time t | sink'", '--state needs --delay'],
    ]) {
      const { stdout, stderr, codes } = await folder.run(`tm check ${words}`);
      expect({ stdout, codes }).toEqual({ stdout: '', codes: [2] });
      expect(stderr).toContain(said);
    }
    expect((await folder.run(`tm check --against none -e '${BASE}'`)).codes).toEqual([1]);
  });

  it('opens no input and no target', async () => {
    const folder = await suspended();
    const before = folder.files();
    const text = changed('out.ndjson', 'new.ndjson').replace('n=count', 'n=count --late-to late.ndjson');
    expect((await check(folder, text)).code).toBe(0);
    expect(folder.files()).toEqual(before);
  });
});

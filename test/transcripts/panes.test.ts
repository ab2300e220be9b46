import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second},"k":${second % 2}}\n`;
const events = (...seconds: number[]): string => seconds.map(event).join('');
const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 2s';

describe('windows that fire more than once', () => {
  it('give the same in a pipe, in one process and with a process for each stage', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(1, 3, 11, 2, 25, 4, 12, 40));
    const line = `${SOURCE} | tm window fixed 10s --early 'count 2' --lateness 10s --mode accumulate | tm combine n=count --late-to late.stream | tm sink`;
    const piped = await folder.run(line);
    expect(piped.stderr).toBe(
      'tm combine: 1 event was late, by 3s\n  hint: --delay 6s at the source, or --lateness 14s at tm window, would have kept it\n',
    );
    const rows = piped.stdout
      .split('\n')
      .slice(0, -1)
      .map((row) => JSON.parse(row));
    expect(
      rows.map((row) => [row.window_start.slice(17, 19), row.pane_index, row.pane_timing, row.n]),
    ).toEqual([
      ['00', 0, 'early', 2],
      ['00', 1, 'on-time', 3],
      ['10', 0, 'on-time', 1],
      ['10', 1, 'late', 2],
      ['20', 0, 'on-time', 1],
      ['40', 0, 'on-time', 1],
    ]);
    for (const option of ['', '--unfused']) {
      const text = line.replaceAll("'", '"');
      expect((await folder.run(`tm run ${option} -e '${text}'`)).stdout).toBe(piped.stdout);
    }
  });

  it('go on over stops as one run does', async () => {
    const folder = new Folder();
    const stages =
      "tm window session 5s --early 'count 2' --lateness 20s --mode accumulate | tm combine --by k n=count";
    const seconds = [1, 3, 11, 2, 25, 4, 12, 20, 40, 31, 33];
    folder.write('log.ndjson', events(...seconds));
    await folder.run(`${SOURCE} | ${stages} | tm sink whole.ndjson`);
    folder.write('log.ndjson', '');
    for (const [i, second] of seconds.entries()) {
      folder.append('log.ndjson', event(second));
      const drain = i === seconds.length - 1 ? '--drain' : '';
      const { codes, stderr } = await folder.run(
        `${SOURCE} --state st ${drain} | ${stages} | tm sink out.ndjson`,
      );
      expect({ codes, stderr }).toEqual({ codes: [0, 0, 0, 0], stderr: '' });
    }
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
    expect(folder.read('out.ndjson')).not.toBe('');
  });

  it('do not go on with another trigger', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(1, 3, 11));
    const line = (trigger: string): string =>
      `${SOURCE} --state st | tm window fixed 10s --trigger '${trigger}' --mode discard | tm combine n=count | tm sink out.ndjson`;
    expect((await folder.run(line('repeat(count(2))'))).codes).toEqual([0, 0, 0, 0]);
    const { stderr, codes } = await folder.run(line('repeat(count(3))'));
    expect(codes[2]).not.toBe(0);
    expect(stderr).toContain(
      "tm window was fixed 10s --trigger 'repeat(count(2))' --mode discard and is fixed 10s --trigger 'repeat(count(3))' --mode discard",
    );
    expect((await folder.run(line('repeat(count(2))'))).codes).toEqual([0, 0, 0, 0]);
  });

  it('are not grouped again where each pane replaces the one before', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(1, 3, 11));
    for (const grouping of ['combine n=count', 'dedup --by n', 'sort']) {
      const text = `${SOURCE} | window fixed 10s --early each --mode accumulate | combine n=count | ${grouping} | sink`;
      const { stderr, codes } = await folder.run(`tm run -e '${text}'`);
      expect(codes).toEqual([2]);
      expect(stderr).toContain(
        `the events are accumulated panes, of which each replaces the one before: ${grouping.split(' ')[0]} would count them more than once`,
      );
    }
  });

  it('are read by one thread', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(1, 3, 11));
    const text = `${SOURCE} | window fixed 10s --early each --mode discard | combine n=count | sink`;
    const { stderr } = await folder.run(`tm run --workers 2 -e '${text}'`);
    expect(stderr).toMatch(/^tm run: --workers has no effect: its windows fire by a trigger\n/);
  });

  it('are shown by tm check, and what is wrong with a trigger is told with its place', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(1));
    folder.write(
      'counts.tm',
      `${SOURCE} |\n  tm window global --trigger 'each-of(count(1), repeat(every(10s)))' --mode discard |\n  tm combine n=count |\n  tm sink\n`,
    );
    const { stdout } = await folder.run('tm check counts.tm');
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      "window   the same; in windows: global --trigger 'each-of(count(1), repeat(every(10s)))' --mode discard",
      "combine  n: integer; in windows: global --trigger 'repeat(any(count(1), repeat(every(10s))))' --mode discard",
    ]);
    const { windowing } = JSON.parse((await folder.run('tm check --json counts.tm')).stdout).stages[1];
    expect(windowing).toEqual({
      kind: 'global',
      trigger: 'each-of(count(1), repeat(every(10s)))',
      mode: 'discard',
    });
    folder.write('wrong.tm', folder.read('counts.tm').replace('repeat(every(10s))', 'repeat(evry(10s))'));
    const wrong = await folder.run('tm run wrong.tm');
    expect(wrong.codes).toEqual([2]);
    expect(wrong.stderr).toContain(
      "wrong.tm: line 2, column 56: tm window: --trigger 'each-of(count(1), repeat(evry(10s)))': 'evry' is no trigger (did you mean every?), at character 26 of 'each-of(count(1), repeat(evry(10s)))'",
    );
  });
});

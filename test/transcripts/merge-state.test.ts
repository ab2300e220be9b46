import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../journeys/journey.ts';
import { Folder } from './shell.ts';

const lineOf = (second: number, key: string): string => `{"t":${second},"k":"${key}"}\n`;
/** One line each second, of keys by turns. */
const log = (from: number, to: number, keys: string): string =>
  Array.from({ length: to - from }, (_, i) => lineOf(from + i, keys[i % keys.length]!)).join('');

const TIME = '--time t --time-format epoch-s --delay 2s';
const KEPT = `${TIME} --state state --checkpoint 20ms`;
const REST = `window fixed 1m | combine --by k n=count 'last(t)' | sink out.ndjson`;
const run = (text: string): string => `tm run -e '${text.replaceAll("'", `'\\''`)}'`;
const both = (a: string, b: string, rest = REST): string =>
  run(`merge <(source a.ndjson ${a}) <(source b.ndjson ${b}) | ${rest}`);

/** What one run gives for all that is in the files now. */
async function atOnce(folder: Folder): Promise<string> {
  const { stdout, codes } = await folder.run(both(TIME, TIME, REST.replace(' out.ndjson', '')));
  expect(codes).toEqual([0]);
  return stdout;
}

interface StageState {
  readonly id: string;
  readonly held: number | null;
  readonly positions: readonly { readonly line: number }[];
}

const QUIET_DONE = { stdout: '', stderr: '', codes: [0] };

describe('merge of sources that keep state together', () => {
  it('goes on where it was, whichever of them has grown', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 500, 'xyz'));
    folder.write('b.ndjson', log(0, 90, 'yz'));
    expect(await folder.run(both(KEPT, KEPT))).toEqual(QUIET_DONE);
    const first = folder.read('out.ndjson');
    expect(first.split('\n')).toHaveLength(4);
    folder.write('b.ndjson', log(0, 700, 'yz'));
    expect(await folder.run(both(KEPT, KEPT))).toEqual(QUIET_DONE);
    folder.write('a.ndjson', log(0, 1000, 'xyz'));
    expect(await folder.run(both(KEPT, KEPT))).toEqual(QUIET_DONE);
    expect(await folder.run(both(`${KEPT} --drain`, `${KEPT} --drain`))).toEqual(QUIET_DONE);
    expect(folder.read('out.ndjson').startsWith(first)).toBe(true);
    expect(folder.read('out.ndjson')).toBe(await atOnce(folder));
    // All is done: nothing comes twice.
    expect(await folder.run(both(`${KEPT} --drain`, `${KEPT} --drain`))).toEqual(QUIET_DONE);
    expect(folder.read('out.ndjson')).toBe(await atOnce(folder));
  });

  it('reads no more of the others while it is the turn of one that is at its end for now', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 200_000, 'xyz'));
    folder.write('b.ndjson', log(0, 90, 'yz'));
    const kept = `${TIME} --state state`;
    const held = async (): Promise<unknown> => {
      expect(await folder.run(both(kept, kept))).toEqual(QUIET_DONE);
      const { stages } = JSON.parse((await folder.run('tm state state --json')).stdout);
      return stages.map(({ id, held: rows, positions }: StageState) => [id, rows, positions[0]?.line]);
    };
    const first = (await held()) as unknown[][];
    expect(first.map(([id]) => id)).toEqual(['source', 'source-2', 'merge', 'combine', 'sink']);
    expect(first[0]![2]).toBeLessThan(60_000);
    const second = await held();
    expect(await held()).toEqual(second);
  });

  it('takes one for complete while the other goes on', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 200, 'xyz'));
    folder.write('b.ndjson', log(0, 400, 'yz'));
    expect(await folder.run(both(`${KEPT} --drain`, KEPT))).toEqual(QUIET_DONE);
    folder.write('b.ndjson', log(0, 800, 'yz'));
    expect(await folder.run(both(`${KEPT} --drain`, KEPT))).toEqual(QUIET_DONE);
    expect(await folder.run(both(`${KEPT} --drain`, `${KEPT} --drain`))).toEqual(QUIET_DONE);
    expect(folder.read('out.ndjson')).toBe(await atOnce(folder));
    folder.write('a.ndjson', log(0, 201, 'xyz'));
    const { codes, stderr } = await folder.run(both(`${KEPT} --drain`, `${KEPT} --drain`));
    expect(codes).toEqual([1]);
    expect(stderr).toContain('a.ndjson');
  });

  it('suspends all of them at a signal, and loses and doubles nothing', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 3000, 'xyz'));
    folder.write('b.ndjson', log(0, 2000, 'yz'));
    const followed = `${KEPT} --follow`;
    const running = folder.start(`${both(followed, followed).replace('tm run', 'named run tm run')} | cat`);
    await until(() => folder.files().includes('out.ndjson') && folder.read('out.ndjson') !== '', 'results');
    await running.kill('run', 'SIGTERM');
    const outcome = await running.done;
    expect(outcome).toMatchObject({ codes: [143, 0] });
    const counted = (text: string): string =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.stringify({ ...JSON.parse(line), last_t: 0 }))
        .join('\n');
    expect(await folder.run(both(`${KEPT} --drain`, `${KEPT} --drain`))).toEqual(QUIET_DONE);
    expect(counted(folder.read('out.ndjson'))).toBe(counted(await atOnce(folder)));
  });

  it('keeps what stages of each input keep, and branches that come together again', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 300, 'xyz') + log(100, 200, 'xyz'));
    folder.write('b.ndjson', log(0, 90, 'yz'));
    const text = (options: string, sink: string): string =>
      run(
        `merge <(source a.ndjson ${options} | dedup --by k,t --within 1m) <(source b.ndjson ${options} | dedup --by k,t --within 1m) | ` +
          `route x="k == 'x'" | merge - <(merge x | map 'x = true' | dedup --by t --within 5s) | window fixed 1m | combine --by k,x n=count | sink ${sink}`,
      );
    const first = await folder.run(text(KEPT, 'out.ndjson'));
    expect(first.codes).toEqual([0]);
    expect(JSON.parse(folder.read('state/COMMIT').split('\n')[0]!).stages).toEqual(
      'source dedup source-2 dedup-2 merge route merge-2 dedup-3 merge-3 combine sink'.split(' '),
    );
    folder.write('b.ndjson', log(0, 400, 'yz'));
    expect((await folder.run(text(`${KEPT} --drain`, 'out.ndjson'))).codes).toEqual([0]);
    const whole = await folder.run(text(TIME, ''));
    expect(whole.codes).toEqual([0]);
    expect(folder.read('out.ndjson')).toBe(whole.stdout);
    expect(whole.stdout).toContain('"x":true');
    expect(folder.files()).not.toContain('x');
  });

  it('is checked against what was kept', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 100, 'xyz'));
    folder.write('b.ndjson', log(0, 90, 'yz'));
    await folder.run(both(KEPT, KEPT));
    const fates = async (line: string): Promise<unknown> => {
      const { stdout } = await folder.run(line.replace('tm run', 'tm check --json --against state'));
      const { stages } = JSON.parse(stdout);
      return Object.fromEntries(stages.map(({ id, fate }: { id: string; fate: string }) => [id, fate]));
    };
    const kept = { source: 'kept', 'source-2': 'kept', merge: 'kept', window: 'keeps nothing' };
    expect(await fates(both(TIME, TIME))).toEqual({ ...kept, combine: 'kept', sink: 'kept' });
    expect(await fates(run(`merge <(source a.ndjson ${TIME}) | ${REST}`))).toMatchObject({
      source: 'kept',
      merge: 'refused',
      'source-2': 'lost',
    });
  });

  it('names the stage that cannot keep its state, and the source that is new', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 100, 'xyz'));
    folder.write('b.ndjson', log(0, 90, 'yz'));
    const distinct = (file: string, options = KEPT): string =>
      `<(source ${file} ${options} | dedup --by k,t --within 1m)`;
    const line = run(`merge ${distinct('a.ndjson')} ${distinct('b.ndjson')} | ${REST}`);
    expect((await folder.run(line)).codes).toEqual([0]);
    folder.write('c.ndjson', log(0, 90, 'z'));
    const three = await folder.run(line.replace(' | window', ` ${distinct('c.ndjson')} | window`));
    expect(three.codes).toEqual([1]);
    expect(three.stderr).toContain('one that is new needs --reset-state');
    const { epoch } = JSON.parse(folder.read('state/COMMIT').split('\n')[0]!) as { epoch: number };
    for (let next = 1; next <= 3; next++)
      fs.mkdirSync(`${folder.path}/state/stages/merge/${epoch + next}.snapshot`);
    folder.write('a.ndjson', log(0, 200, 'xyz'));
    const { codes, stderr } = await folder.run(line);
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(/^tm merge: .*\.snapshot cannot be used/m);
  });

  it('is for sources of one directory, in one process', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', log(0, 10, 'x'));
    folder.write('b.ndjson', log(0, 10, 'x'));
    for (const [line, said] of [
      [
        both(KEPT, TIME),
        'tm source: another source of the text keeps state in state, and this one keeps none: after a restart it would come again from its start\n  hint: give all sources the same: --state state\n',
      ],
      [
        both(KEPT, `${TIME} --state other`),
        'tm source: --state other: another source of the text keeps state in state, and the epochs of both are the same\n',
      ],
      [
        both(`${KEPT} --if-running wait`, `${KEPT} --if-running skip`),
        'tm source: --if-running is another one than that of a source before\n  hint: it holds for the whole run: say it once\n',
      ],
      [
        both(KEPT, KEPT).replace('tm run', 'tm run --unfused'),
        'tm run: --unfused: the sources of several processes cannot keep state together\n',
      ],
    ] as const) {
      const { stderr, codes } = await folder.run(line);
      expect(codes).toEqual([2]);
      expect(stderr).toContain(said);
    }
    expect(folder.files()).toEqual(['a.ndjson', 'b.ndjson']);
    const named = `dedup --by t --within 5s --name once`;
    const { stderr, codes } = await folder.run(
      run(`merge <(source a.ndjson ${KEPT} | ${named}) <(source b.ndjson ${KEPT} | ${named}) | ${REST}`),
    );
    expect(codes).toEqual([2]);
    expect(stderr).toContain('tm dedup: two stages of the pipeline keep their state under the name once\n');
  });
});

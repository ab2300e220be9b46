import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const lines = (from: number, to: number): string => {
  let text = '';
  for (let second = from; second < to; second++) text += `{"t":${second},"k":"${second % 3}"}\n`;
  return text;
};
const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 0s';
const COUNTS = 'tm window fixed 10s | tm combine --by k n=count';

/** All files below a folder, by their paths in it. */
function tree(folder: Folder, name: string): Record<string, string> {
  const path = join(folder.path, name);
  const files = fs
    .readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => fs.statSync(join(path, file)).isFile());
  return Object.fromEntries(files.sort().map((file) => [file, fs.readFileSync(join(path, file), 'utf8')]));
}

describe('files that results are divided among, of a pipe that keeps its state', () => {
  it('have over three runs what one run gives them, with one header each', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 950));
    await folder.run(`${SOURCE} | ${COUNTS} | tm sink 'whole/{k}/n.csv' --roll 5m`);
    const line = (more = '') =>
      `${SOURCE} --state st ${more} | ${COUNTS} | tm sink 'out/{k}/n.csv' --roll 5m`;
    folder.write('log.ndjson', lines(0, 330));
    expect(await folder.run(line())).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0, 0] });
    expect(Object.keys(tree(folder, 'out'))).toHaveLength(6);
    folder.append('log.ndjson', lines(330, 610));
    expect((await folder.run(line())).stderr).toBe('');
    folder.append('log.ndjson', lines(610, 950));
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0, 0]);
    expect(tree(folder, 'out')).toEqual(tree(folder, 'whole'));
  });

  it('are those of an undisturbed run behind kill -9 of its stages', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=60000,step=20ms,disorder=5s | tm sink log.ndjson --meta keep');
    const stages = 'tm window fixed 10s | named combine tm combine --by host n=count | named sink tm sink';
    const files = '{host}/{window_start:%H%M}.ndjson';
    await folder.run(`tm source log.ndjson --time @t --delay 5s | ${stages} 'whole/${files}'`);
    const line = (more: string): string =>
      `named source tm source log.ndjson --time @t --delay 5s --state st --checkpoint 20ms ${more} | ${stages} 'out/${files}'`;
    for (const [i, name] of ['sink', 'source', 'sink', 'combine', 'all'].entries()) {
      for (const pid of ['source', 'combine', 'sink'])
        fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
      const running = folder.start(line(''));
      await running.pid('sink');
      await new Promise((resolve) => setTimeout(resolve, 250 + 90 * i));
      if (name === 'all') running.killAll('SIGKILL');
      else await running.kill(name, 'SIGKILL').catch(() => {});
      // The line itself was killed too: it tells no exit codes.
      await running.done.catch(() => {});
    }
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0, 0]);
    expect(tree(folder, 'out')).toEqual(tree(folder, 'whole'));
  });

  it('may be taken away when they are complete, and are left as they are when somebody has edited them', async () => {
    const folder = new Folder();
    const line = `${SOURCE} --state st | tm sink 'out/{k}.ndjson'`;
    folder.write('log.ndjson', lines(0, 9));
    await folder.run(line);
    fs.rmSync(join(folder.path, 'out/0.ndjson'));
    folder.append('log.ndjson', lines(9, 10));
    expect((await folder.run(line)).stderr).toBe('');
    expect(folder.read('out/0.ndjson')).toBe('{"t":9,"k":"0"}\n');
    folder.append('out/1.ndjson', 'mine\n');
    const before = tree(folder, 'out');
    folder.append('log.ndjson', lines(10, 11));
    const { codes, stderr } = await folder.run(line);
    expect(codes[1]).toBe(1);
    expect(stderr).toContain('out/1.ndjson: it has been written to by somebody else\n  hint: put it back');
    expect(tree(folder, 'out')).toEqual(before);
  });
});

describe('one file of a pipe that keeps its state', () => {
  it('is gone on with in texts of a template, and left as it is when somebody has appended to it', async () => {
    const folder = new Folder();
    const line = `${SOURCE} --state st | tm sink out.txt --template '{t}'`;
    folder.write('log.ndjson', lines(0, 2));
    await folder.run(line);
    folder.append('log.ndjson', lines(2, 3));
    expect((await folder.run(line)).codes).toEqual([0, 0]);
    expect(folder.read('out.txt')).toBe('0\n1\n2\n');
    folder.append('out.txt', 'mine\n');
    const { codes, stderr } = await folder.run(line);
    expect(codes[1]).toBe(1);
    expect(stderr).toContain('out.txt: it has been written to by somebody else since the last run');
    expect(folder.read('out.txt')).toBe('0\n1\n2\nmine\n');
  });
});

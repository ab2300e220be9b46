import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Folder } from './shell.ts';

/** Numbers with keys that come again, out of order. */
function events(from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++)
    text += `{"t":${Math.floor(i / 100)},"k":"key ${(i * 7919) % 3001}","v":${(i % 997) / 10}}\n`;
  return text;
}

/** The same, some of them much too late, all on the way to the same keys. */
const disordered = (count: number): string =>
  events(0, count)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const late = i % 17 === 0 ? (i * 31) % 45 : 0;
      return `${line.replace(/"t":(\d+)/, (_, time: string) => `"t":${Math.max(0, Number(time) - late)}`)}\n`;
    })
    .join('');

const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 5s';
const combine = (more: string): string =>
  `tm combine --by k n=count 'total = sum(v)' 'all = list(v)' ${more}`;

describe('combine --memory', () => {
  it('gives the same results for less memory, and leaves nothing behind', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 30_000));
    fs.mkdirSync(join(folder.path, 'temporary'));
    let number = 0;
    for (const arrangement of ['', '--order -total,n', '--order -total --limit 100']) {
      for (const window of ['', 'tm window fixed 1m | ']) {
        const line = (more: string): string => `${SOURCE} | ${window}${combine(`${arrangement} ${more}`)}`;
        const out = `out${number++}.ndjson`;
        await folder.run(`${line('')} | tm sink whole-${out}`);
        const tight = await folder.run(
          `export TMPDIR=$PWD/temporary; ${line('--memory 100KB')} | tm sink ${out}`,
        );
        expect(tight.stderr).toBe('');
        expect(folder.read(out)).toBe(folder.read(`whole-${out}`));
      }
    }
    expect(fs.readdirSync(join(folder.path, 'temporary'))).toEqual([]);
  });

  it('goes on behind kill -9 of the stage and of the whole line', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 60_000));
    const stages = (memory: string): string =>
      `named window tm window fixed 2m | named combine ${combine(memory)} | named sink tm sink`;
    await folder.run(`${SOURCE} | ${stages('')} whole.ndjson`);
    const line = (more: string): string =>
      `named source ${SOURCE} --state st --checkpoint 20ms ${more} | ${stages('--memory 200KB')} out.ndjson`;
    for (const [i, name] of ['combine', 'all', 'combine', 'all'].entries()) {
      for (const pid of ['source', 'window', 'combine', 'sink'])
        fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
      const running = folder.start(line(''));
      await running.pid('sink');
      await new Promise((resolve) => setTimeout(resolve, 300 + 150 * i));
      if (name === 'all') running.killAll('SIGKILL');
      else await running.kill(name, 'SIGKILL').catch(() => {});
      // The line itself was killed too: it tells no exit codes.
      await running.done.catch(() => {});
    }
    const last = await folder.run(line('--drain'));
    expect(last.codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
  });

  it('goes on from what is on disk with more memory, and with other aggregates', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 12_000));
    const line = (aggregates: string, more: string): string =>
      `${SOURCE} --state st ${more} | tm combine --by k ${aggregates} | tm sink out.ndjson`;
    await folder.run(line("n=count 'total = sum(v)' --memory 50KB", ''));
    expect(spilled(folder)).not.toEqual([]);
    folder.append('log.ndjson', events(12_000, 20_000));
    const { stderr, codes } = await folder.run(line("'total = sum(v)' 'most = max(v)' -q", '--drain'));
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
    await folder.run(`${SOURCE} | tm combine --by k 'total = sum(v)' | tm sink whole.ndjson`);
    const totals = (name: string): unknown[] =>
      folder
        .read(name)
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as Record<string, unknown>)
        .map(({ k, total }) => [k, total]);
    expect(totals('out.ndjson')).toEqual(totals('whole.ndjson'));
  });

  it('says which file of its state is damaged, and goes on when it is back', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 12_000));
    const line = (more: string): string =>
      `${SOURCE} --state st ${more} | ${combine('--memory 50KB')} | tm sink out.ndjson`;
    await folder.run(line(''));
    const [path] = spilled(folder);
    const before = fs.readFileSync(path!);
    const damaged = Buffer.from(before);
    damaged[damaged.length >> 1]! ^= 4;
    fs.writeFileSync(path!, damaged);
    const refused = await folder.run(line('--drain'));
    expect(refused.codes[1]).toBe(1);
    expect(refused.stderr).toContain(`${path!.split('/').at(-1)} is damaged: it is not what was written`);
    fs.writeFileSync(path!, before);
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0]);
    await folder.run(`${SOURCE} | ${combine('')} | tm sink whole.ndjson`);
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
  });

  it('says that there is no space left, and writes no result', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 30_000));
    const disk = join(folder.path, 'disk');
    fs.mkdirSync(disk);
    if (
      process.platform !== 'linux' ||
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status !== 0
    ) {
      console.warn('skipped: no file system can be mounted here');
      return;
    }
    onTestFinished(() => void spawnSync('umount', ['-l', disk]));
    const { codes, stderr } = await folder.run(
      `export TMPDIR=$PWD/disk; ${SOURCE} | ${combine('--memory 100KB')} | tm sink out.ndjson`,
    );
    expect(codes.slice(1)).toEqual([1, 3]);
    expect(stderr).toMatch(
      /^tm combine: there is no space left in \S+disk for state that is larger than --memory$/m,
    );
    expect(stderr).toContain('TMPDIR=DIR names another folder');
    expect(fs.existsSync(join(folder.path, 'out.ndjson'))).toBe(false);
  });

  it('gives the same results of sliding windows and sessions, in a pipe and in one process, late events and all', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', disordered(16_000));
    fs.mkdirSync(join(folder.path, 'temporary'));
    const source = 'tm source log.ndjson --time t --time-format epoch-s --delay 1s';
    const often = "'often = approx_topk(v, 1, 2)'";
    for (const window of ['sliding 30s --every 10s', 'cumulate 1m --every 10s', 'session 40s']) {
      const late = (name: string): string => `--late-to ${name}-late.ndjson`;
      const line = (name: string, more: string): string =>
        `${source} | tm window ${window} | ${combine(`${often} ${more} ${late(name)}`)} | tm sink ${name}.ndjson --overwrite`;
      await folder.run(line('whole', ''));
      const tight = await folder.run(`export TMPDIR=$PWD/temporary; ${line('piped', '--memory 50KB')}`);
      expect({ window, stderr: withoutLate(tight.stderr) }).toEqual({ window, stderr: '' });
      folder.write('line.tm', line('fused', '--memory 50KB').replaceAll('tm ', ''));
      const fused = await folder.run('export TMPDIR=$PWD/temporary; tm run line.tm');
      expect({ window, stderr: withoutLate(fused.stderr) }).toEqual({ window, stderr: '' });
      for (const name of ['piped', 'fused']) {
        expect(folder.read(`${name}.ndjson`)).toBe(folder.read('whole.ndjson'));
        expect(folder.read(`${name}-late.ndjson`)).toBe(folder.read('whole-late.ndjson'));
      }
    }
    expect(fs.readdirSync(join(folder.path, 'temporary'))).toEqual([]);
  }, 120_000);

  it('goes on behind kill -9 with sessions and slices on disk', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', disordered(20_000));
    for (const [number, window] of ['session 40s', 'sliding 40s --every 10s'].entries()) {
      const [state, out] = [`st${number}`, `out${number}.ndjson`];
      const stages = (memory: string): string =>
        `named window tm window ${window} | named combine ${combine(`'often = approx_topk(v, 1, 2)' ${memory}`)} | named sink tm sink`;
      await folder.run(`${SOURCE} | ${stages('')} whole-${out}`);
      const line = (more: string): string =>
        `named source ${SOURCE} --state ${state} --checkpoint 20ms ${more} | ${stages('--memory 100KB')} ${out}`;
      for (const [i, name] of ['combine', 'all'].entries()) {
        for (const pid of ['source', 'window', 'combine', 'sink'])
          fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
        const running = folder.start(line(''));
        await running.pid('sink');
        await new Promise((resolve) => setTimeout(resolve, 300 + 300 * i));
        if (name === 'all') running.killAll('SIGKILL');
        else await running.kill(name, 'SIGKILL').catch(() => {});
        await running.done.catch(() => {});
      }
      const last = await folder.run(line('--drain'));
      expect(last.codes).toEqual([0, 0, 0, 0]);
      expect(folder.read(out)).toBe(folder.read(`whole-${out}`));
    }
  }, 120_000);
});

/** What is told besides late events. */
const withoutLate = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !/late|hint/.test(line))
    .join('\n');

/** Files of the stage that state has gone to. */
function spilled(folder: Folder): string[] {
  const stages = join(folder.path, 'st');
  return fs
    .readdirSync(stages, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spilled'))
    .map((name) => join(stages, name));
}

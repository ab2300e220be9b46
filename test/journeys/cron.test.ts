import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, folderOfExamples, start, until } from './journey.ts';

/** The lines of examples/crontab, run as cron runs them: by /bin/sh, with next to no environment. */
describe('a line of cron', () => {
  let folder: string;

  beforeEach(() => {
    folder = folderOfExamples();
    fs.renameSync(join(folder, 'access.log'), join(folder, 'access.log.1'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** The command of a line, with the paths of this test in place of the example's. */
  function command(index: number): string {
    const crontab = fs.readFileSync(join(folder, 'crontab'), 'utf8');
    const lines = crontab.split('\n').filter((line) => /^[\d*]/.test(line));
    const [, words] = /^(?:\S+ ){5}(.*)$/.exec(lines[index]!)!;
    return (
      words!
        // Cron makes a line end of a percent sign, and a percent sign of one with a backslash before it.
        .replaceAll('\\%', '%')
        .replace('/var/lib/tidemark/', `${folder}/`)
        .replace('/usr/local/share/tidemark/', `${folder}/`)
        .replace('/var/log/nginx/', `${folder}/`)
        .replace('/srv/www/', `${folder}/`)
    );
  }

  /** Runs it in a folder that has nothing to do with it. */
  const cron = (line: string) =>
    start('/usr/bin/env', ['-i', ...ENVIRONMENT, '/bin/sh', '-c', line], '/').done;

  // What cron sets, and the PATH of the crontab: here it leads to this clone and this node.
  const ENVIRONMENT = [
    'HOME=/',
    'LOGNAME=nobody',
    'SHELL=/bin/sh',
    `PATH=${BIN}:${dirname(process.execPath)}:/usr/bin:/bin`,
  ];

  const read = (name: string) => fs.readFileSync(join(folder, name), 'utf8');

  it('is quiet and exits with 0 when all is well', async () => {
    expect(await cron(command(0))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('traffic.csv').split('\n').slice(0, 2)).toEqual([
      'window_start,window_end,path,n,p95',
      '2026-03-14T10:00:00.000Z,2026-03-14T10:05:00.000Z,/tides/bremerhaven,24,5061',
    ]);
  });

  it('says one line on failure, exits with another code, and leaves the result of yesterday', async () => {
    await cron(command(0));
    const before = read('traffic.csv');
    fs.appendFileSync(join(folder, 'access.log.1'), 'no line of a log\n');
    const broken = await cron(command(0));
    expect(broken).toMatchObject({ code: 3, stdout: '' });
    expect(broken.stderr).toMatch(/^tm source: .*access\.log\.1: line 241\b.*\n$/);
    fs.rmSync(join(folder, 'access.log.1'));
    const missing = await cron(command(0));
    expect(missing).toMatchObject({ code: 3, stdout: '' });
    expect(missing.stderr).toMatch(/^tm source: no such file: .*access\.log\.1\n$/);
    expect(read('traffic.csv')).toBe(before);
    expect(fs.readdirSync(folder).filter((name) => name.includes('tidemark-'))).toEqual([]);
  });

  it('tells a wrong command line and a folder that is missing by their exit codes', async () => {
    expect(await cron(`${folder}/traffic.sh only-one`)).toMatchObject({ code: 2, stdout: '' });
    const elsewhere = command(0).replace('/traffic.csv', '/no/such/folder/traffic.csv');
    const { code, stderr } = await cron(elsewhere);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tm sink: cannot write .*: there is no directory .*\n$/);
  });

  it('runs again and again over a log that grows, each time with all of it', async () => {
    const lines = read('access.log.1').split(/^/m);
    fs.writeFileSync(join(folder, 'access.log'), lines.slice(0, 100).join(''));
    expect(await cron(command(1))).toEqual({ code: 0, stdout: '', stderr: '' });
    const counted = () =>
      read('status.csv')
        .trim()
        .split('\n')
        .slice(1)
        .reduce((sum, row) => sum + Number(row.split(',')[3]), 0);
    expect(counted()).toBe(100);
    fs.appendFileSync(join(folder, 'access.log'), lines.slice(100).join(''));
    expect(await cron(command(1))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(counted()).toBe(240);
  });

  it('goes on where the run before stopped, through a rotation, and writes each result once', async () => {
    const lines = read('access.log.1').split(/^/m);
    fs.rmSync(join(folder, 'access.log.1'));
    const grow = (from: number, to: number) =>
      fs.appendFileSync(join(folder, 'access.log'), lines.slice(from, to).join(''));
    for (const at of [0, 40, 80, 120, 160, 200]) {
      if (at === 120) {
        // What is written while the run of before is over, and behind it the rotation.
        grow(120, 130);
        fs.renameSync(join(folder, 'access.log'), join(folder, 'access.log.1'));
        grow(130, 160);
      } else grow(at, at + 40);
      expect(await cron(command(2))).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    const results = read('requests/2026-03-14.csv');
    fs.rmSync(join(folder, 'requests'), { recursive: true });
    fs.rmSync(join(folder, 'access.log.1'));
    fs.rmSync(join(folder, 'access.log'));
    grow(0, 240);
    // The state is in the way: it knows of another log.
    const anew = command(2).replace('/requests RESULT', '/anew RESULT');
    expect(await cron(anew)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('requests/2026-03-14.csv')).toBe(results);
    expect(results).toMatch(/^window_start,window_end,status,n,volume\n2026-03-14T10:00:00.000Z,/);
  });

  it('leaves a run alone that is still going on', async () => {
    fs.renameSync(join(folder, 'access.log.1'), join(folder, 'access.log'));
    const line = command(2).replace('--if-running skip', '--follow');
    const running = start('/usr/bin/env', ['-i', ...ENVIRONMENT, '/bin/sh', '-c', line], '/');
    const state = /STATE=(\S+)/.exec(line)![1]!;
    await until(() => fs.existsSync(join(state, 'stages/sink')), 'the run has begun');
    expect(await cron(command(2))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await cron(`tm state ${state} --stop`)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await running.done).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

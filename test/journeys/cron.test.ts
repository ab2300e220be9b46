import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, folderOfExamples, start } from './journey.ts';

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
    return words!
      .replace('/usr/local/share/tidemark/', `${folder}/`)
      .replace('/var/log/nginx/', `${folder}/`)
      .replace('/srv/www/', `${folder}/`);
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
});

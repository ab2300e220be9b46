import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOfExamples, isInstalled, shell, start, until } from './journey.ts';

describe.runIf(isInstalled('make'))('a Makefile', () => {
  let folder: string;

  beforeEach(() => {
    folder = folderOfExamples();
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const make = (words = '') => shell(`make ${words}`, folder);
  const read = (name: string) => fs.readFileSync(join(folder, name), 'utf8');
  const exists = (name: string) => fs.existsSync(join(folder, name));
  const temporary = () => fs.readdirSync(folder).filter((name) => name.includes('.tidemark-'));

  /** Sets the time of a file's last change, seconds from now. */
  const touch = (name: string, seconds: number) => {
    const time = Date.now() / 1000 + seconds;
    fs.utimesSync(join(folder, name), time, time);
  };

  it('makes a target for each log, and has nothing to do the second time', async () => {
    const first = await make();
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
    expect(read('access.csv')).toMatch(/^window_start,window_end,status,n,volume\n2026-03-14T10:00:00.000Z,/);
    expect(read('busiest.csv').split('\n')[1]).toBe('/tides/bremerhaven,70');
    const second = await make();
    expect(second.code).toBe(0);
    expect(second.stdout).not.toContain('tm source');
  });

  it('makes only what belongs to a log that has changed', async () => {
    fs.copyFileSync(join(folder, 'access.log'), join(folder, 'other.log'));
    expect((await make()).code).toBe(0);
    for (const name of fs.readdirSync(folder)) touch(name, name.endsWith('.csv') ? -100 : -200);
    const [line] = read('access.log').split(/^/m);
    fs.appendFileSync(join(folder, 'other.log'), line!);
    const before = read('access.csv');
    const { code, stdout } = await make();
    expect(code).toBe(0);
    expect(stdout).toContain('tm sink other.csv');
    expect(stdout).toContain('tm sink busiest.csv');
    expect(stdout).not.toContain('tm sink access.csv');
    expect(read('access.csv')).toBe(before);
    expect(read('other.csv')).not.toBe(before);
  });

  it('adds the results of what is new in a log, through a rotation', async () => {
    const lines = read('access.log').split(/^/m);
    fs.writeFileSync(join(folder, 'access.log'), lines.slice(0, 100).join(''));
    expect(await make('-s requests.csv')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await make('requests.csv')).stdout).toMatch(/up to date/);
    const before = read('requests.csv');
    fs.renameSync(join(folder, 'access.log'), join(folder, 'access.log.1'));
    fs.writeFileSync(join(folder, 'access.log'), lines.slice(100).join(''));
    touch('requests.csv', -100);
    expect(await make('-s requests.csv')).toEqual({ code: 0, stdout: '', stderr: '' });
    const after = read('requests.csv');
    expect(after.startsWith(before)).toBe(true);
    expect((await make('forget')).code).toBe(0);
    fs.writeFileSync(join(folder, 'access.log'), lines.join(''));
    fs.rmSync(join(folder, 'access.log.1'));
    expect(await make('-s requests.csv')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('requests.csv')).toBe(after);
  });

  it('fails when a command of the pipe fails, and leaves no target', async () => {
    fs.writeFileSync(join(folder, 'access.log'), 'no log at all\n');
    const { code, stderr } = await make('access.csv');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tm source: access.log: line 1/);
    expect(stderr).toMatch(/make: \*\*\* .*access.csv.* 3\n$/);
    expect(exists('access.csv')).toBe(false);
    expect(temporary()).toEqual([]);
  });

  it('leaves the target of before when a second run fails', async () => {
    expect((await make('access.csv')).code).toBe(0);
    const whole = read('access.csv');
    fs.appendFileSync(join(folder, 'access.log'), 'no line of a log\n');
    touch('access.log', 100);
    expect((await make('access.csv')).code).toBe(2);
    expect(read('access.csv')).toBe(whole);
  });

  /** A log that does not end: a FIFO whose writer waits. The reader is in the middle of it. */
  async function inTheMiddle() {
    const log = join(folder, 'slow.log');
    execFileSync('mkfifo', [log]);
    const started = start('make', ['slow.csv'], folder);
    const writer = start('/bin/sh', ['-c', '(cat access.log; exec sleep 60) > slow.log'], folder);
    await until(() => temporary().length === 1, 'the sink has begun');
    return { started, writer };
  }

  it.for(['SIGTERM', 'SIGINT'] as const)(
    'stopped midway by %s it leaves no target behind',
    async (signal) => {
      const { started, writer } = await inTheMiddle();
      started.kill(signal);
      const { code } = await started.done;
      writer.kill('SIGKILL');
      expect(code).not.toBe(0);
      expect(exists('slow.csv')).toBe(false);
      await until(() => temporary().length === 0, 'the temporary file is gone');
    },
  );

  it('killed midway it leaves no target, and the next run makes it whole', async () => {
    const { started, writer } = await inTheMiddle();
    started.kill('SIGKILL');
    expect((await started.done).code).toBe(137);
    writer.kill('SIGKILL');
    await writer.done;
    expect(exists('slow.csv')).toBe(false);
    fs.rmSync(join(folder, 'slow.log'));
    fs.copyFileSync(join(folder, 'access.log'), join(folder, 'slow.log'));
    expect((await make('slow.csv access.csv')).code).toBe(0);
    expect(read('slow.csv')).toBe(read('access.csv'));
    expect((await make('clean')).code).toBe(0);
    expect(temporary()).toEqual([]);
  });
});

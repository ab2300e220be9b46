import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second}}\n`;
const lines = (from: number, to: number): string => {
  let text = '';
  for (let second = from; second < to; second++) text += event(second);
  return text;
};
const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 0s --state st';
const COUNTS = 'tm window fixed 10s | tm combine n=count --late-to late.ndjson';

describe('a pipe that keeps its state', () => {
  it('gives over three runs what one run gives, and is quiet', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 95));
    const whole = await folder.run(
      `tm source log.ndjson --time t --time-format epoch-s --delay 0s | ${COUNTS} | tm sink whole.ndjson; mv late.ndjson whole-late.ndjson`,
    );
    expect(whole.codes).toEqual([0]);
    folder.write('log.ndjson', lines(0, 33));
    expect(await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`)).toEqual({
      stdout: '',
      stderr: '',
      codes: [0, 0, 0, 0],
    });
    expect(folder.read('out.ndjson').split('\n')).toHaveLength(4);
    folder.append('log.ndjson', lines(33, 61));
    // Half a line waits for the rest of it.
    folder.append('log.ndjson', '{"t":');
    expect((await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`)).stderr).toBe('');
    folder.append('log.ndjson', '61}\n');
    folder.append('log.ndjson', lines(62, 95));
    const last = await folder.run(`${SOURCE} --drain | ${COUNTS} | tm sink out.ndjson`);
    expect(last.codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
    expect(folder.read('late.ndjson')).toBe(folder.read('whole-late.ndjson'));
  });

  it('goes on behind kill -9 of any stage, and behind one of the whole line', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=60000,step=20ms,disorder=5s | tm sink log.ndjson --meta keep');
    const stages =
      'named window tm window fixed 10s | named combine tm combine --by host n=count | named sink tm sink';
    await folder.run(`tm source log.ndjson --time @t --delay 5s | ${stages} whole.ndjson`);
    const line = (more: string): string =>
      `named source tm source log.ndjson --time @t --delay 5s --state st --checkpoint 20ms ${more} | ${stages} out.ndjson`;
    for (const [i, name] of ['source', 'window', 'combine', 'sink', 'all'].entries()) {
      for (const pid of ['source', 'window', 'combine', 'sink'])
        fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
      const running = folder.start(line(''));
      await running.pid('sink');
      await new Promise((resolve) => setTimeout(resolve, 100 + 60 * i));
      if (name === 'all') running.killAll('SIGKILL');
      else await running.kill(name, 'SIGKILL').catch(() => {});
      // The line itself was killed too: it tells no exit codes.
      await running.done.catch(() => {});
    }
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson') === folder.read('whole.ndjson')).toBe(true);
  });

  it('writes a barrier on a quiet stream, and suspends when it is told to stop', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    const line = `named source ${SOURCE} --follow --checkpoint 50ms | ${COUNTS} | tm sink out.ndjson`;
    const running = folder.start(line);
    await running.until(
      () => folder.files().includes('out.ndjson') && folder.read('out.ndjson').includes('00:00:10'),
      'a commit',
    );
    const before = folder.read('st/COMMIT');
    await running.until(() => folder.read('st/COMMIT') !== before, 'another commit');
    await running.kill('source', 'SIGTERM');
    expect((await running.done).codes).toEqual([143, 0, 0, 0]);
    folder.append('log.ndjson', lines(25, 41));
    await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`);
    expect(folder.read('out.ndjson').match(/"n":10/g)).toHaveLength(4);
  });

  it('writes barriers also when the clock of the machine is set back', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    folder.write(
      'clock.mjs',
      `import fs from 'node:fs';
      const now = Date.now;
      Date.now = () => now() - (fs.existsSync('set-back') ? 3_600_000 : 0);`,
    );
    const line = `named source ${SOURCE} --follow --checkpoint 50ms | ${COUNTS} | tm sink out.ndjson`;
    const running = folder.start(`export NODE_OPTIONS='--import ./clock.mjs'; ${line}`);
    await running.until(() => folder.files().includes('out.ndjson'), 'a sink');
    folder.write('set-back', '');
    // Twice: the first may have been due before.
    for (let times = 1; times <= 2; times++) {
      const before = folder.read('st/COMMIT');
      await running.until(() => folder.read('st/COMMIT') !== before, 'another commit');
    }
    await running.kill('source', 'SIGTERM');
    expect((await running.done).codes).toEqual([143, 0, 0, 0]);
  });

  it('is refused what cannot be read again, and wants a delay', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 5));
    const stdin = await folder.run(
      'tm source --time t --delay 0s --state st < log.ndjson | tm sink out.ndjson',
    );
    expect(stdin.codes[0]).toBe(2);
    expect(stdin.stderr).toContain('standard input cannot be read again');
    const endless = await folder.run('tm source log.ndjson --time t --state st | tm sink out.ndjson');
    expect(endless.codes[0]).toBe(2);
    expect(endless.stderr).toContain('--state needs --delay');
    const drain = await folder.run('tm source log.ndjson --time t --drain | tm sink out.ndjson');
    expect(drain.stderr).toContain('--drain is for a pipe whose state is kept');
    const followed = await folder.run(
      'tm source log.ndjson --time t --delay 0s --state st --follow --complete-to now | tm sink out.ndjson',
    );
    expect(followed.codes[0]).toBe(2);
    expect(followed.stderr).toContain('--complete-to is for the end of the input, and --follow has none');
  });

  it('replaces the rejected records of other runs with those of its first epoch', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', `${lines(0, 5)}no record\n`);
    folder.write('rejected', 'left by others\n');
    const line = `${SOURCE} --rejected-to rejected -q | ${COUNTS} | tm sink out.ndjson`;
    expect((await folder.run(line)).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('rejected')).toBe('no record\n');
    folder.append('log.ndjson', 'nor this\n');
    expect((await folder.run(line)).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('rejected')).toBe('no record\nnor this\n');
    expect(fs.readdirSync(folder.path).sort()).toEqual(
      ['late.ndjson', 'log.ndjson', 'out.ndjson', 'rejected', 'st'].sort(),
    );
  });

  it('gives standard output at least once, and says so', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    const { stdout, stderr, codes } = await folder.run(`${SOURCE} | ${COUNTS} | tm sink`);
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stderr).toContain('standard output gets results at least once');
  });

  it('fails without a sink, which alone can prepare', { timeout: 60_000 }, async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    const { stderr, codes } = await folder.run(`${SOURCE} | ${COUNTS} > out.stream`);
    expect(codes[0]).toBe(1);
    expect(stderr).toContain('end the pipe in tm sink');
  });

  it('is one run at a time', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    const running = folder.start(`named source ${SOURCE} --follow | ${COUNTS} | tm sink out.ndjson`);
    await running.until(() => fs.existsSync(join(folder.path, 'out.ndjson')), 'results');
    const second = await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`);
    expect(second.codes[0]).toBe(1);
    expect(second.stderr).toContain('another run has the state directory st');
    const skipped = await folder.run(`${SOURCE} --if-running skip | ${COUNTS} | tm sink out.ndjson`);
    expect(skipped).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0, 0] });
    await running.kill('source', 'SIGTERM');
    await running.done;
  });

  it('refuses a second sink under one directory', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    const { stderr } = await folder.run(
      `${SOURCE} | tm window fixed 10s | tee >(tm sink a.ndjson) | tm sink b.ndjson; sleep 1`,
    );
    expect(stderr).toContain('two stages of the pipeline keep their state under the name sink');
  });

  it('refuses what was kept of another pipeline', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`);
    const other = await folder.run(
      `${SOURCE} | tm window fixed 20s | tm combine n=count | tm sink out.ndjson`,
    );
    expect(other.codes.slice(-2)).toContain(2);
    expect(other.stderr).toContain('--reset-state');
    const without = await folder.run(`${SOURCE} | tm window fixed 10s | tm sink out.ndjson`);
    expect(without.codes.at(-1)).toBe(2);
    expect(without.stderr).toContain('the state of combine would be lost');
  });

  it('refuses what was kept of other input, as it does other arguments', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    folder.write('other.ndjson', lines(0, 25));
    await folder.run(`${SOURCE} | tm sink out.ndjson`);
    const others: [line: string, what: string][] = [
      [SOURCE.replace('log', 'other'), 'other locations: log.ndjson, not other.ndjson'],
      [`${SOURCE} --shard 1/2`, 'no --shard, not of --shard 1/2'],
      [`${SOURCE} --format ndjson`, '--format'],
    ];
    for (const [line, what] of others) {
      const { codes, stderr } = await folder.run(`${line} | tm sink out.ndjson`);
      expect([what, codes[0]]).toEqual([what, 2]);
      expect(stderr).toContain(what);
      expect(stderr).toContain('--reset-state');
    }
  });

  it('is suspended by a signal that all its stages get', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 25));
    for (const [i, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
      const running = folder.start(`named source ${SOURCE} --follow | ${COUNTS} | tm sink out.ndjson`);
      await running.until(() => {
        const lock = join(folder.path, 'st/stages/sink/lock');
        return fs.existsSync(lock) && fs.readFileSync(lock, 'utf8').includes(`"attempt":${i + 1},`);
      }, 'all stages are there');
      running.killAll(signal);
      const { codes, stderr } = await running.done;
      expect({ codes, stderr }).toEqual({ codes: [signal === 'SIGINT' ? 130 : 143, 0, 0, 0], stderr: '' });
    }
    folder.append('log.ndjson', lines(25, 41));
    expect((await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`)).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson').match(/"n":10/g)).toHaveLength(4);
  });

  it('that ends without a barrier does not count, and says so', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 2000));
    const { stderr, codes } = await folder.run(
      `${SOURCE} | head -500 | tm window fixed 10s --eof drain | tm combine n=count | tm sink out.ndjson`,
    );
    expect(codes.at(-1)).toBe(3);
    expect(stderr).toContain('the stream ends without a barrier');
    await folder.run(`${SOURCE} | tm window fixed 10s | tm combine n=count | tm sink out.ndjson`);
    expect(folder.read('out.ndjson').match(/"n":10/g)).toHaveLength(199);
  });

  it('is the same in one process', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 95));
    await folder.run(
      `tm source log.ndjson --time t --time-format epoch-s --delay 0s | ${COUNTS} | tm sink whole.ndjson`,
    );
    folder.write('log.ndjson', lines(0, 33));
    const run = (more: string) =>
      folder.run(`tm run -e '${SOURCE} ${more} | ${COUNTS} | tm sink out.ndjson'`);
    expect(await run('')).toEqual({ stdout: '', stderr: '', codes: [0] });
    folder.append('log.ndjson', lines(33, 95));
    // Piped now: the directory does not know the difference.
    expect((await folder.run(`${SOURCE} | ${COUNTS} | tm sink out.ndjson`)).codes).toEqual([0, 0, 0, 0]);
    expect((await run('--drain')).codes).toEqual([0]);
    expect(folder.read('out.ndjson')).toBe(folder.read('whole.ndjson'));
  });
});

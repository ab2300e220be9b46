import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second}}\n`;
const SOURCE = 'named source tm source log.ndjson --time t --time-format epoch-s --follow --delay 0s';
const COUNTS =
  "tm window fixed 10s | tm combine n=count --late-to late.ndjson | tm sink --template '{window_start} {n}'";
const start = (second: number): string =>
  `1970-01-01T00:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}.000Z`;

describe('a file that is followed', () => {
  it('is refused in front of another location, which would never be read', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', event(1));
    folder.write('b.ndjson', event(2));
    const { stdout, stderr, codes } = await folder.run(
      'tm source a.ndjson b.ndjson --time t --time-format epoch-s --follow --delay 0s',
    );
    expect({ stdout, codes }).toEqual({ stdout: '', codes: [2] });
    expect(stderr).toContain('a.ndjson has no end, so b.ndjson behind it would never be read');
  });

  it('is read on through growth, rename and truncation, and fires windows as they pass', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', event(1) + event(2));
    const running = folder.start(`${SOURCE} | ${COUNTS}`);
    await running.pid('source');
    folder.append('log.ndjson', event(11).slice(0, 4));
    folder.append('log.ndjson', event(11).slice(4));
    await running.said(`${start(0)} 2\n`);

    fs.renameSync(join(folder.path, 'log.ndjson'), join(folder.path, 'log.ndjson.1'));
    folder.append('log.ndjson.1', event(12));
    folder.write('log.ndjson', event(21));
    await running.said(`${start(10)} 2\n`);

    // Shorter than what was read of it.
    folder.append('log.ndjson', event(22) + event(23));
    folder.append('log.ndjson', event(31));
    await running.said(`${start(20)} 3\n`);
    folder.write('log.ndjson', event(32));
    await running.told('log.ndjson was truncated');
    folder.append('log.ndjson', event(41));
    await running.said(`${start(30)} 2\n`);

    // The window of second 35 has fired.
    folder.append('log.ndjson', event(35) + event(42));
    await running.told('late');
    folder.append('log.ndjson', event(51));
    await running.said(`${start(40)} 2\n`);
    expect(running.stderr).toMatch(
      /tm combine: 1 event was late, by 1s\n {2}hint: --delay 2s at the source would have kept it\n/,
    );

    await running.kill('source', 'SIGTERM');
    const { stdout, codes } = await running.done;
    expect(codes).toEqual([143, 3, 3, 3]);
    expect(stdout).toBe([0, 10, 20, 30, 40].map((at) => `${start(at)} ${at === 20 ? 3 : 2}\n`).join(''));
    expect(folder.read('late.ndjson')).toContain('"t":35');
  });

  it('that is not there yet is waited for', async () => {
    const folder = new Folder();
    const running = folder.start(`${SOURCE} | tm sink --meta drop`);
    await running.told('log.ndjson does not exist yet: waiting for it');
    folder.write('log.ndjson', event(1));
    await running.said(event(1));
    running.killAll('SIGINT');
    const { stderr, codes } = await running.done;
    expect(codes).toEqual([130, 3]);
    expect(stderr).toBe('tm source: log.ndjson does not exist yet: waiting for it\n');
  });

  it('is written into a file line by line, which stays when the source is stopped', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', event(1));
    const running = folder.start(`${SOURCE} | tm sink out.ndjson --meta drop`);
    await running.until(
      () => folder.files().includes('out.ndjson') && folder.read('out.ndjson') === event(1),
      'the first line',
    );
    folder.append('log.ndjson', event(2));
    await running.until(() => folder.read('out.ndjson') === event(1) + event(2), 'the second line');
    running.killAll('SIGTERM');
    const { stderr, codes } = await running.done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [143, 3] });
    expect(folder.read('out.ndjson')).toBe(event(1) + event(2));
  });

  it('puts records that it leaves out into their file at once', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', 'oops\n');
    const running = folder.start(`${SOURCE} --rejected-to rejected --quiet | cat`);
    const written = (): string => (folder.files().includes('rejected') ? folder.read('rejected') : '');
    await running.until(() => written() === 'oops\n', 'the record is there');
    await running.kill('source', 'SIGTERM');
    const { stderr, codes } = await running.done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [143, 0] });
    expect(folder.read('rejected')).toBe('oops\n');
  });

  it('fires what is open with --on-interrupt drain', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', event(1) + event(11) + event(12));
    const running = folder.start(`${SOURCE} --on-interrupt drain | ${COUNTS}`);
    await running.said(`${start(0)} 1\n`);
    await running.kill('source', 'SIGTERM');
    const { stdout, stderr, codes } = await running.done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [143, 0, 0, 0] });
    expect(stdout).toBe(`${start(0)} 1\n${start(10)} 2\n`);
  });

  it('wants a delay, without which no window would ever be complete', async () => {
    const { stderr, codes } = await new Folder().run('tm source log.ndjson --time t --follow');
    expect(codes).toEqual([2]);
    expect(stderr).toMatch(/^tm source: --follow needs --delay: .*\n {2}hint: .*--delay 30s\n$/);
  });
});

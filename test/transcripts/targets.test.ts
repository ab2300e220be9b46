import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const STREAM = [
  '{"@stream":{"version":1,"commands":["source"],"bounded":true}}',
  '{"@t":"2020-01-01T00:00:01.000Z","k":"a","v":1}',
  '{"@t":"2020-01-01T00:00:02.000Z","k":"b","v":2}',
  '{"@watermark":"end"}',
  '{"@end":"drained"}',
  '',
].join('\n');
const CUT = STREAM.replace('{"@end":"drained"}\n', '');
const ROWS = 'k,v\na,1\nb,2\n';

describe('a target', () => {
  it('that holds something is left alone unless it is said what to do, as soon as the stream begins', async () => {
    const folder = new Folder();
    folder.write('out.csv', 'old\n');
    const running = folder.start('tm sink out.csv');
    running.send(STREAM.slice(0, STREAM.indexOf('\n') + 1));
    const { stderr, codes } = await running.done;
    expect(codes).toEqual([2]);
    expect(stderr).toBe(
      'tm sink: out.csv exists and is not empty\n  hint: add --append to write behind what it has, or --overwrite to replace it\n',
    );
    expect(folder.read('out.csv')).toBe('old\n');
    expect(folder.files()).toEqual(['out.csv']);
  });

  it('that is empty, absent or to be overwritten gets the results, and nothing else is left', async () => {
    const folder = new Folder();
    folder.write('empty.csv', '');
    folder.write('old.csv', 'old\n');
    for (const target of ['empty.csv', 'absent.csv', 'old.csv --overwrite']) {
      expect(await folder.run(`tm sink ${target}`, STREAM)).toEqual({ stdout: '', stderr: '', codes: [0] });
      expect(folder.read(target.split(' ')[0]!)).toBe(ROWS);
    }
    expect(folder.files()).toEqual(['absent.csv', 'empty.csv', 'old.csv']);
  });

  it('that is appended to goes on under its own columns', async () => {
    const folder = new Folder();
    folder.write('out.csv', 'v,k\n0,z');
    expect(await folder.run('tm sink out.csv --append', STREAM)).toEqual({
      stdout: '',
      stderr: '',
      codes: [0],
    });
    expect(folder.read('out.csv')).toBe('v,k\n0,z\n1,a\n2,b\n');
  });

  it('is as it was when the input was cut off, however it was to be written', async () => {
    for (const mode of ['--append', '--overwrite']) {
      const folder = new Folder();
      folder.write('out.csv', 'k,v\nz,0\n');
      const { stderr, codes } = await folder.run(`tm sink out.csv ${mode}`, CUT);
      expect(codes).toEqual([3]);
      expect(stderr).toContain('tm sink: the input stopped without @end');
      expect(folder.read('out.csv')).toBe('k,v\nz,0\n');
      expect(folder.files()).toEqual(['out.csv']);
    }
  });

  it('is as it was when an event does not fit its columns', async () => {
    const folder = new Folder();
    folder.write('out.csv', 'k\nz\n');
    const { stderr, codes } = await folder.run('tm sink out.csv --append', STREAM);
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(/^tm sink: line 2: .*v.*\n/);
    expect(folder.read('out.csv')).toBe('k\nz\n');
    expect(folder.files()).toEqual(['out.csv']);
  });

  it('that is a link stays one, and the file it leads to keeps its mode', async () => {
    const folder = new Folder();
    fs.mkdirSync(join(folder.path, 'elsewhere'));
    folder.write('elsewhere/real.csv', 'old\n');
    fs.chmodSync(join(folder.path, 'elsewhere/real.csv'), 0o640);
    fs.symlinkSync('elsewhere/real.csv', join(folder.path, 'out.csv'));
    expect((await folder.run('tm sink out.csv --overwrite', STREAM)).codes).toEqual([0]);
    expect(fs.lstatSync(join(folder.path, 'out.csv')).isSymbolicLink()).toBe(true);
    expect(folder.read('elsewhere/real.csv')).toBe(ROWS);
    expect(fs.statSync(join(folder.path, 'elsewhere/real.csv')).mode & 0o777).toBe(0o640);
    expect(fs.readdirSync(join(folder.path, 'elsewhere'))).toEqual(['real.csv']);
  });

  it('may be the file that is read', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', '{"t":"2020-01-01T00:00:01Z"}\n{"t":"2020-01-01T00:00:02Z"}\n');
    const line = 'tm source log.ndjson --time t | tm combine n=count | tm sink log.ndjson --overwrite';
    expect(await folder.run(line)).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0] });
    expect(folder.read('log.ndjson')).toBe('{"n":2}\n');
  });

  it('of an empty result is an empty file, also over an old one', async () => {
    const folder = new Folder();
    folder.write('out.ndjson', '{"old":true}\n');
    const line = 'tm source generate:count=0 | tm combine n=count | tm sink out.ndjson --overwrite';
    expect((await folder.run(line)).codes).toEqual([0, 0, 0]);
    expect(folder.read('out.ndjson')).toBe('');
  });

  it('that is a folder, or in none, is told of', async () => {
    const folder = new Folder();
    fs.mkdirSync(join(folder.path, 'made'));
    const isFolder = await folder.run('tm sink made', STREAM);
    expect(isFolder.codes).toEqual([1]);
    expect(isFolder.stderr).toBe('tm sink: cannot write made: it is a directory\n');
    const inNone = await folder.run('tm sink none/out.csv', STREAM);
    expect(inNone.codes).toEqual([1]);
    expect(inNone.stderr).toMatch(
      /^tm sink: cannot write none\/out\.csv: there is no directory none\n {2}hint: /,
    );
  });

  it.skipIf(process.getuid?.() === 0)('in a folder that may not be written is told of', async () => {
    const folder = new Folder();
    fs.mkdirSync(join(folder.path, 'locked'), { mode: 0o555 });
    const { stderr, codes } = await folder.run('tm sink locked/out.csv', STREAM);
    expect(codes).toEqual([1]);
    expect(stderr).toBe(
      'tm sink: cannot write locked/out.csv: no file can be made in locked: permission denied\n',
    );
  });

  it.runIf(fs.existsSync('/sys/kernel'))('in a file system that takes no files is told of', async () => {
    const { stderr, codes } = await new Folder().run('tm sink /sys/kernel/out.csv', STREAM);
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(/^tm sink: cannot write \/sys\/kernel\/out\.csv: .+\n$/);
  });
});

describe('a late report in a file', () => {
  const LATE = STREAM.replace(
    '{"@watermark"',
    '{"@watermark":"2020-01-02T00:00:00Z"}\n{"@t":"2020-01-01T00:00:03Z","k":"c","v":3}\n{"@watermark"',
  );

  it('is whole, or absent where the stream was cut off', async () => {
    const folder = new Folder();
    const line = 'tm window fixed 1m | tm combine n=count --late-to late.ndjson | tm sink';
    const cut = await folder.run(line, LATE.replace('{"@end":"drained"}\n', ''));
    expect(cut.codes).toEqual([3, 3, 3]);
    expect(folder.files()).toEqual([]);
    const whole = await folder.run(line, LATE);
    expect(whole.codes).toEqual([0, 0, 0]);
    const [header, ...lines] = folder.read('late.ndjson').trimEnd().split('\n');
    expect(header).toMatch(/^\{"@stream":/);
    expect(lines).toEqual([
      '{"@t":"2020-01-01T00:00:03.000Z","@w":"2020-01-01T00:00:00.000Z/2020-01-01T00:01:00.000Z","k":"c","v":3}',
      '{"@watermark":"end"}',
      '{"@end":"drained"}',
    ]);
  });

  it('goes on with a stream that was suspended', async () => {
    const folder = new Folder();
    const [header, first] = STREAM.split('\n');
    const one = [header, first, '{"@watermark":"2020-01-02T00:00:00Z"}', first, '{"@end":"suspended"}'];
    const two = [header, first, '{"@watermark":"end"}', '{"@end":"drained"}'];
    const line = 'tm combine n=count --late-to late.ndjson | tm sink --meta drop';
    const window = (lines: (string | undefined)[]): string =>
      `${lines.join('\n')}\n`.replaceAll(
        '"@t":"2020-01-01T00:00:01.000Z",',
        '"@t":"2020-01-01T00:00:01.000Z","@w":"2020-01-01T00:00:00Z/2020-01-01T00:01:00Z",',
      );
    const suspended = await folder.run(line, window(one));
    expect(suspended).toMatchObject({ stdout: '{"n":1}\n', codes: [0, 0] });
    expect(folder.read('late.ndjson')).toMatch(
      /^\{"@stream":.*\n.*"k":"a","v":1\}\n\{"@end":"suspended"\}\n$/,
    );
    const whole = await folder.run(line, window([...one, ...two]));
    expect(whole).toMatchObject({ stdout: '{"n":1}\n', codes: [0, 0] });
    expect(folder.read('late.ndjson').match(/"v":1/g)).toHaveLength(2);
    expect(folder.read('late.ndjson')).toMatch(/\{"@end":"drained"\}\n$/);
  });
});

describe.runIf(fs.existsSync('/dev/full'))('an output that is full', () => {
  it.each([
    [
      'the results',
      'tm sink > /dev/full',
      'tm sink: cannot write standard output: no space left on device\n',
    ],
    ['a device as target', 'tm sink /dev/full', 'tm sink: cannot write /dev/full: no space left on device\n'],
    [
      'the stream',
      'tm window fixed 1m > /dev/full',
      'tm window: cannot write standard output: no space left on device\n',
    ],
  ])('fails the command: %s', async (_name, line, message) => {
    expect(await new Folder().run(line, STREAM)).toEqual({ stdout: '', stderr: message, codes: [1] });
  });

  it('fails the command for what it leaves out too, before the end is told to those behind', async () => {
    const folder = new Folder();
    const line = 'tm source --time none --rejected-to /dev/full --quiet | tm sink out.ndjson';
    const { stderr, codes } = await folder.run(line, '{"a":1}\noops\n');
    expect(codes).toEqual([1, 3]);
    expect(stderr).toMatch(/^tm source: cannot write \/dev\/full: no space left on device\n/);
    expect(folder.files()).toEqual([]);
  });
});

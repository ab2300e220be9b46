import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const event = (time: string, members: string): string => `{"@t":"2020-01-0${time}Z",${members}}`;
const HEADER = '{"@stream":{"version":1,"commands":["source"],"bounded":true}}';
const EVENTS = [
  event('1T10:00:01.000', '"k":"a/b","v":1'),
  event('1T10:59:59.999', '"k":"..","v":2'),
  event('2T11:00:00.000', '"k":"a/b","v":3'),
];
const STREAM = [HEADER, ...EVENTS, '{"@watermark":"end"}', '{"@end":"drained"}', ''].join('\n');
const CUT = [HEADER, ...EVENTS, ''].join('\n');

/** All files below the folder, by their paths in it. */
const filesBelow = (folder: Folder): string[] =>
  fs
    .readdirSync(folder.path, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(join(folder.path, name)).isFile())
    .sort();

describe('results that are divided among files', () => {
  it('by a member and the day, in folders that are made, with a header in each', async () => {
    const folder = new Folder();
    expect(await folder.run("tm sink 'out/{@t:%Y-%m-%d}/{k}.csv'", STREAM)).toEqual({
      stdout: '',
      stderr: '',
      codes: [0],
    });
    expect(filesBelow(folder)).toEqual([
      'out/2020-01-01/%2E..csv',
      'out/2020-01-01/a%2Fb.csv',
      'out/2020-01-02/a%2Fb.csv',
    ]);
    expect(folder.read('out/2020-01-02/a%2Fb.csv')).toBe('k,v\na/b,3\n');
  });

  it('by the hour of event time, in windows and without', async () => {
    const folder = new Folder();
    await folder.run('tm sink out.ndjson --roll 1h', STREAM);
    expect(filesBelow(folder)).toEqual(['out-2020-01-01T10.ndjson', 'out-2020-01-02T11.ndjson']);
    await folder.run(
      "tm window fixed 1h | tm combine n=count | tm sink '{@roll:%d}.txt' --roll 1d --template '{n}'",
      STREAM,
    );
    expect(folder.read('01.txt')).toBe('2\n');
    expect(folder.read('02.txt')).toBe('1\n');
  });

  it('leave nothing when the input was cut off, and all that came of a stream without end', async () => {
    const folder = new Folder();
    expect((await folder.run("tm sink 'out/{k}.ndjson'", CUT)).codes).toEqual([3]);
    expect(fs.readdirSync(folder.path)).toEqual([]);
    const unbounded = CUT.replace('"bounded":true', '"bounded":false');
    expect((await folder.run("tm sink 'out/{k}.ndjson'", unbounded)).codes).toEqual([3]);
    expect(folder.read('out/a%2Fb.ndjson')).toBe('{"k":"a/b","v":1}\n{"k":"a/b","v":3}\n');
  });

  it('leave files alone that hold something, go on under their columns, or replace them', async () => {
    const folder = new Folder();
    fs.mkdirSync(join(folder.path, 'out'));
    folder.write('out/a%2Fb.csv', 'v,k\n0,z\n');
    const refused = await folder.run("tm sink 'out/{k}.csv'", STREAM);
    expect(refused.codes).toEqual([2]);
    expect(refused.stderr).toContain('tm sink: out/a%2Fb.csv exists and is not empty\n  hint: add --append');
    expect(filesBelow(folder)).toEqual(['out/a%2Fb.csv']);
    await folder.run("tm sink 'out/{k}.csv' --append", STREAM);
    expect(folder.read('out/a%2Fb.csv')).toBe('v,k\n0,z\n1,a/b\n3,a/b\n');
    expect(folder.read('out/%2E..csv')).toBe('k,v\n..,2\n');
    await folder.run("tm sink 'out/{k}.csv' --overwrite", STREAM);
    expect(folder.read('out/a%2Fb.csv')).toBe('k,v\na/b,1\na/b,3\n');
  });

  it.each([
    ["tm sink 'out/{k.csv'", 'character 5 of the template: a "{" is not closed'],
    ["tm sink '{k:%Q}.csv'", 'unknown directive %Q in the time format %Q'],
    ['tm sink --roll 1h', '--roll needs a file to write to'],
    ["tm sink '{k}' --format stream", '--format stream cannot be divided among files'],
    ["tm sink 'out/{k}/'", 'out/{k}/ names no file'],
    ['tm sink out.csv --roll 0s', "--roll '0s': it must be longer than 0"],
  ])('cannot be asked for as %s', async (line, message) => {
    const { codes, stderr } = await new Folder().run(line, STREAM);
    expect(codes).toEqual([2]);
    expect(stderr).toContain(message);
  });

  it('tell the line of an event that has no time for its name', async () => {
    const { codes, stderr } = await new Folder().run("tm sink '{window_start:%H}.csv'", STREAM);
    expect(codes).toEqual([1]);
    expect(stderr).toContain('line 2: the event has no window_start');
  });

  it('are three thousand files, where a process may open a few', async () => {
    const folder = new Folder();
    const events = Array.from({ length: 6000 }, (_, n) => event('1T10:00:01.000', `"k":${n % 3000}`));
    const stream = [HEADER, ...events, '{"@watermark":"end"}', '{"@end":"drained"}', ''].join('\n');
    expect(await folder.run("ulimit -n 200; tm sink '{k}'", stream)).toEqual({
      stdout: '',
      stderr: '',
      codes: [0],
    });
    const files = filesBelow(folder);
    expect(files).toHaveLength(3000);
    expect(files.every((name) => folder.read(name) === `{"k":${name}}\n`.repeat(2))).toBe(true);
  });
});

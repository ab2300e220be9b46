import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { writeDurably } from '../../src/epochs/durable-file.ts';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second},"key":"k${second % 3}"}\n`;
const events = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => event(from + i)).join('');

const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 0s --state job';
const JOB = `${SOURCE} | tm window fixed 10s | tm combine --by key n=count | tm sink out.ndjson`;
const FOLLOW = JOB.replace('--state', '--follow --checkpoint 50ms --state');

/** A folder in which the job has read 25 events, once. */
async function suspended(): Promise<Folder> {
  const folder = new Folder();
  folder.write('log.ndjson', events(0, 25));
  expect((await folder.run(JOB)).codes).toEqual([0, 0, 0, 0]);
  return folder;
}

/** All files of the job, with what stands in them and when they were written. */
const snapshotOf = (folder: Folder): unknown =>
  (fs.readdirSync(join(folder.path, 'job'), { recursive: true }) as string[]).sort().map((name) => {
    const stat = fs.statSync(join(folder.path, 'job', name));
    return [name, stat.mtimeMs, stat.isFile() ? folder.read(`job/${name}`) : ''];
  });

/** Changes one byte in the middle of a file. */
function damage(folder: Folder, name: string): void {
  const path = join(folder.path, name);
  const bytes = fs.readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  fs.writeFileSync(path, bytes);
}

const fileOf = (folder: Folder, stage: string, kind: string): string => {
  const found = fs.readdirSync(join(folder.path, 'job/stages', stage)).find((name) => name.endsWith(kind));
  return `job/stages/${stage}/${found}`;
};

describe('tm state', () => {
  it('tells people where a job has stopped', async () => {
    const folder = await suspended();
    const { stdout, stderr, codes } = await folder.run('tm state job');
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
    expect(stdout).toMatch(
      /^\/.*\/job \([0-9a-f-]{36}\)\nno run is going on: the next one goes on behind epoch 1\n/,
    );
    expect(stdout).toMatch(/\nepoch 1 was committed at 20[0-9T:.-]+Z by attempt 1\n/);
    expect(stdout).toContain('\nsource\n  position   log.ndjson: line 25, byte 490 of 490\n');
    expect(stdout).toContain('\n  watermark  1970-01-01T00:00:24.000Z\n');
    expect(stdout).toMatch(
      /\nsink\n {2}results {2}\/.*\/out.ndjson: \d+ bytes\n {2}on disk {2}[\d,]+ bytes\n$/,
    );
  });

  it('tells programs the same as one JSON object', async () => {
    const folder = await suspended();
    folder.append('log.ndjson', event(25));
    const { stdout } = await folder.run('tm state --json job');
    const { directory, id, committed_at, stages, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ running: false, attempt: 1, epoch: 1, drained: false });
    expect(directory).toBe(fs.realpathSync(join(folder.path, 'job')));
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(committed_at) - Date.now())).toBeLessThan(60_000);
    const [source] = stages;
    expect(source).toMatchObject({
      id: 'source',
      command: 'source',
      committed: true,
      watermark: '1970-01-01T00:00:24.000Z',
      positions: [{ location: 'log.ndjson', line: 25, byte: 490, size: 510, files: null }],
      targets: [],
    });
    expect(stages[1]).toMatchObject({
      id: 'combine',
      keys: 3,
      windows: 1,
      held: null,
      positions: [],
      targets: [],
    });
    expect(stages.at(-1)).toMatchObject({
      id: 'sink',
      command: 'sink',
      targets: [
        {
          output: 'results',
          path: join(directory, '../out.ndjson'),
          bytes: folder.read('out.ndjson').length,
        },
      ],
    });
  });

  it('tells a stream that is complete, and a target that is no file', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 25));
    await folder.run(`${SOURCE} --drain | tm combine n=count | tm sink`);
    const { stdout } = await folder.run('tm state job');
    expect(stdout).toContain('no run is going on: the stream was drained, and is complete');
    expect(stdout).toContain('  watermark  end\n');
    expect(stdout).toContain('  results  no file: stdout, a device or a module\n');
  });

  it('counts the files that results are divided among', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 25));
    await folder.run(`${SOURCE} --drain | tm sink 'out/{t}.ndjson'`);
    const { stdout } = await folder.run('tm state job');
    expect(stdout).toMatch(/\n {2}results {2}25 files: \d+ bytes\n/);
    expect(JSON.parse((await folder.run('tm state job --json')).stdout).stages.at(-1).targets).toHaveLength(
      25,
    );
    fs.rmSync(join(folder.path, 'out/3.ndjson'));
    expect((await folder.run('tm state job --verify')).codes).toEqual([0]);
    damage(folder, 'out/5.ndjson');
    const verified = await folder.run('tm state job --verify');
    expect(verified.codes).toEqual([1]);
    expect(verified.stdout).toMatch(/^sink: .*out\/5.ndjson: it has been changed by somebody else\n$/);
  });

  it('tells what dedup remembers, and how many events wait for an answer', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 25));
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/{key}`;
    const { codes } = await folder.run(
      `${SOURCE} | tm dedup --by key --within 5s | tm dedup --by t | tm enrich http '${url}' --as a | tm sink out.ndjson`,
    );
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    const { stages } = JSON.parse((await folder.run('tm state job --json')).stdout);
    expect(stages.map(({ id }: { id: string }) => id)).toEqual([
      'source',
      'dedup',
      'dedup-2',
      'enrich',
      'sink',
    ]);
    // Each of three keys at the seconds 0, 6, 12 and so on; what is 10 s older than the watermark is forgotten.
    expect(stages[1]).toMatchObject({ windows: null, held: null, watermark: '1970-01-01T00:00:24.000Z' });
    expect(stages[1].keys).toBeGreaterThanOrEqual(4);
    expect(stages[1].keys).toBeLessThan(9);
    const passed = stages[2].keys;
    expect(stages[2]).toMatchObject({ windows: 1, held: null });
    expect(stages[3]).toMatchObject({ held: passed, keys: null, windows: null, watermark: null });
    expect((await folder.run('tm state job')).stdout).toContain(`  events held  ${passed}\n`);
  });

  it('looks at a run that is going on, and does not disturb it', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 25));
    const running = folder.start(FOLLOW);
    await running.until(() => fs.existsSync(join(folder.path, 'job/COMMIT')), 'an epoch is committed');
    for (let i = 0; i < 5; i++) {
      const { stdout, stderr, codes } = await folder.run('tm state job && tm state job --verify');
      expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
      expect(stdout).toContain('a run is going on: attempt 1\n');
      expect(stdout).toContain('all that the committed epoch needs is there and whole\n');
    }
    const stop = await folder.run('tm state job --stop');
    expect(stop).toEqual({ stdout: '', stderr: '', codes: [0] });
    expect(await running.done).toMatchObject({ stderr: '', codes: [0, 0, 0, 0] });
    expect(fs.existsSync(join(folder.path, 'job/stop'))).toBe(false);
    folder.append('log.ndjson', events(25, 40));
    expect((await folder.run(`${JOB.replace('--state', '--drain --state')}`)).codes).toEqual([0, 0, 0, 0]);
    const whole = new Folder();
    whole.write('log.ndjson', events(0, 40));
    await whole.run(JOB.replace('--state', '--drain --state'));
    expect(folder.read('out.ndjson')).toBe(whole.read('out.ndjson'));
  });

  it('cannot stop what does not run', async () => {
    const folder = await suspended();
    const before = snapshotOf(folder);
    const { stdout, stderr, codes } = await folder.run('tm state job --stop');
    expect({ stdout, codes }).toEqual({ stdout: '', codes: [1] });
    expect(stderr).toMatch(/^tm state: nothing is running in .*\/job\n {2}hint: .*\n$/);
    expect(snapshotOf(folder)).toEqual(before);
  });

  it('writes nothing', async () => {
    const folder = await suspended();
    const before = snapshotOf(folder);
    await folder.run(
      'tm state job; tm state job --json; tm state job --verify; tm check --against job -e "sink"',
    );
    expect(snapshotOf(folder)).toEqual(before);
  });

  it('says what a folder is that holds no state', async () => {
    const folder = new Folder();
    folder.write('file', '');
    fs.mkdirSync(join(folder.path, 'empty'));
    fs.mkdirSync(join(folder.path, 'later'));
    await writeDurably(join(folder.path, 'later/tidemark.json'), [Buffer.from('{"format":2,"id":"x"}\n')]);
    const said = async (name: string): Promise<unknown> => {
      const { stdout, stderr, codes } = await folder.run(`tm state ${name}`);
      return [stdout, stderr.split('\n')[0], ...codes];
    };
    expect(await said('none')).toEqual(['', 'tm state: there is no directory none', 1]);
    expect(await said('file')).toEqual(['', 'tm state: file is no directory', 1]);
    expect(await said('empty')).toEqual(['', 'tm state: empty is empty: no run has kept anything there', 1]);
    expect(await said('.')).toEqual(['', 'tm state: . is no state directory: tidemark.json is not there', 1]);
    expect(await said('later')).toEqual([
      '',
      expect.stringMatching(/^tm state: .*later was written by a later version of tidemark$/),
      1,
    ]);
  });

  it('refuses --stop with what shows something', async () => {
    const folder = await suspended();
    expect((await folder.run('tm state job --stop --json')).codes).toEqual([2]);
  });
});

describe('tm state --verify', () => {
  it('finds all in order', async () => {
    const folder = await suspended();
    expect(await folder.run('tm state job --verify')).toEqual({
      stdout: 'all that the committed epoch needs is there and whole\n',
      stderr: '',
      codes: [0],
    });
    expect(JSON.parse((await folder.run('tm state job --verify --json')).stdout)).toMatchObject({
      damaged: [],
    });
  });

  const harm: [what: string, change: (folder: Folder) => void, said: RegExp][] = [
    ['a damaged commit', (folder) => damage(folder, 'job/COMMIT'), /^.*COMMIT is damaged/],
    [
      'a missing commit',
      (folder) => fs.rmSync(join(folder.path, 'job/COMMIT')),
      /^\/.*\/job\/COMMIT is missing\n/,
    ],
    [
      'a damaged position',
      (folder) => damage(folder, fileOf(folder, 'source', '.position')),
      /^source: .*position is damaged/,
    ],
    [
      'a damaged snapshot',
      (folder) => damage(folder, fileOf(folder, 'sink', '.snapshot')),
      /^sink: .*snapshot is damaged/,
    ],
    [
      'a missing snapshot',
      (folder) => fs.rmSync(join(folder.path, fileOf(folder, 'sink', '.snapshot'))),
      /^sink: .*snapshot is missing/,
    ],
    [
      'a truncated snapshot',
      (folder) => fs.truncateSync(join(folder.path, fileOf(folder, 'sink', '.snapshot')), 40),
      /^sink: .*snapshot is damaged/,
    ],
    [
      'a shortened target',
      (folder) => fs.truncateSync(join(folder.path, 'out.ndjson'), 5),
      /^sink: cannot go on with .*out.ndjson: it has been shortened to 5 bytes/,
    ],
    [
      'a target that somebody else has written to',
      (folder) => folder.append('out.ndjson', 'mine\n'),
      /^sink: cannot go on with .*out.ndjson: it has been written to by somebody else/,
    ],
    [
      'a changed target',
      (folder) => damage(folder, 'out.ndjson'),
      /^sink: cannot go on with .*out.ndjson: it has been changed by somebody else/,
    ],
    [
      'a target that is gone',
      (folder) => fs.rmSync(join(folder.path, 'out.ndjson')),
      /^sink: cannot go on with .*out.ndjson: it is gone/,
    ],
  ];

  test.each(harm)('finds %s, which the next run refuses, too', async (_what, change, said) => {
    const folder = await suspended();
    change(folder);
    const { stdout, codes } = await folder.run('tm state job --verify');
    expect(codes).toEqual([1]);
    expect(stdout).toMatch(said);
    expect(stdout.split('\n')).toHaveLength(2);
    const { damaged } = JSON.parse((await folder.run('tm state job --verify --json')).stdout);
    expect(damaged).toHaveLength(1);
    folder.append('log.ndjson', events(25, 50));
    // In one process: behind a refusal the others need not be waited for.
    const line = JOB.replaceAll('tm ', '');
    expect((await folder.run(`tm run -e '${line}'`)).codes).not.toEqual([0]);
  });

  it('finds a missing number of the attempt', async () => {
    const folder = await suspended();
    fs.rmSync(join(folder.path, 'job/attempt'));
    const { stdout, codes } = await folder.run('tm state job --verify');
    expect(codes).toEqual([1]);
    expect(stdout).toMatch(/^\/.*\/job\/attempt is missing\n$/);
  });
});

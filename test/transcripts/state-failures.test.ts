import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Folder as Directory, Folder, type Outcome, pause } from './shell.ts';

const event = (second: number): string =>
  `{"t":${second},"k":"${second % 3 === 0 ? 'a' : 'b'}","v":${second}}\n`;
const events = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => event(from + index)).join('');

const SOURCE = 'source log.ndjson --time t --time-format epoch-s --delay 5s --rejected-to rejected -q';
const STAGES =
  "window fixed 10s -q | combine --by k n=count 's = sum(v)' --late-to late.stream -q | sink out.ndjson -q";

/** The line, in one process; `words`: more options of the source. */
const line = (words: string, state = 'state'): string =>
  `tm run -q -e "${SOURCE} --state ${state} ${words} | ${STAGES}"`;

const OUTPUTS = ['out.ndjson', 'late.stream', 'rejected'];

/** What of the outputs is there, by name. */
const outputs = (folder: Directory): Record<string, string> =>
  Object.fromEntries(
    OUTPUTS.filter((name) => fs.existsSync(join(folder.path, name))).map((name) => [name, folder.read(name)]),
  );

const fine = (outcome: Outcome): void => {
  expect(outcome).toMatchObject({ stderr: '', stdout: '' });
  expect(new Set(outcome.codes)).toEqual(new Set([0]));
};

/** A folder in which two runs have been, and more input has come since. */
async function begun(): Promise<Directory> {
  const folder = new Folder();
  folder.write('log.ndjson', events(0, 40));
  fine(await folder.run(line('')));
  folder.append('log.ndjson', `oops\n${event(7)}${events(40, 75)}`);
  fine(await folder.run(line('')));
  folder.append('log.ndjson', events(75, 120));
  return folder;
}

/** What the third and last run leaves when nothing goes wrong. */
async function right(): Promise<Record<string, string>> {
  const folder = await begun();
  fine(await folder.run(line('--drain')));
  return outputs(folder);
}

/** One line about the failure, and one that says what to do. */
const CLEAR = /^tm( \w+)?: [^\n]+\n( {2}hint: [^\n]+\n)?$/;

/** A file system of so many bytes at `path`; false: only root can have one. */
function mounted(path: string, size: string): boolean {
  fs.mkdirSync(path);
  const made =
    process.platform === 'linux' &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status === 0;
  if (made) onTestFinished(() => void spawnSync('umount', ['-l', path]));
  else console.warn('skipped: no file system can be mounted here');
  return made;
}

/** Writes a file until no more goes on its disk; at most a megabyte. */
function fillUp(path: string): void {
  const fd = fs.openSync(path, 'w');
  try {
    for (let written = 0; written < 1 << 20; written += 512) fs.writeSync(fd, Buffer.alloc(512));
  } catch {
    // It is full.
  }
  fs.closeSync(fd);
}

/** What stands in the files of a folder, by name. */
function contents(folder: string): Map<string, Buffer> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const paths = files.filter((name) => fs.statSync(join(folder, name)).isFile());
  return new Map(paths.map((name) => [name, fs.readFileSync(join(folder, name))]));
}

/** Writes files as they were, in place: they stay the same files. */
function putBack(folder: string, before: ReadonlyMap<string, Buffer>): void {
  for (const name of contents(folder).keys()) if (!before.has(name)) fs.rmSync(join(folder, name));
  for (const [name, bytes] of before) fs.writeFileSync(join(folder, name), bytes);
}

describe('a pipe that keeps its state', () => {
  it('takes no file of it that was damaged, cut or removed for what it was', {
    timeout: 240_000,
  }, async () => {
    const wanted = await right();
    const folder = await begun();
    const state = join(folder.path, 'state');
    const before = contents(state);
    const outputsBefore = outputs(folder);
    const harms: Readonly<Record<string, (path: string) => void>> = {
      removed: (path) => fs.rmSync(path),
      'cut in the middle': (path) => fs.truncateSync(path, fs.statSync(path).size >> 1),
      'of another byte': (path) => {
        const bytes = fs.readFileSync(path);
        const at = Math.floor(bytes.length * 0.4);
        bytes[at] = bytes[at]! ^ 1;
        fs.writeFileSync(path, bytes);
      },
    };
    const failures: string[] = [];
    for (const [name, bytes] of before) {
      for (const [how, harm] of Object.entries(harms)) {
        if (bytes.length === 0) continue;
        const what = `${name}, ${how}`;
        harm(join(state, name));
        const { codes, stderr } = await folder.run(line('--drain'));
        if (codes[0] === 0) {
          // It was of no consequence.
          expect({ what, ...outputs(folder) }).toEqual({ what, ...wanted });
          putBack(state, before);
          for (const [output, text] of Object.entries(outputsBefore)) folder.write(output, text);
        } else {
          failures.push(what);
          expect({ what, stderr }).toEqual({ what, stderr: expect.stringMatching(CLEAR) });
          for (const output of ['out.ndjson', 'rejected'])
            expect({ what, output, text: folder.read(output) }).toEqual({
              what,
              output,
              text: outputsBefore[output],
            });
          fs.writeFileSync(join(state, name), bytes);
        }
      }
    }
    for (const name of ['COMMIT', 'tidemark.json', 'stages/source/2.position', 'stages/sink/2.snapshot'])
      for (const how of Object.keys(harms)) expect(failures).toContain(`${name}, ${how}`);
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('refuses a target that was changed, shortened, replaced or removed, and goes on when it is put back', async () => {
    const wanted = await right();
    const folder = await begun();
    const path = join(folder.path, 'out.ndjson');
    const text = folder.read('out.ndjson');
    const harms: Readonly<Record<string, () => void>> = {
      'has been written to by somebody else': () => folder.append('out.ndjson', 'a line by hand\n'),
      'has been changed by somebody else': () => folder.write('out.ndjson', text.replace('"n"', '"N"')),
      'has been shortened': () => fs.truncateSync(path, 100),
      'was replaced by another file': () => {
        fs.renameSync(path, `${path}.mine`);
        folder.write('out.ndjson', text);
      },
      'is gone': () => fs.renameSync(path, `${path}.mine`),
    };
    for (const [why, harm] of Object.entries(harms)) {
      harm();
      const harmed = fs.existsSync(path) ? folder.read('out.ndjson') : undefined;
      const { codes, stderr } = await folder.run(line('--drain'));
      expect(codes).toEqual([1]);
      expect(stderr).toMatch(CLEAR);
      expect(stderr).toContain(why);
      // Nothing of what somebody has made of it is touched.
      expect(fs.existsSync(path) ? folder.read('out.ndjson') : undefined).toBe(harmed);
      if (fs.existsSync(`${path}.mine`)) fs.renameSync(`${path}.mine`, path);
      else folder.write('out.ndjson', text);
    }
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('loses nothing when other arguments are refused', async () => {
    const wanted = await right();
    const folder = await begun();
    const before = contents(join(folder.path, 'state'));
    for (const [from, to] of [
      ['--by k', '--by v'],
      ['window fixed 10s', 'window fixed 20s'],
      [`combine --by k n=count 's = sum(v)' --late-to late.stream -q |`, ''],
    ] as const) {
      const changed = line('').replace(from, to);
      expect(changed).not.toBe(line(''));
      const { codes, stderr } = await folder.run(changed);
      expect({ changed, codes }).toEqual({ changed, codes: [2] });
      expect(stderr).toMatch(CLEAR);
      expect(contents(join(folder.path, 'state')).get('COMMIT')).toEqual(before.get('COMMIT'));
    }
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('waits for the stages of a run that was killed, however slowly they end', async () => {
    const wanted = await right();
    const folder = await begun();
    // What comes late out of this pipe is of the old run: it must not mingle with what the new one writes.
    const slow = `named source tm ${SOURCE} --state state --checkpoint 10ms --follow | { cat; sleep 2; } | tm ${STAGES.replaceAll('| ', '| tm ')}`;
    const old = folder.start(slow);
    await old.pid('source');
    await old.until(() => folder.read('state/attempt').startsWith('{"attempt":3}'), 'it has the directory');
    await pause(300);
    await old.kill('source', 'SIGKILL');
    const started = performance.now();
    const { codes } = await folder.run(line('--drain'));
    expect(codes).toEqual([0]);
    expect(performance.now() - started).toBeGreaterThan(800);
    expect((await old.done).codes.slice(2)).toEqual([3, 3, 3]);
    expect(outputs(folder)).toEqual(wanted);
  });

  it('follows a log that was renamed, and says when it is gone', async () => {
    const wanted = await right();
    const folder = await begun();
    const path = join(folder.path, 'log.ndjson');
    fs.renameSync(path, `${path}.1`);
    const gone = await folder.run(line(''));
    expect(gone.codes[0]).not.toBe(0);
    expect(gone.stderr).toMatch(CLEAR);
    expect(gone.stderr).toContain('log.ndjson');
    fs.truncateSync(`${path}.1`, fs.statSync(`${path}.1`).size - event(119).length);
    folder.write('log.ndjson', event(119));
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('says that a disk is full, and goes on when there is room again', async () => {
    const wanted = await right();
    const folder = await begun();
    const disk = join(folder.path, 'disk');
    if (!mounted(disk, '128k')) return;
    // The state moves there as it is.
    fs.cpSync(join(folder.path, 'state'), join(disk, 'state'), { recursive: true });
    fillUp(join(disk, 'fill'));
    const { codes, stderr } = await folder.run(line('--drain', 'disk/state'));
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(CLEAR);
    expect(stderr).toMatch(/no space left/i);
    fs.rmSync(join(disk, 'fill'));
    fine(await folder.run(line('--drain', 'disk/state')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('says what is full wherever in the run that is, and goes on when there is room again', async () => {
    const wanted = await right();
    const folder = await begun();
    const disk = join(folder.path, 'disk');
    if (!mounted(disk, '256k')) return;
    fs.cpSync(join(folder.path, 'state'), join(disk, 'state'), { recursive: true });
    fillUp(join(disk, 'fill'));
    let failures = 0;
    for (; failures < 20; failures++) {
      const { size } = fs.statSync(join(disk, 'fill'));
      const { codes, stderr } = await folder.run(line('--drain', 'disk/state'));
      if (codes[0] === 0) break;
      expect(codes).toEqual([1]);
      expect(stderr).toMatch(CLEAR);
      expect(stderr).toMatch(/disk\/state.*no space left/i);
      fs.truncateSync(join(disk, 'fill'), size - 4096);
    }
    expect(failures).toBeGreaterThan(2);
    fs.rmSync(join(disk, 'fill'));
    fine(await folder.run(line('--drain', 'disk/state')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('says that the disk of its target is full, and goes on when there is room again', async () => {
    const folder = new Folder();
    const disk = join(folder.path, 'disk');
    if (!mounted(disk, '64k')) return;
    const words = (state: string): string =>
      `tm source log.ndjson --time t --time-format epoch-s --delay 5s -q${state} | tm sink disk/out.ndjson`;
    folder.write('log.ndjson', events(0, 1000));
    expect((await folder.run(words(' --state state'))).codes).toEqual([0, 0]);
    folder.append('log.ndjson', events(1000, 3000));
    const { codes, stderr } = await folder.run(words(' --state state --drain'));
    expect(codes[1]).toBe(1);
    expect(stderr).toMatch(/tm sink: cannot write [^\n]*out\.ndjson: [^\n]*no space left/i);
    spawnSync('mount', ['-o', 'remount,size=1m', disk]);
    expect(await folder.run(words(' --state state --drain'))).toMatchObject({ stderr: '', codes: [0, 0] });
    const out = folder.read('disk/out.ndjson');
    await folder.run(words('').replace('disk/out', 'whole'));
    expect(out).toBe(folder.read('whole.ndjson'));
  });

  it('says that its directory is gone while it runs, and goes on when it is back', async () => {
    const wanted = await right();
    const folder = await begun();
    const running = folder.start(line('--follow --checkpoint 50ms'));
    const commit = folder.read('state/COMMIT');
    await running.until(() => folder.read('state/COMMIT') !== commit, 'a commit');
    fs.renameSync(join(folder.path, 'state'), join(folder.path, 'moved'));
    const { codes, stderr } = await running.done;
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(CLEAR);
    expect(stderr).toMatch(/state.*(was moved or removed|no such file)/);
    fs.renameSync(join(folder.path, 'moved'), join(folder.path, 'state'));
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });

  it('says that its directory cannot be written to', async () => {
    const wanted = await right();
    const folder = await begun();
    const disk = join(folder.path, 'disk');
    if (!mounted(disk, '1m')) return;
    fs.cpSync(join(folder.path, 'state'), join(disk, 'state'), { recursive: true });
    spawnSync('mount', ['-o', 'remount,ro', disk]);
    const { codes, stderr } = await folder.run(line('', 'disk/state'));
    expect(codes).toEqual([1]);
    expect(stderr).toMatch(CLEAR);
    expect(stderr).toMatch(/disk\/state.*read-only/);
    spawnSync('mount', ['-o', 'remount,rw', disk]);
    fine(await folder.run(line('--drain', 'disk/state')));
    expect(outputs(folder)).toEqual(wanted);
  });
});

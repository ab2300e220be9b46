import type { Buffer } from 'node:buffer';
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
    console.log(failures);
    fine(await folder.run(line('--drain')));
    expect(outputs(folder)).toEqual(wanted);
  });
});

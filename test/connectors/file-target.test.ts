import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileTargetOptions } from '../../src/connectors/file-place.ts';
import { openFileTarget } from '../../src/connectors/file-target.ts';
import { ReaderClosed } from '../../src/connectors/stdout.ts';
import { bash, bundle, start, temporaryFolder, until } from './children.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'out.ndjson');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const open = (mode: FileTargetOptions['mode'], bounded = true, at = path) =>
  openFileTarget(at, { mode, bounded });
const content = (): string => fs.readFileSync(path, 'utf8');
const entries = (): string[] => fs.readdirSync(folder).sort();

async function writeOnce(
  mode: FileTargetOptions['mode'],
  bounded: boolean,
  text: string,
  at = path,
): Promise<void> {
  const target = await open(mode, bounded, at);
  await target.write(Buffer.from(text));
  await target.commit();
}

describe('a target of a bounded stream', () => {
  it('is there whole after the commit, and not before', async () => {
    const target = await open('new');
    await target.write(Buffer.from('one\n'));
    expect(fs.existsSync(path)).toBe(false);
    await target.write(Buffer.from('two\n'));
    await target.commit();
    expect(content()).toBe('one\ntwo\n');
    expect(entries()).toEqual(['out.ndjson']);
    await target.abandon();
    expect(content()).toBe('one\ntwo\n');
  });

  it('leaves no trace when it is abandoned', async () => {
    const target = await open('new');
    await target.write(Buffer.from('one\n'));
    await target.abandon();
    await target.abandon();
    expect(entries()).toEqual([]);
  });

  it('keeps what was there when it is abandoned', async () => {
    fs.writeFileSync(path, 'old\n');
    for (const mode of ['append', 'overwrite'] as const) {
      const target = await open(mode);
      await target.write(Buffer.from('one\n'));
      await target.abandon();
      expect(content()).toBe('old\n');
    }
    expect(entries()).toEqual(['out.ndjson']);
  });

  it('is written in a hidden file beside it, which names the process', async () => {
    const target = await open('new');
    expect(entries()[0]).toMatch(new RegExp(`^\\.out\\.ndjson\\.tidemark-${process.pid}-[0-9a-f]+$`));
    await target.abandon();
    const long = join(folder, 'é'.repeat(127));
    await writeOnce('new', true, 'one\n', long);
    expect(fs.readFileSync(long, 'utf8')).toBe('one\n');
  });

  it('has the mode of other new files, or the one that it had', async () => {
    const before = process.umask(0o027);
    try {
      await writeOnce('new', true, 'one\n');
      expect(fs.statSync(path).mode & 0o7777).toBe(0o640);
      for (const mode of ['append', 'overwrite'] as const) {
        fs.chmodSync(path, 0o604);
        await writeOnce(mode, true, 'two\n');
        expect(fs.statSync(path).mode & 0o7777).toBe(0o604);
      }
    } finally {
      process.umask(before);
    }
  });

  it('keeps its owner, where we may give it away', async () => {
    if (process.getuid?.() !== 0) return;
    fs.writeFileSync(path, 'old\n');
    fs.chownSync(path, 1234, 4321);
    await writeOnce('overwrite', true, 'new\n');
    expect(fs.statSync(path)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it('leaves links as they are and writes where they lead', async () => {
    fs.mkdirSync(join(folder, 'real'));
    const link = join(folder, 'link');
    fs.symlinkSync('real/a', link);
    fs.symlinkSync('link', join(folder, 'second'));
    await writeOnce('new', true, 'one\n', join(folder, 'second'));
    await writeOnce('append', true, 'two\n', link);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(join(folder, 'real/a'), 'utf8')).toBe('one\ntwo\n');
    expect(fs.readdirSync(join(folder, 'real'))).toEqual(['a']);
    fs.symlinkSync('loop', join(folder, 'loop'));
    await expect(open('new', true, join(folder, 'loop'))).rejects.toMatchObject({ code: 'failed' });
  });

  it('is not replaced when somebody else wrote to it meanwhile', async () => {
    fs.writeFileSync(path, 'old\n');
    const appending = await open('append');
    await appending.write(Buffer.from('ours\n'));
    fs.appendFileSync(path, 'theirs\n');
    await expect(appending.commit()).rejects.toMatchObject({
      code: 'failed',
      message: `${path} was changed by somebody else meanwhile`,
    });
    expect(content()).toBe('old\ntheirs\n');
    fs.rmSync(path);
    const fresh = await open('new');
    fs.writeFileSync(path, 'theirs\n');
    await expect(fresh.commit()).rejects.toMatchObject({ code: 'failed' });
    expect(entries()).toEqual(['out.ndjson']);
  });
});

describe.each([
  ['bounded', true],
  ['unbounded', false],
])('a target of a stream that is %s', (_, bounded) => {
  it('is made, written behind, replaced', async () => {
    await writeOnce('new', bounded, 'one\n');
    await writeOnce('append', bounded, 'two\n');
    expect(content()).toBe('one\ntwo\n');
    await writeOnce('overwrite', bounded, 'three\n');
    expect(content()).toBe('three\n');
    await writeOnce('overwrite', bounded, '');
    expect(content()).toBe('');
    await writeOnce('new', bounded, 'four\n');
    expect(content()).toBe('four\n');
  });

  it('that is not empty needs a word', async () => {
    fs.writeFileSync(path, 'old\n');
    await expect(open('new', bounded)).rejects.toMatchObject({
      code: 'usage',
      message: `${path} exists and is not empty`,
      hint: 'add --append to write behind what it has, or --overwrite to replace it',
    });
    expect(entries()).toEqual(['out.ndjson']);
  });

  it('has its last line ended before another is appended', async () => {
    fs.writeFileSync(path, 'half');
    const idle = await open('append', bounded);
    await idle.commit();
    expect(content()).toBe('half');
    await writeOnce('append', bounded, 'whole\n');
    expect(content()).toBe('half\nwhole\n');
  });

  it('leaves no trace when nothing was written before it is abandoned', async () => {
    await (await open('new', bounded)).abandon();
    expect(entries()).toEqual([]);
    fs.writeFileSync(path, 'old\n');
    await (await open('overwrite', bounded)).abandon();
    expect(content()).toBe('old\n');
  });

  it('names what is in the way', async () => {
    const missing = join(folder, 'no/such/out');
    await expect(open('new', bounded, missing)).rejects.toMatchObject({
      code: 'failed',
      message: `cannot write ${missing}: there is no directory ${join(folder, 'no/such')}`,
      hint: `make it first: mkdir -p ${join(folder, 'no/such')}`,
    });
    await expect(open('new', bounded, folder)).rejects.toMatchObject({
      code: 'failed',
      message: `cannot write ${folder}: it is a directory`,
    });
    fs.writeFileSync(join(folder, 'file'), 'x');
    await expect(open('new', bounded, join(folder, 'file/out'))).rejects.toMatchObject({ code: 'failed' });
    if (process.platform !== 'linux') return;
    // Not even root makes files here.
    await expect(open('new', bounded, '/sys/out.ndjson')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /^cannot write \/sys\/out\.ndjson: .*(permission|not permitted|read-only)/,
      ),
    });
  });

  it('may be a FIFO, /dev/null or a URI', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const opening = open('new', bounded, fifo);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const reader = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const target = await opening;
    await target.write(Buffer.from('through\n'));
    const bytes = Buffer.alloc(20);
    expect(bytes.toString('utf8', 0, fs.readSync(reader, bytes))).toBe('through\n');
    fs.closeSync(reader);
    await expect((async () => target.write(Buffer.from('gone\n')))()).rejects.toBeInstanceOf(ReaderClosed);
    await target.abandon();
    await writeOnce('overwrite', bounded, 'nowhere\n', '/dev/null');
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    await writeOnce('new', bounded, 'one\n', pathToFileURL(path).href);
    expect(content()).toBe('one\n');
  });

  it('tells of a full disk by its name', async () => {
    if (!fs.existsSync('/dev/full')) return;
    await expect(writeOnce('new', bounded, 'one\n', '/dev/full')).rejects.toMatchObject({
      code: 'failed',
      message: 'cannot write /dev/full: no space left on device',
    });
  });
});

describe('a target of a stream without an end', () => {
  it('has each line when it is written, and keeps it', async () => {
    const target = await open('new', false);
    await target.write(Buffer.from('one\n'));
    expect(content()).toBe('one\n');
    await target.write(Buffer.from('two\n'));
    await target.abandon();
    expect(content()).toBe('one\ntwo\n');
  });

  it('replaces what was there with the first line', async () => {
    fs.writeFileSync(path, 'old\n');
    const target = await open('overwrite', false);
    expect(content()).toBe('old\n');
    await target.write(Buffer.from('new\n'));
    expect(content()).toBe('new\n');
    await target.commit();
  });
});

describe('a process that is killed', () => {
  it.each(['new', 'append', 'overwrite'])('leaves the target as it was: %s', async (mode) => {
    const script = bundle(folder, 'target');
    if (mode !== 'new') fs.writeFileSync(path, 'old\n');
    const child = start(script, path, mode, 'bounded', '5000');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(fs.existsSync(path) ? content() : 'absent').toBe(mode === 'new' ? 'absent' : 'old\n');
    // What it left is hidden and in nobody's way.
    expect(entries().filter((name) => name.startsWith('.'))).toHaveLength(1);
    const second = start(script, path, mode, 'bounded', '3');
    second.stdin.end();
    await once(second, 'exit');
    expect(content()).toBe(`${mode === 'append' ? 'old\n' : ''}row 0\nrow 1\nrow 2\n`);
  });

  it('has left the target absent or whole, whenever it was', async () => {
    const script = bundle(folder, 'target');
    for (let i = 0; i < 12; i++) {
      fs.rmSync(path, { force: true });
      const child = start(script, path, 'new', 'bounded', '20000');
      let said = false;
      child.stdout.once('data', () => {
        said = true;
      });
      child.stdin.end();
      if (i % 2 === 0) await until(() => said || child.exitCode !== null);
      else await new Promise((resolve) => setTimeout(resolve, 60 + i * 10));
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const lines = fs.existsSync(path) ? content().split('\n').length : 0;
      expect([0, 20_001]).toContain(lines);
    }
  });

  it('writes to what standard output is, for /dev/stdout', () => {
    bundle(folder, 'target');
    const line =
      'echo first > shared; $NODE target.mjs /dev/stdout overwrite bounded 2 < /dev/null >> shared';
    bash(line, folder);
    expect(fs.readFileSync(join(folder, 'shared'), 'utf8')).toBe('first\nrow 0\nrow 1\nwritten\n');
  });
});

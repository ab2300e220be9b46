import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStdout } from '../../src/connectors/stdout.ts';
import { bash, bundle, start, temporaryFolder } from './children.ts';

let folder = '';
let pour = '';
beforeAll(() => {
  folder = temporaryFolder();
  pour = bundle(folder, 'pour');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The checksum of what pour.ts writes. */
function expected(megabytes: number, size: number): string {
  const pieces = Math.ceil((megabytes * 2 ** 20) / size);
  const bytes = Buffer.concat(Array.from({ length: pieces }, (_, i) => Buffer.alloc(size, i & 255)));
  fs.writeFileSync(join(folder, 'expected'), bytes);
  return bash('cksum < expected', folder).stdout;
}

describe('standard output', () => {
  it.each([
    ['a pipe', 30, 1 << 16, '| cat'],
    ['a pipe, by pieces larger than it', 30, 300_001, '| cat'],
    ['a pipe, by small pieces', 2, 1000, '| cat'],
    ['a pipe whose reader sleeps first', 5, 1 << 18, '| (sleep 1; cat)'],
    [
      'a pipe that is read in single bytes',
      1,
      1 << 17,
      '| dd bs=1 count=2000 status=none of=head; cat head /dev/null',
    ],
    ['a file', 5, 1 << 18, '> out; cat out'],
    ['a file that is appended to', 5, 1 << 18, '>> appended; cat appended'],
  ])('is written whole to %s, from one buffer', (_, megabytes, size, rest) => {
    const result = bash(`$NODE pour.mjs ${megabytes} ${size} ${rest} | cksum`, folder);
    if (rest.includes('dd')) expect(result.stderr).toBe('reader closed\n');
    else {
      expect(result.stderr).toMatch(/^done/);
      expect(result.stdout).toBe(expected(megabytes, size));
    }
  });

  it('does not spin while the reader sleeps', () => {
    const { stderr } = bash('$NODE pour.mjs 1 200000 | (sleep 2; cat) | cksum', folder);
    expect(Number(stderr.split(' ')[1])).toBeLessThan(1000);
  });

  it('runs signal handlers while the pipe is full', async () => {
    const child = start(pour, '1', '200000');
    // The stream takes what it buffers and no more: the pipe stays full.
    await once(child.stdout, 'readable');
    child.kill('SIGUSR1');
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toBe('signal\n');
    child.stdout.resume();
    await once(child, 'exit');
  });

  it.each(['| head -c 10 > /dev/null', '| true'])('tells that its reader has closed: %s', (rest) => {
    expect(bash(`$NODE pour.mjs 5 65536 ${rest}; wait`, folder).stderr).toBe('reader closed\n');
  });

  it('tells of a full disk', () => {
    if (!fs.existsSync('/dev/full')) return;
    expect(bash('$NODE pour.mjs 1 1000 > /dev/full', folder).stderr).toBe(
      'failed: cannot write standard output: no space left on device\n',
    );
  });

  it('tells that it is closed or cannot be written', () => {
    expect(bash('$NODE pour.mjs 1 1000 1< /dev/null', folder).stderr).toBe(
      'failed: cannot write standard output: bad file descriptor\n',
    );
  });

  it('goes nowhere when it is /dev/null', () => {
    expect(bash('$NODE pour.mjs 50 100000 > /dev/null', folder).stderr).toMatch(/^done/);
  });

  it('writes to a terminal', () => {
    if (process.platform !== 'linux' || bash('command -v script', folder).status !== 0) return;
    const { stdout } = bash("script -qec '$NODE pour.mjs 0.01 10486 2> said' /dev/null | wc -c", folder);
    expect(stdout.trim()).toBe('10486');
  });

  it('keeps the rest of a pipe blocking for other programs', () => {
    const line = '(echo before; $NODE pour.mjs 0.1 65536 2>/dev/null | wc -c; echo after)';
    expect(bash(line, folder).stdout.split('\n')[2]).toBe('after');
  });

  it('tells of a failure when it is closed', async () => {
    const fd = fs.openSync(join(folder, 'closed-behind'), 'w');
    const output = openStdout(fd);
    expect(output.write(Buffer.from('a'))).toBe(undefined);
    fs.closeSync(fd);
    await expect(output.close()).rejects.toMatchObject({
      code: 'failed',
      message: 'cannot write standard output: bad file descriptor',
    });
  });
});

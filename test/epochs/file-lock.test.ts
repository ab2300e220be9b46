import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLock } from '../../src/epochs/file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock on a file', () => {
  it('is had by one at a time, and free again when it is released', async () => {
    const path = join(folder, 'lock');
    const lock = await FileLock.tryTake(path);
    expect(lock).toBeDefined();
    expect(await FileLock.tryTake(path)).toBeUndefined();
    lock!.release();
    const again = await FileLock.tryTake(path);
    expect(again).toBeDefined();
    again!.release();
  });

  it('is free when the process that had it was killed', async () => {
    const path = join(folder, 'lock');
    const child = spawn('flock', ['-n', path, 'sh', '-c', 'echo taken; exec sleep 60'], { detached: true });
    await once(child.stdout, 'data');
    expect(await FileLock.tryTake(path)).toBeUndefined();
    // flock waits for its child: both have the lock until both are gone.
    const gone = once(child, 'exit');
    process.kill(-child.pid!, 'SIGKILL');
    await gone;
    await expect.poll(async () => (await FileLock.tryTake(path)) !== undefined).toBe(true);
  });

  it('says who has it, which nothing depends on', async () => {
    const path = join(folder, 'lock');
    const lock = await FileLock.tryTake(path);
    lock!.sign('a long text of one\n');
    lock!.sign('another\n');
    expect(readFileSync(path, 'utf8')).toBe('another\n');
    lock!.release();
  });
});

describe('a look at a lock', () => {
  it('makes no file', async () => {
    expect(await FileLock.isTaken(join(folder, 'lock'))).toBe(false);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('tells whether somebody has it, and leaves it as it was', async () => {
    const lock = (await FileLock.tryTake(join(folder, 'lock')))!;
    expect(await FileLock.isTaken(join(folder, 'lock'))).toBe(true);
    lock.release();
    expect(await FileLock.isTaken(join(folder, 'lock'))).toBe(false);
    (await FileLock.tryTake(join(folder, 'lock')))!.release();
  });

  it('does not take another look for somebody', async () => {
    writeFileSync(join(folder, 'lock'), '');
    const looks = Array.from({ length: 20 }, () => FileLock.isTaken(join(folder, 'lock')));
    expect(await Promise.all(looks)).toEqual(looks.map(() => false));
  });
});

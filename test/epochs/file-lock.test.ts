import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
    const child = spawn('flock', ['-n', path, 'sh', '-c', 'echo taken; exec sleep 60']);
    await once(child.stdout, 'data');
    expect(await FileLock.tryTake(path)).toBeUndefined();
    // flock waits for its child: both have the lock until both are gone.
    const gone = once(child, 'exit');
    process.kill(child.pid!, 'SIGKILL');
    await gone;
    spawn('pkill', ['-KILL', '-f', 'sleep 60']);
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

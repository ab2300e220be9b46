import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochTarget } from '../../src/connectors/epoch-target.ts';
import { temporaryFolder } from './children.ts';
import { EpochState } from './epoch-state.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe('the target of a sink that keeps state', () => {
  it('is a file exactly once, also one that is not there yet', () => {
    fs.writeFileSync(join(folder, 'old'), '');
    for (const name of ['old', 'new']) {
      expect(epochTarget(join(folder, name), 'new').atLeastOnce).toBeUndefined();
    }
  });

  it('is at least once what takes nothing back', async () => {
    expect(epochTarget(undefined, 'new').atLeastOnce).toBe(true);
    expect(epochTarget('/dev/null', 'new').atLeastOnce).toBe(true);
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const target = epochTarget(fifo, 'new');
    expect(target.atLeastOnce).toBe(true);
    const reader = spawn('cat', [fifo]);
    const closed = once(reader, 'close');
    let read = '';
    reader.stdout.on('data', (bytes) => (read += bytes));
    const state = new EpochState();
    await state.recover(target);
    await state.write(target, 'one\n');
    expect(state.position).toBe(null);
    await target.write(Buffer.from('two\n'));
    await target.end(Buffer.from('the end\n'));
    await target.close();
    await closed;
    expect(read).toBe('one\ntwo\nthe end\n');
  });

  it('is no folder, and not where there is none', () => {
    expect(() => epochTarget(folder, 'new')).toThrow(`cannot write ${folder}: it is a directory`);
    expect(() => epochTarget(join(folder, 'no/out'), 'new')).toThrow('there is no directory');
  });
});

import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EpochFile } from '../../src/connectors/epoch-file.ts';
import type { FileTargetOptions } from '../../src/connectors/file-place.ts';
import { temporaryFolder } from './children.ts';
import { EpochState, Killed } from './epoch-state.ts';

let folder = '';
let path = '';
let state = new EpochState();
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'out.ndjson');
  state = new EpochState();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const NOTHING = Buffer.alloc(0);
const run = (mode: FileTargetOptions['mode'] = 'new', at = path) => state.recover(new EpochFile(at, mode));
const content = (at = path): string => fs.readFileSync(at, 'utf8');
const entries = (): string[] => fs.readdirSync(folder).sort();

/** A run that commits `text` and ends as it should. */
async function wholeRun(text: string, trailer = ''): Promise<void> {
  const target = await run();
  await state.write(target, text);
  await target.end(Buffer.from(trailer));
  await target.close();
}

describe('a file that is written by epochs', () => {
  it('is written in place, and a run that was killed is cut off behind what is committed', async () => {
    const killed = await run();
    await state.write(killed, 'one\n');
    expect(content()).toBe('one\n');
    killed.write(Buffer.from('two\n'));
    await state.prepare(killed);
    killed.write(Buffer.from('thr'));
    expect(content()).toBe('one\ntwo\nthr');
    const next = await run();
    expect(content()).toBe('one\n');
    await state.write(next, 'two\n');
    expect(content()).toBe('one\ntwo\n');
  });

  it('is removed again where nothing of it is committed and it was made by the run', async () => {
    const killed = await run();
    killed.write(Buffer.from('one\n'));
    const next = await run();
    expect(entries()).toEqual([]);
    await state.write(next, '');
    expect(content()).toBe('');
  });

  it('keeps what it had with append, behind a line end of its own', async () => {
    fs.writeFileSync(path, 'old');
    await expect(run()).rejects.toMatchObject({ code: 'usage' });
    const killed = await run('append');
    killed.write(Buffer.from('one\n'));
    expect(content()).toBe('old\none\n');
    const next = await run('append');
    expect(content()).toBe('old');
    await state.write(next, 'one\n');
    const last = await run('append');
    await state.write(last, 'two\n');
    expect(content()).toBe('old\none\ntwo\n');
  });

  it('is replaced with overwrite when the first epoch is committed, with its mode', async () => {
    fs.writeFileSync(path, 'old\n', { mode: 0o604 });
    fs.chmodSync(path, 0o604);
    const killed = await run('overwrite');
    killed.write(Buffer.from('one\n'));
    await state.prepare(killed);
    expect(content()).toBe('old\n');
    const next = await run('overwrite');
    expect(entries()).toEqual(['out.ndjson']);
    next.write(Buffer.from('one\n'));
    await state.prepare(next);
    state.commit();
    // Killed between the commit and the publication.
    expect(content()).toBe('old\n');
    const last = await run('overwrite');
    expect(content()).toBe('one\n');
    expect(entries()).toEqual(['out.ndjson']);
    expect(fs.statSync(path).mode & 0o777).toBe(0o604);
    await state.write(last, 'two\n');
    expect(content()).toBe('one\ntwo\n');
  });

  it('is replaced once, whatever the mode is in later runs', async () => {
    fs.writeFileSync(path, 'old\n');
    const first = await run('overwrite');
    await state.write(first, 'one\n');
    await state.write(first, 'two\n');
    const second = await run('overwrite');
    await state.write(second, 'three\n');
    expect(content()).toBe('one\ntwo\nthree\n');
  });

  it('has the text that ended a run taken off by the next', async () => {
    await wholeRun('one\n', '{"@end":"suspended"}\n');
    expect(content()).toBe('one\n{"@end":"suspended"}\n');
    await wholeRun('two\n', '{"@end":"suspended"}\n');
    expect(content()).toBe('one\ntwo\n{"@end":"suspended"}\n');
    await run();
    expect(content()).toBe('one\ntwo\n');
  });

  it('whose end was written in half has that half taken off', async () => {
    await wholeRun('one\n', '{"@end":"suspended"}\n');
    fs.truncateSync(path, 9);
    await run();
    expect(content()).toBe('one\n');
  });

  it('that ended behind an epoch that was not committed is cut off, also when the next run is killed at once', async () => {
    const first = await run();
    await state.write(first, 'one\n');
    first.write(Buffer.from('two\n'));
    await state.prepare(first);
    await first.end(Buffer.from('the end\n'));
    for (let times = 0; times < 3; times++) {
      await run();
      expect(content()).toBe('one\n');
    }
  });

  it('is cut off behind a killed run, though one before it had ended behind an epoch that was not committed', async () => {
    const first = await run();
    first.write(Buffer.from('one\n'));
    await state.prepare(first);
    await first.end(Buffer.from('the end\n'));
    const killed = await run();
    // Its note stands behind no epoch, that of the end before behind one: the order of epochs is not that of time.
    killed.write(Buffer.from('another, and longer\n'));
    await run();
    expect(entries()).toEqual([]);
  });

  it('that somebody appended to after the end of a run is left as it is, with an error', async () => {
    for (const trailer of ['', '{"@end":"suspended"}\n']) {
      fs.rmSync(path, { force: true });
      state = new EpochState();
      await wholeRun('one\n', trailer);
      fs.appendFileSync(path, 'mine\n');
      await expect(run()).rejects.toMatchObject({
        code: 'failed',
        message: `cannot go on with ${path}: it has been written to by somebody else since the last run`,
        hint: 'put it back as it was; --reset-state begins anew, with --append behind what it holds',
      });
      expect(content()).toBe(`one\n${trailer}mine\n`);
    }
  });

  it.each([
    ['shortened', () => fs.truncateSync(path, 2), 'has been shortened to 2 bytes'],
    ['edited at its beginning', () => edit(0), 'has been changed by somebody else'],
    ['edited at its end', () => edit(8999), 'has been changed by somebody else'],
    ['removed', () => fs.rmSync(path), 'is gone'],
    [
      'replaced by another',
      () => replaceBy(() => fs.writeFileSync(path, text)),
      'was replaced by another file',
    ],
    ['replaced by a folder', () => replaceBy(() => fs.mkdirSync(path)), 'is a directory'],
    ['replaced by a FIFO', () => replaceBy(() => execFileSync('mkfifo', [path])), 'is no regular file'],
  ])('that was %s is left as it is, with an error', async (_, change, why) => {
    await wholeRun(text);
    change();
    await expect(run()).rejects.toMatchObject({
      code: 'failed',
      message: `cannot go on with ${path}: it ${why}`,
    });
  });

  it('that was made, left by a killed run and then replaced by somebody else is not removed', async () => {
    const killed = await run();
    killed.write(Buffer.from('one\n'));
    await killed.close();
    fs.rmSync(path);
    // A file system may give it the inode of the one that was removed.
    fs.writeFileSync(path, 'mine\n');
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('was replaced') });
    expect(content()).toBe('mine\n');
  });

  it('tells at the next barrier that somebody else writes to it, or has moved it', async () => {
    const target = await run();
    await state.write(target, 'one\n');
    fs.appendFileSync(path, 'mine\n');
    await expect(state.prepare(target)).rejects.toMatchObject({
      code: 'failed',
      message: `${path} was written to by somebody else while results were written to it`,
    });
    fs.renameSync(path, `${path}.1`);
    await expect(state.prepare(target)).rejects.toMatchObject({
      message: `${path} was moved or removed while results were written to it`,
    });
  });

  it('goes on at another location as if it were the first, the former one cut off', async () => {
    const second = join(folder, 'second');
    const killed = await run();
    await state.write(killed, 'one\n');
    killed.write(Buffer.from('two\n'));
    const moved = await run('new', second);
    expect(content()).toBe('one\n');
    await state.write(moved, 'two\n');
    expect(content(second)).toBe('two\n');
    await moved.end(NOTHING);
    // What is complete may have been taken away.
    fs.rmSync(second);
    const third = await run('new', join(folder, 'third'));
    await state.write(third, 'three\n');
    expect(entries()).toEqual(['out.ndjson', 'third']);
  });

  it('is found through links', async () => {
    fs.mkdirSync(join(folder, 'real'));
    fs.symlinkSync('real/a', path);
    const killed = await run();
    await state.write(killed, 'one\n');
    killed.write(Buffer.from('two\n'));
    await run();
    expect(content(join(folder, 'real/a'))).toBe('one\n');
    expect(fs.lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it('cannot be where there is no folder', async () => {
    await expect(run('new', join(folder, 'no/out'))).rejects.toMatchObject({
      code: 'failed',
      hint: `make it first: mkdir -p ${join(folder, 'no')}`,
    });
  });
});

const text = 'nine byte'.repeat(1000);

function edit(at: number): void {
  const fd = fs.openSync(path, 'r+');
  fs.writeSync(fd, '#', at);
  fs.closeSync(fd);
}

/** The old file stays, so that its inode is not given out again. */
function replaceBy(make: () => void): void {
  fs.renameSync(path, `${path}.old`);
  make();
}

/** What a run does before it ends, or is killed. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write' as const), bytes: fc.integer({ min: 0, max: 9000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('prepare' as const, 'commit' as const, 'publish' as const) }),
  },
);
const attempt = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  killedAtNote: fc.option(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { nil: undefined }),
  ends: fc.boolean(),
  /** Of what is not committed, the part that power leaves behind. */
  survives: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('a file, whenever its runs are killed', () => {
  it('has what is committed, once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('new' as const, 'append' as const, 'overwrite' as const),
        fc.array(attempt, { minLength: 1, maxLength: 5 }),
        async (mode, attempts) => {
          fs.rmSync(path, { force: true });
          const old = mode === 'new' ? '' : 'old\n';
          if (old !== '') fs.writeFileSync(path, old);
          state = new EpochState();
          let committed = old;
          for (const { steps, killedAtNote, ends, survives } of attempts) {
            const target = await run(mode);
            if (fs.existsSync(path)) expect(content()).toBe(committed);
            else expect(committed).toBe('');
            expect(entries().length).toBeLessThanOrEqual(1);
            state.killAtNote(...(killedAtNote ?? [Number.POSITIVE_INFINITY, false]));
            let written = state.committed === 0 && mode === 'overwrite' ? '' : committed;
            /** What the epoch prepared last is to leave. */
            let wanted: string | undefined;
            let prepared = false;
            try {
              for (const one of steps) {
                if (one.do === 'write') {
                  const piece = String(written.length).repeat(one.bytes).slice(0, one.bytes);
                  target.write(Buffer.from(piece));
                  written += piece;
                  prepared = false;
                } else if (one.do === 'prepare') {
                  await state.prepare(target);
                  wanted = written;
                  prepared = true;
                } else if (wanted !== undefined) {
                  state.commit();
                  committed = wanted;
                  if (one.do === 'publish') await target.publish(state.committed);
                }
              }
              if (ends && prepared) await target.end(Buffer.from('the end\n'));
            } catch (error) {
              if (!(error instanceof Killed)) throw error;
            }
            await target.close();
            if (!prepared || !ends) losePart(survives, committed.length);
          }
          await run(mode);
          if (committed !== '') expect(content()).toBe(committed);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** Power fails: what was not synced is there in part, or as zeros. */
function losePart(survives: number, committed: number): void {
  if (!fs.existsSync(path)) return;
  const { size } = fs.statSync(path);
  if (size <= committed) return;
  fs.truncateSync(path, committed + Math.floor((size - committed) * survives));
  if (survives > 0.5) fs.truncateSync(path, size);
}

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendNote, readNotes } from '../../src/epochs/notes.ts';
import { SourceState } from '../../src/epochs/source-state.ts';
import { forgetSourceHere, noteSourceHere, StageState } from '../../src/epochs/stage-state.ts';
import type { StateReference } from '../../src/stream/marker.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tidemark-state-')), 'state');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notices: string[] = [];
const never = new AbortController().signal;
const openSource = (options: { ifRunning?: 'fail' | 'skip' | 'wait'; reset?: boolean } = {}) =>
  SourceState.open(
    { directory: folder, ifRunning: options.ifRunning ?? 'fail', reset: options.reset ?? false },
    (message) => notices.push(message),
    never,
  );
const referenceOf = (source: SourceState): StateReference => ({
  directory: folder,
  id: source.id,
  attempt: source.attempt,
  epoch: source.restored?.epoch ?? 0,
  stages: ['source'],
});

describe('a state directory', () => {
  it('is made by the first run, keeps its id, and counts attempts', async () => {
    const first = (await openSource())!;
    expect(first.attempt).toBe(1);
    expect(first.restored).toBeUndefined();
    expect(first.nextEpoch).toBe(1);
    first.close();
    const second = (await openSource())!;
    expect(second.attempt).toBe(2);
    expect(second.id).toBe(first.id);
    second.close();
  });

  it('is had by one run: another fails, or skips, or waits', async () => {
    const first = (await openSource())!;
    await expect(openSource()).rejects.toThrow('another run has the state directory');
    expect(await openSource({ ifRunning: 'skip' })).toBeUndefined();
    const waiting = openSource({ ifRunning: 'wait' });
    setTimeout(() => first.close(), 100);
    const second = (await waiting)!;
    expect(second.attempt).toBe(2);
    second.close();
  });

  it('lets stages of a run that has ended publish what is committed, before it takes over', async () => {
    const source = (await openSource())!;
    forgetSourceHere(folder);
    const sink = await StageState.register(referenceOf(source), 'sink', true);
    source.close();
    const next = openSource();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(() => sink.check()).not.toThrow();
    sink.release();
    (await next)!.close();
    expect(() => sink.check()).toThrow('a later run has taken over');
  });

  it('names the last stage of those that have ended: the others end because of it', async () => {
    const source = (await openSource())!;
    // As if the stages were other processes.
    forgetSourceHere(folder);
    const combine = await StageState.register(referenceOf(source), 'combine');
    const sink = await StageState.register(referenceOf(source), 'sink', true);
    expect(await source.stages()).toEqual({ ended: undefined, lastSeen: true });
    combine.release();
    expect(await source.stages()).toEqual({ ended: 'combine', lastSeen: true });
    sink.release();
    expect(await source.stages()).toEqual({ ended: 'sink', lastSeen: true });
    source.close();
  });

  it('never uses the number of an epoch twice, also of one that was not committed', async () => {
    const first = (await openSource())!;
    const stage = await StageState.register(referenceOf(first), 'combine');
    await stage.write(7, 'snapshot', [Buffer.from('x')]);
    stage.release();
    first.close();
    const second = (await openSource())!;
    expect(second.nextEpoch).toBe(8);
    second.close();
  });

  it('begun anew has another id, and nothing of what was', async () => {
    const first = (await openSource())!;
    const stage = await StageState.register(referenceOf(first), 'combine');
    await stage.write(1, 'snapshot', [Buffer.from('x')]);
    await first.directory.writeCommit({
      epoch: 1,
      attempt: 1,
      stages: ['source', 'combine'],
      drained: false,
    });
    stage.release();
    first.close();
    const second = (await openSource({ reset: true }))!;
    expect(second.id).not.toBe(first.id);
    expect(second.restored).toBeUndefined();
    expect(readdirSync(join(folder, 'stages', 'combine'))).toEqual([]);
    second.close();
  });

  it('that cannot be made says why', async () => {
    writeFileSync(folder, 'a file');
    await expect(openSource()).rejects.toThrow(`the state directory ${folder} cannot be used`);
  });
});

describe('a stage', () => {
  it('of an id that another stage of the pipeline has is refused', async () => {
    const source = (await openSource())!;
    forgetSourceHere(folder);
    const stage = await StageState.register(referenceOf(source), 'sink');
    await expect(StageState.register(referenceOf(source), 'sink')).rejects.toThrow(
      'two stages of the pipeline keep their state under the name sink',
    );
    await expect(StageState.register(referenceOf(source), 'source')).rejects.toThrow('two stages');
    stage.release();
    source.close();
  });

  it('of an earlier run writes nothing once a later one has begun, which waits for it', async () => {
    const first = (await openSource())!;
    forgetSourceHere(folder);
    const old = await StageState.register(referenceOf(first), 'combine');
    first.close();
    let begun = false;
    const second = openSource().then((source) => {
      begun = true;
      return source!;
    });
    await expect.poll(() => old.directory.attempt()).toBe(2);
    await expect(old.write(1, 'snapshot', [Buffer.from('x')])).rejects.toThrow('a later run has taken over');
    expect(begun).toBe(false);
    old.release();
    const source = await second;
    await expect(StageState.register(referenceOf(first), 'window')).rejects.toThrow(
      'a later run has taken over',
    );
    source.close();
  });

  it('waits for a commit, and gives up when the source has died', async () => {
    const source = (await openSource())!;
    const reference = referenceOf(source);
    forgetSourceHere(folder);
    const stage = await StageState.register(reference, 'sink');
    const committed = stage.untilCommitted(3);
    await source.directory.writeCommit({ epoch: 3, attempt: 1, stages: [], drained: false });
    await committed;
    const waiting = stage.untilCommitted(4);
    source.close();
    await expect(waiting).rejects.toThrow('the source has ended without committing epoch 4');
    stage.release();
  });

  it('reads the notes behind an epoch, without one that was cut off', async () => {
    const source = (await openSource())!;
    noteSourceHere(folder);
    const stage = await StageState.register(referenceOf(source), 'sink');
    appendNote(stage, 'target', 0, { a: 1 });
    appendNote(stage, 'target', 2, { b: 2 });
    const path = join(stage.folder, '2.notes-target');
    writeFileSync(path, `${'{"attempt":1,"note":{"b":2}}\n'}{"cut`);
    appendNote(stage, 'target', 2, { c: 3 });
    appendNote(stage, 'other', 2, { d: 4 });
    expect(readNotes(stage.folder, 'target', 0)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(readNotes(stage.folder, 'target', 1)).toEqual([{ b: 2 }, { c: 3 }]);
    source.close();
  });

  it('reads notes in the order in which they were made, also where a later run began with an earlier epoch', async () => {
    const first = (await openSource())!;
    noteSourceHere(folder);
    const before = await StageState.register(referenceOf(first), 'sink');
    appendNote(before, 'target', 0, 'begun');
    appendNote(before, 'target', 1, 'ended, and nobody committed 1');
    first.close();
    const second = (await openSource())!;
    noteSourceHere(folder);
    const after = await StageState.register(referenceOf(second), 'sink');
    appendNote(after, 'target', 0, 'begun again');
    expect(readNotes(after.folder, 'target', 0)).toEqual([
      'begun',
      'ended, and nobody committed 1',
      'begun again',
    ]);
    second.close();
  });
});

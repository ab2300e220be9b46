import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFamily } from '../../src/connectors/file-family.ts';
import type { FileTargetOptions } from '../../src/connectors/file-place.ts';
import { temporaryFolder } from './children.ts';
import { frames, tree } from './families.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const open = (names: readonly string[], mode: FileTargetOptions['mode'] = 'new', bounded = true) =>
  FileFamily.open(
    names.map((name) => join(folder, name)),
    { mode, bounded },
  );

describe('many files as a target', () => {
  it('appear together at the commit, in folders that are made', async () => {
    const family = await open(['a/b/one', 'two']);
    family.write(frames([0, '1\n'], [1, '2\n'], [0, '3\n']));
    expect(Object.keys(tree(folder)).every((name) => name.includes('.tidemark-'))).toBe(true);
    await family.commit();
    expect(tree(folder)).toEqual({ 'a/b/one': '1\n3\n', two: '2\n' });
  });

  it('leave no trace when they are abandoned, not even folders', async () => {
    fs.writeFileSync(join(folder, 'two'), '');
    fs.mkdirSync(join(folder, 'a'));
    const family = await open(['a/b/c/one', 'two']);
    family.write(frames([0, '1\n'], [1, '2\n']));
    await family.abandon();
    expect(tree(folder)).toEqual({ two: '' });
    expect(fs.readdirSync(join(folder, 'a'))).toEqual([]);
  });

  it('of a stream without end are written in place', async () => {
    fs.writeFileSync(join(folder, 'two'), 'old');
    const family = await open(['a/one', 'two'], 'append', false);
    family.write(frames([0, '1\n'], [1, '2\n']));
    expect(tree(folder)).toEqual({ 'a/one': '1\n', two: 'old\n2\n' });
    await family.abandon();
    expect(tree(folder)).toEqual({ 'a/one': '1\n', two: 'old\n2\n' });
    const next = await open(['a/one', 'two'], 'overwrite', false);
    next.write(frames([1, '3\n']));
    next.write(frames([1, '4\n']));
    await next.commit();
    expect(tree(folder)).toEqual({ 'a/one': '1\n', two: '3\n4\n' });
  });

  it.each([true, false])(
    'that hold something are left alone, or added to, or replaced (bounded: %s)',
    async (bounded) => {
      for (const [mode, content] of [
        ['append', 'old\nnew\n'],
        ['overwrite', 'new\n'],
      ] as const) {
        fs.writeFileSync(join(folder, 'one'), 'old', { mode: 0o604 });
        fs.chmodSync(join(folder, 'one'), 0o604);
        const refused = await open(['one'], 'new', bounded);
        expect(() => refused.write(frames([0, 'new\n']))).toThrow('exists and is not empty');
        await refused.abandon();
        const family = await open(['one'], mode, bounded);
        family.write(frames([0, 'new\n']));
        await family.commit();
        expect(tree(folder)).toEqual({ one: content });
        expect(fs.statSync(join(folder, 'one')).mode & 0o777).toBe(0o604);
        fs.rmSync(join(folder, 'one'));
      }
    },
  );

  it('are as they were, all of them, when one was changed by somebody else meanwhile', async () => {
    fs.writeFileSync(join(folder, 'two'), 'old\n');
    const family = await open(['one', 'two'], 'append');
    family.write(frames([0, '1\n'], [1, '2\n']));
    fs.appendFileSync(join(folder, 'two'), 'theirs\n');
    await expect(family.commit()).rejects.toMatchObject({
      message: expect.stringContaining('two was changed'),
    });
    expect(tree(folder)).toEqual({ two: 'old\ntheirs\n' });
  });

  it.each([true, false])('may be more than can be open at a time (bounded: %s)', async (bounded) => {
    const names = Array.from({ length: 1500 }, (_, index) => `${index % 7}/${index}`);
    const family = await open(names, 'new', bounded);
    for (const text of ['1\n', '2\n']) {
      family.write(frames(...names.map((_, index): [number, string] => [index, text])));
    }
    const opened = fs.readdirSync('/proc/self/fd').length;
    expect(opened).toBeLessThan(250);
    await family.commit();
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThan(opened - 50);
    const files = tree(folder);
    expect(Object.keys(files)).toHaveLength(1500);
    expect(new Set(Object.values(files))).toEqual(new Set(['1\n2\n']));
  });

  it('cannot be where a folder is, or a file stands for a folder', async () => {
    fs.mkdirSync(join(folder, 'one'));
    fs.writeFileSync(join(folder, 'two'), '');
    const family = await open(['one', 'two/three']);
    expect(() => family.write(frames([0, '1\n']))).toThrow(/one: it is a directory/);
    expect(() => family.write(frames([1, '1\n']))).toThrow(/cannot write .*two\/three: /);
  });
});

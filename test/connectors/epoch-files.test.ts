import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EpochFiles } from '../../src/connectors/epoch-files.ts';
import type { FileTargetOptions } from '../../src/connectors/file-place.ts';
import { temporaryFolder } from './children.ts';
import { EpochState, Killed } from './epoch-state.ts';
import { frames, tree } from './families.ts';

let folder = '';
let state = new EpochState();
beforeEach(() => {
  folder = temporaryFolder();
  state = new EpochState();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const NAMES = ['a/one', 'a/two', 'three', 'four'];
const run = (mode: FileTargetOptions['mode'] = 'new', names: readonly string[] = NAMES) =>
  state.recover(
    new EpochFiles(
      names.map((name) => join(folder, name)),
      mode,
    ),
  );
/** A whole epoch. */
async function epoch(target: EpochFiles, ...parts: readonly [number, string][]): Promise<void> {
  target.write(frames(...parts));
  await state.prepare(target);
  state.commit();
  await target.publish(state.committed);
}

describe('many files that are written by epochs', () => {
  it('are cut off behind what is committed, and removed where nothing of them is', async () => {
    const killed = await run();
    await epoch(killed, [0, '1\n'], [2, '3\n']);
    killed.write(frames([0, '1\n'], [1, '2\n']));
    await state.prepare(killed);
    killed.write(frames([3, '4\n'], [0, '1\n']));
    expect(tree(folder)).toEqual({ 'a/one': '1\n1\n1\n', 'a/two': '2\n', three: '3\n', four: '4\n' });
    const next = await run();
    expect(tree(folder)).toEqual({ 'a/one': '1\n', three: '3\n' });
    expect(NAMES.map((name) => next.knows(join(folder, name)))).toEqual([true, false, true, false]);
    await epoch(next, [0, '2\n'], [1, '2\n']);
    expect(tree(folder)).toEqual({ 'a/one': '1\n2\n', 'a/two': '2\n', three: '3\n' });
  });

  it('that no uncommitted epoch wrote to may be taken away, and are begun anew', async () => {
    const first = await run();
    await epoch(first, [0, '1\n'], [2, '3\n']);
    await first.end(Buffer.alloc(0));
    await first.close();
    fs.rmSync(join(folder, 'three'));
    const killed = await run();
    killed.write(frames([2, 'new\n']));
    const next = await run();
    expect(tree(folder)).toEqual({ 'a/one': '1\n' });
    await epoch(next, [2, 'new\n']);
    await epoch(next, [2, 'more\n']);
    expect(tree(folder)).toEqual({ 'a/one': '1\n', three: 'new\nmore\n' });
    next.write(frames([2, 'lost\n']));
    await run();
    expect(tree(folder)).toEqual({ 'a/one': '1\n', three: 'new\nmore\n' });
  });

  it.each([
    [
      'was edited',
      () => fs.writeFileSync(join(folder, 'three'), '#\n'),
      'it has been changed by somebody else',
    ],
    [
      'was appended to',
      () => fs.appendFileSync(join(folder, 'three'), '#\n'),
      'it has been written to by somebody else',
    ],
    ['was cut', () => fs.truncateSync(join(folder, 'three'), 1), 'it has been shortened to 1 bytes'],
  ])(
    'of which one %s are an error when it comes up again, and are left as they are',
    async (_, change, why) => {
      const first = await run();
      await epoch(first, [0, '1\n'], [2, '3\n']);
      await first.close();
      change();
      const before = tree(folder);
      const next = await run();
      next.write(frames([0, '2\n']));
      expect(() => next.write(frames([2, '4\n']))).toThrow(
        `cannot go on with ${join(folder, 'three')}: ${why}`,
      );
      await run();
      expect(tree(folder)).toEqual(before);
    },
  );

  it('that were appended to between the end of a run and the next are not cut', async () => {
    const first = await run();
    first.write(frames([2, '3\n']));
    await state.prepare(first);
    // The source has died before it could commit.
    await first.end(Buffer.alloc(0));
    fs.appendFileSync(join(folder, 'three'), 'mine\n');
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('since the last run') });
    expect(tree(folder)).toEqual({ three: '3\nmine\n' });
  });

  it('that are in the way are refused, or replaced when their epoch is committed', async () => {
    fs.writeFileSync(join(folder, 'three'), 'old\n', { mode: 0o604 });
    const refused = await run('new');
    expect(() => refused.write(frames([2, '3\n']))).toThrow('exists and is not empty');
    const killed = await run('overwrite');
    killed.write(frames([2, '3\n'], [3, '4\n']));
    await state.prepare(killed);
    killed.write(frames([2, '5\n']));
    expect(fs.readFileSync(join(folder, 'three'), 'utf8')).toBe('old\n');
    const second = await run('overwrite');
    expect(tree(folder)).toEqual({ three: 'old\n' });
    second.write(frames([2, '3\n']));
    await state.prepare(second);
    second.write(frames([2, '5\n']));
    state.commit();
    // Killed before the publication, and in the middle of the next epoch.
    const third = await run('overwrite');
    expect(tree(folder)).toEqual({ three: '3\n' });
    await epoch(third, [2, '5\n']);
    expect(tree(folder)).toEqual({ three: '3\n5\n' });
  });

  it('may be more than can be open at a time', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `${index % 7}/${index}`);
    const all = names.map((_, index): [number, string] => [index, '1\n']);
    const killed = await run('new', names);
    await epoch(killed, ...all);
    killed.write(frames(...all));
    await state.prepare(killed);
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThan(250);
    await killed.close();
    const next = await run('new', names);
    await epoch(next, ...all);
    expect(new Set(Object.values(tree(folder)))).toEqual(new Set(['1\n1\n']));
  });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      parts: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9000 })), {
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('prepare' as const, 'commit' as const, 'publish' as const) }),
  },
);
const attempt = fc.record({
  steps: fc.array(step, { maxLength: 10 }),
  killedAtNote: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { nil: undefined }),
  ends: fc.boolean(),
});

describe('many files, whenever their runs are killed', () => {
  it('have what is committed, once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('new' as const, 'append' as const, 'overwrite' as const),
        fc.array(attempt, { minLength: 1, maxLength: 5 }),
        async (mode, attempts) => {
          for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name), { recursive: true });
          state = new EpochState();
          let committed: Record<string, string> = mode === 'new' ? {} : { four: 'old\n', three: 'old\n' };
          for (const [name, text] of Object.entries(committed)) fs.writeFileSync(join(folder, name), text);
          /** Files whose old text an epoch that counts has replaced, or kept. */
          let ours = new Set<string>();
          for (const { steps, killedAtNote, ends } of attempts) {
            const target = await run(mode);
            expect(filled(tree(folder))).toEqual(committed);
            state.killAtNote(...(killedAtNote ?? [Number.POSITIVE_INFINITY, false]));
            const written = { ...committed };
            const touched = new Set(ours);
            let wanted: [Record<string, string>, Set<string>] | undefined;
            try {
              for (const one of steps) {
                if (one.do === 'write') {
                  const parts = one.parts.map(([file, size]): [number, string] => [file, 'x'.repeat(size)]);
                  target.write(frames(...parts));
                  for (const [file, text] of parts) {
                    const name = NAMES[file]!;
                    if (mode === 'overwrite' && !touched.has(name)) written[name] = '';
                    touched.add(name);
                    written[name] = (written[name] ?? '') + text;
                  }
                } else if (one.do === 'prepare') {
                  // One epoch at a time waits for its commit.
                  if (wanted !== undefined) continue;
                  await state.prepare(target);
                  wanted = [{ ...written }, new Set(touched)];
                } else if (wanted !== undefined) {
                  state.commit();
                  [committed, ours] = wanted;
                  wanted = undefined;
                  if (one.do === 'publish') await target.publish(state.committed);
                }
              }
              if (ends && wanted === undefined) await target.end(Buffer.alloc(0));
            } catch (error) {
              if (!(error instanceof Killed)) throw error;
            }
            await target.close();
          }
          await run(mode);
          expect(filled(tree(folder))).toEqual(committed);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** A run that is killed before its note is durable leaves empty files that it has made. */
const filled = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ''));

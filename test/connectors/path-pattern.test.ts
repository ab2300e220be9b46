import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathsMatching } from '../../src/connectors/path-pattern.ts';

const FILES = [
  'a.log',
  'b.log',
  'ab',
  '.hidden',
  'x-y',
  'a]b',
  'B',
  'é',
  '[',
  'a*b',
  'sub/a.log',
  'sub/.h',
  'sub/deep/b',
];

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
  for (const name of FILES) {
    fs.mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), '');
  }
  fs.symlinkSync('nowhere', path.join(folder, 'dangling'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  fs.rmSync(folder, { recursive: true });
});

describe('a pattern of paths', () => {
  it('matches within folders, from the root too', () => {
    expect(pathsMatching('*/*.log')).toEqual(['sub/a.log']);
    expect(pathsMatching(`${folder}/[ab].log`)).toEqual([`${folder}/a.log`, `${folder}/b.log`]);
    expect(pathsMatching('nowhere/*')).toEqual([]);
    expect(pathsMatching('a.log/*')).toEqual([]);
  });

  it('matches what sh matches', () => {
    const pieces = fc.constantFrom(
      ...[
        '*',
        '?',
        '[ab]',
        '[!ab]',
        '[a-z]',
        '[!a-z]',
        '[z-a]',
        '[]]',
        '[!]]',
        '[x-]',
        '[',
        ']',
        '\\*',
        '\\[',
        '/',
      ],
      ...['a', 'b', '.', '.log', 'sub', 'é', '-', '!', 'h'],
    );
    const patterns = fc
      .array(pieces, { minLength: 1, maxLength: 5 })
      .map((drawn) => drawn.join(''))
      // What `[.` means in brackets without `.]` behind it POSIX leaves open, and shells differ.
      .filter((text) => !/^[/]|[/][/]|\[.*\[[.!]/.test(text) && /[*?[]/.test(text.replaceAll(/\\./g, '')));
    fc.assert(
      fc.property(fc.array(patterns, { minLength: 30, maxLength: 30 }), (drawn) => {
        const script = drawn.map((text) => `printf '%s\\0' ${text} ''\n`).join('');
        const { stdout } = spawnSync('bash', ['--posix', '-c', script], {
          env: { ...process.env, LC_ALL: 'C.UTF-8' },
        });
        const lists = stdout.toString().split('\0\0').slice(0, -1);
        expect(lists).toHaveLength(drawn.length);
        drawn.forEach((text, index) => {
          const found = pathsMatching(text);
          const alone = text.replaceAll(/\\(.)/g, '$1');
          const expected = lists[index]!.split('\0');
          expect([text, found.length === 0 ? [alone] : found]).toEqual([text, expected]);
        });
      }),
      { numRuns: 20 },
    );
  });
});

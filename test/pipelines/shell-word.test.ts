import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellWord } from '../../src/pipelines/shell-word.ts';
import { wordsOf } from './words.ts';

const words = fc.array(
  fc
    .string({
      unit: fc.oneof(fc.constantFrom(...' \t\n\'"\\$`|;&<>()*?[]#~=!{}-'), fc.string({ minLength: 1 })),
    })
    .map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 20 },
);

it('a word is read back as it was, by a shell and by tm run', () => {
  fc.assert(
    fc.property(words, (drawn) => {
      const text = drawn.map(shellWord).join(' ');
      expect(wordsOf(`w ${text}`)).toEqual([['w', ...drawn]]);
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${text}`]);
      expect(stdout.toString().split('\0').slice(0, -1)).toEqual(drawn);
    }),
    { numRuns: 60 },
  );
});

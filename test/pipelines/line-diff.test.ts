import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from '../../src/pipelines/line-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });

/** The length of a longest common subsequence, as it is defined. */
function longest(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  if (a[0] === b[0]) return 1 + longest(a.slice(1), b.slice(1));
  return Math.max(longest(a.slice(1), b), longest(a, b.slice(1)));
}

describe('the difference of two texts', () => {
  it('has all lines of both in their order', () => {
    fc.assert(
      fc.property(lines, lines, (expected, found) => {
        const diff = diffLines(expected, found);
        const without = (kind: string) => diff.filter((each) => each.kind !== kind).map(({ text }) => text);
        expect(without('found')).toEqual(expected);
        expect(without('expected')).toEqual(found);
      }),
    );
  });

  it('has as few lines that differ as can be', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 }),
        (expected, found) => {
          const same = diffLines(expected, found).filter(({ kind }) => kind === 'same');
          expect(same).toHaveLength(longest(expected, found));
        },
      ),
    );
  });

  it('takes lines of equal keys for equal, and shows them as they were found', () => {
    expect(diffLines(['A', 'b'], ['a', 'c'], (line) => line.toLowerCase())).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'expected', text: 'b' },
      { kind: 'found', text: 'c' },
    ]);
  });

  it('of texts that have thousands of lines and nothing in common takes no time', () => {
    const many = (name: string): string[] => Array.from({ length: 20_000 }, (_, index) => `${name}${index}`);
    expect(diffLines(many('a'), many('b'))).toHaveLength(40_000);
  });
});

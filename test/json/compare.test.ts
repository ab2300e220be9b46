import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareValues } from '../../src/json/compare.ts';
import { framed, valueText } from './json-text.ts';

const compare = (x: string, y: string): number => {
  const a = framed(x, '{"a":', '"z');
  const b = framed(y, '', '}0');
  return Math.sign(compareValues(a.b, a.start, a.end, b.b, b.start, b.end));
};

describe('compareValues', () => {
  it('orders null, false, true, numbers, strings, lists and objects', () => {
    const ordered = [
      'null',
      'false',
      'true',
      '-1E400',
      '-1.5',
      '0',
      '0.5',
      '2',
      '10',
      '1E400',
      '""',
      '"10"',
      '"2"',
      '"\\uffff"',
      '"😀"',
      // By bytes: a digit stands before `]`, a point before `}`.
      '[10]',
      '[2]',
      '[]',
      '{"a":1.0}',
      '{"a":1}',
      '{}',
    ];
    for (let i = 0; i < ordered.length; i++) {
      for (let k = 0; k < ordered.length; k++) {
        expect(compare(ordered[i]!, ordered[k]!), `${ordered[i]} ${ordered[k]}`).toBe(Math.sign(i - k));
      }
    }
  });

  it('takes an empty span for null', () => {
    expect(compare('', '')).toBe(0);
    expect(compare('', 'null')).toBe(0);
    expect(compare('null', '')).toBe(0);
    expect(compare('', 'false')).toBe(-1);
    expect(compare('0', '')).toBe(1);
  });

  it('orders lists and objects by their bytes, and calls them equal only so', () => {
    expect(compare('[1]', '[1.0]')).not.toBe(0);
    expect(compare('[1]', '[ 1]')).not.toBe(0);
    expect(compare('["a"]', '["\\u0061"]')).not.toBe(0);
    expect(compare('[1]', '[1]')).toBe(0);
    expect(compare('[1,2]', '[1]')).toBe(-1);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(valueText, valueText, valueText, (x, y, z) => {
        expect(compare(x, x)).toBe(0);
        expect(compare(x, y) + compare(y, x)).toBe(0);
        const [low, , high] = [x, y, z].sort(compare) as [string, string, string];
        expect(compare(low, high)).toBeLessThanOrEqual(0);
        if (compare(x, y) === 0) expect(compare(x, z)).toBe(compare(y, z));
      }),
      { numRuns: 1000 },
    );
  });
});

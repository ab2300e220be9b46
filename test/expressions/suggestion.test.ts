import { describe, expect, it } from 'vitest';
import { editDistance, nearestWord } from '../../src/expressions/suggestion.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['sum', 'sum', 0],
    ['sum', '', 3],
    ['sume', 'sum', 1],
    ['smu', 'sum', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearestWord', () => {
  it('finds what was meant', () => {
    expect(nearestWord('quantil', ['count', 'quantile'])).toBe('quantile');
    expect(nearestWord('COUNT', ['count', 'quantile'])).toBe('count');
  });

  it('finds nothing when nothing is near', () => {
    expect(nearestWord('zebra', ['count', 'quantile'])).toBeUndefined();
  });
});

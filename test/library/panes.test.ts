import { describe, expect, it } from 'vitest';
import { combine, pipeline, source, TidemarkError, window } from '../../src/index.ts';

const visits = [
  { at: '2026-01-01T00:00:01Z' },
  { at: '2026-01-01T00:00:30Z' },
  { at: '2026-01-01T00:01:10Z' },
  { at: '2026-01-01T00:00:40Z' },
];

describe('windows of a program', () => {
  it('fire more than once where they are told to, and each result says which it is', async () => {
    const read = source(visits, { time: 'at', delay: '0s' });
    const minutes = window.fixed('1m', { early: 'count 2', lateness: '1h', mode: 'accumulate' });
    const told: unknown[] = [];
    for await (const { pane, value } of pipeline([read, minutes, combine({ n: 'count' })]))
      told.push([pane?.index, pane?.timing, pane?.last, value.n]);
    expect(told).toEqual([
      [0, 'early', false, 2],
      [1, 'on-time', false, 2],
      [2, 'late', false, 3],
      [0, 'on-time', true, 1],
    ]);
  });

  it('take their options in every kind', () => {
    for (const make of [
      () => window.session('1m', { trigger: 'repeat(count(2))', mode: 'discard' }),
      () => window.sliding('2m', { every: '1m', late: 'each', lateness: '1h', mode: 'discard' }),
      () => window.calendar('day', { early: 'every 1h', mode: 'discard', onTime: 'if-any' }),
      () => window.global({ trigger: 'repeat(delay(5s))', mode: 'discard', closing: 'always' }),
    ])
      expect(make).not.toThrow();
  });

  it('refuse a trigger with its place', () => {
    const make = (): unknown => window.fixed('1m', { trigger: 'repeat(coutn(2))' });
    expect(make).toThrow(TidemarkError);
    expect(make).toThrow(
      "trigger: 'coutn' is no trigger (did you mean count?), at character 8 of 'repeat(coutn(2))'",
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Literal } from '../../src/aggregates/aggregate.ts';
import { aggregates, findAggregate } from '../../src/aggregates/registry.ts';
import { TidemarkError } from '../../src/errors.ts';
import { referenceCountOfEvents, sampleOf } from '../reference/aggregates.ts';
import { GroupTable } from './group-table.ts';

function result(name: string, texts: readonly string[], literals: readonly Literal[] = []): string {
  const table = new GroupTable(findAggregate(name)!, literals);
  table.add(
    texts.map((text, i) => sampleOf(text, i, i)),
    texts.map(() => [0]),
  );
  return table.result(0);
}

describe('results', () => {
  const cases: [name: string, literals: Literal[], texts: string[], result: string][] = [
    ['count', [], ['1', 'null', '"a"', 'false'], '3'],
    ['sum', [], ['1', '2', 'null', '3'], '6'],
    ['sum', [], ['9007199254740991', '1', '1'], '9007199254740993'],
    ['sum', [], ['18446744073709551615', '18446744073709551615'], '36893488147419103230'],
    ['sum', [], ['9007199254740992', '-9007199254740991'], '1'],
    ['sum', [], ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7'], '2.8'],
    ['sum', [], ['1e100', '1', '-1e100'], '1'],
    ['sum', [], ['1e308', '1e308', '-1e308', '5e-324'], '1e+308'],
    ['sum', [], ['1e308', '1e308'], '2e308'],
    ['sum', [], ['-0.0', '-0.0'], '0'],
    ['sum', [], ['9007199254740993', '0.0'], '9007199254740992'],
    ['sum', [], ['9007199254740993', '5e-324'], '9007199254740994'],
    ['mean', [], ['1', '2'], '1.5'],
    ['mean', [], ['1e308', '1e308'], '1e+308'],
    ['mean', [], ['0.1', '0.1', '0.1'], '0.1'],
    ['mean', [], ['5e-324', '0.0'], '0'],
    ['min', [], ['3', '1.10', '2', '1.1'], '1.10'],
    ['min', [], ['"b"', '"a"', 'null'], '"a"'],
    ['min', [], ['"b"', '7', '[1]', 'true'], 'true'],
    ['max', [], ['18446744073709551614', '18446744073709551615'], '18446744073709551615'],
    ['max', [], ['1.0', '1', '1e0'], '1.0'],
    ['max', [], ['-0', '0'], '-0'],
    ['first', [], ['null', '1.50', '2'], '1.50'],
    ['last', [], ['1', '{"a": [1]}', 'null'], '{"a": [1]}'],
    ['list', [], ['2', '1.0', 'null', '"x"'], '[2,1.0,"x"]'],
    ['set', [], ['"b"', '2', '1.0', '"b"', '2.0', 'null', 'false'], '[false,1.0,2,"b"]'],
    ['distinct', [], ['1', '1.0', '1e0', '"1"', 'null'], '2'],
    ['quantile', [0.5], ['4', '1', '3', '2'], '2'],
    ['quantile', [0.07], Array.from({ length: 100 }, (_, i) => String(i + 1)), '7'],
    ['quantile', [1], ['18446744073709551615', '1.5', '3'], '18446744073709551615'],
    ['quantile', [1e-7], ['2.0', '5'], '2'],
    [
      'topk',
      [2],
      ['"a"', '"b"', '"c"', '"c"', '"b"', '"d"'],
      '[{"value":"b","count":2},{"value":"c","count":2}]',
    ],
    ['variance', [], ['2', '4', '4', '4', '5', '5', '7', '9'], '4.571428571428571'],
    ['variance', [], ['1e9', '1000000001', '1000000002'], '1'],
    ['variance', [], ['7'], 'null'],
    ['variance', [], ['1e200', '-1e200'], '1.9999999999999999e400'],
    ['stddev', [], ['1', '2', '3', '4'], String(Math.sqrt(5 / 3))],
    ['stddev', [], ['1e200', '-1e200'], String(Math.SQRT2 * 1e200)],
    ['stddev', [], ['0.1', '0.1', '0.1'], '0'],
  ];

  it.each(cases)('%s%j of %j is %s', (name, literals, texts, expected) => {
    expect(result(name, texts, literals)).toBe(expected);
  });

  it('counts events, whatever they hold, without a field', () => {
    const samples = ['1', 'null', '"a"'].map((text, i) => sampleOf(text, i, i));
    const table = new GroupTable(findAggregate('count')!, [], false);
    table.add(
      samples,
      samples.map(() => [0]),
    );
    expect(table.result(0)).toBe(referenceCountOfEvents(samples));
  });

  it('takes ties of time by position in the stream, also across batches', () => {
    for (const [name, expected] of [
      ['first', '1'],
      ['last', '3'],
      ['list', '[1,2,3]'],
    ] as const) {
      const table = new GroupTable(findAggregate(name)!);
      table.add([sampleOf('2', 5, 11), sampleOf('3', 5, 12)], [[0], [0]]);
      table.add([sampleOf('1', 5, 10)], [[0]]);
      expect(table.result(0)).toBe(expected);
    }
  });

  it('holds many distinct values', () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `"value ${(i * 7919) % 2500}"`);
    expect(result('distinct', texts)).toBe('2500');
    expect(JSON.parse(result('set', texts))).toEqual(
      [...new Set(texts.map((text) => JSON.parse(text)))].sort(),
    );
    expect(result('topk', [...texts, '"value 77"'], [1])).toBe('[{"value":"value 77","count":3}]');
  });

  it('sums and squares exactly over many rows', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => String((i + 1) / 100));
    expect(result('sum', texts)).toBe('2000100');
    expect(result('mean', [...texts, ...texts.map((text) => `-${text}`)])).toBe('0');
  });
});

describe('the registry', () => {
  it('finds every aggregate by its name, once', () => {
    for (const aggregate of aggregates) expect(findAggregate(aggregate.name)).toBe(aggregate);
    expect(new Set(aggregates.map(({ name }) => name)).size).toBe(aggregates.length);
    expect(findAggregate('nothing')).toBeUndefined();
  });

  it('gives each a usage with its name and a summary of one line', () => {
    for (const { name, usage, summary } of aggregates) {
      expect(usage.startsWith(`${name}(`)).toBe(true);
      expect(summary).toMatch(/^[a-z][^\n]*[^.\n]$/);
    }
  });
});

describe('literal arguments', () => {
  it.each([
    ['quantile', 1.5],
    ['quantile', -0.1],
    ['quantile', 'x'],
    ['quantile', Number.NaN],
    ['topk', 0],
    ['topk', 2.5],
    ['topk', '3'],
  ])('refuses %s of %j as wrong usage', (name, literal) => {
    const check = () => findAggregate(name)!.check([literal]);
    expect(check).toThrow(TidemarkError);
    expect(check).toThrow(new RegExp(`^${name} wants `));
  });

  it('hints at the fraction when a percentage was meant', () => {
    expect(() => findAggregate('quantile')!.check([95])).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'write 0.95 for the 95th percentile' }),
    );
  });
});

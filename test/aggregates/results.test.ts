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

/** Pairs (y, x) whose statistics are known. */
const ANSCOMBE: [string, string][] = [
  ['8.04', '10'],
  ['6.95', '8'],
  ['7.58', '13'],
  ['8.81', '9'],
  ['8.33', '11'],
  ['9.96', '14'],
  ['7.24', '6'],
  ['4.26', '4'],
  ['10.84', '12'],
  ['4.82', '7'],
  ['5.68', '5'],
];

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
    ['var_pop', [], ['2', '4', '4', '4', '5', '5', '7', '9'], '4'],
    ['var_pop', [], ['7'], '0'],
    ['stddev_pop', [], ['2', '4', '4', '4', '5', '5', '7', '9'], '2'],
    // The example of SciPy's stats.skew, and what its bias=False and stats.kurtosis give for the same values.
    ['skewness_pop', [], ['2', '8', '0', '4', '1', '9', '9', '0'], '0.2650554122698573'],
    ['skewness', [], ['2', '8', '0', '4', '1', '9', '9', '0'], '0.33058218040797466'],
    ['skewness', [], ['1', '2'], 'null'],
    ['skewness', [], ['0.1', '0.1', '0.1'], 'null'],
    ['skewness', [], ['1', '2', '3'], '0'],
    ['kurtosis_pop', [], ['2', '8', '0', '4', '1', '9', '9', '0'], '-1.6660010752838508'],
    ['kurtosis', [], ['2', '8', '0', '4', '1', '9', '9', '0'], '-2.098602258096087'],
    ['kurtosis', [], ['1', '2', '3', '4'], '-1.2'],
    ['kurtosis', [], ['1e15', '1000000000000001', '1000000000000002', '1000000000000003'], '-1.2'],
    ['kurtosis', [], ['1', '2', '3'], 'null'],
    ['median', [], ['4', '1', '3', '2'], '2.5'],
    ['median', [], ['0.1', '0.3', '0.2'], '0.2'],
    ['median', [], ['1e308', '1.5e308'], '1.25e+308'],
    ['median', [], ['18446744073709551615', '18446744073709551615'], '18446744073709551615'],
    ['median', [], ['null'], 'null'],
    ['quantile', [0.25, 'linear'], ['10', '20', '30', '40'], '17.5'],
    ['quantile', [0.1, 'linear'], ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'], '1'],
    ['quantile', [0.5, 'nearest'], ['4', '1', '3', '2'], '2'],
    ['quantiles', [0.5, 0.25, 1], ['4', '1', '3', '2'], '[2,1,4]'],
    ['quantiles', [0.5, 0.25, 'linear'], ['4', '1', '3', '2'], '[2.5,1.75]'],
    ['quantiles', [0.5], ['null'], 'null'],
    ['null_count', [], ['1', 'null', '"a"', 'null'], '2'],
    ['any_value', [], ['null', '"a"', '"a"'], '"a"'],
    ['mode', [], ['"b"', '"a"', '"b"', '"a"', '"c"'], '"a"'],
    ['mode', [], ['1', '1.0', '2'], '1'],
    ['antimode', [], ['"b"', '"a"', '"b"', '"c"'], '"a"'],
    [
      'string_agg',
      [', '],
      ['"a"', '1.50', 'null', 'true', '[1,"x"]'],
      String.raw`"a, 1.50, true, [1,\"x\"]"`,
    ],
    ['string_agg', [], ['"a"', '"b"'], '"a,b"'],
    ['string_agg', ['"'], [String.raw`"\n"`, '"é"'], String.raw`"\n\"é"`],
    ['string_agg', [], ['null'], 'null'],
    ['bool_and', [], ['true', 'null', 'true'], 'true'],
    ['bool_and', [], ['true', 'false'], 'false'],
    ['bool_or', [], ['false', 'true'], 'true'],
    ['bool_or', [], ['null'], 'null'],
    ['bit_and', [], ['12', '10'], '8'],
    ['bit_and', [], ['-1', '18446744073709551615'], '18446744073709551615'],
    ['bit_or', [], ['1', '36893488147419103232'], '36893488147419103233'],
    ['bit_or', [], ['2147483648', '1'], '2147483649'],
    ['bit_xor', [], ['5', '3', '-1'], '-7'],
    ['bit_xor', [], ['null'], 'null'],
    [
      'histogram',
      [0, 10],
      ['-1', '0', '9.99', '10', '18446744073709551615', 'null'],
      '[{"from":null,"to":0,"count":1},{"from":0,"to":10,"count":2},{"from":10,"to":null,"count":2}]',
    ],
    [
      'histogram',
      [9007199254740992],
      ['9007199254740991', '9007199254740993'],
      '[{"from":null,"to":9007199254740992,"count":1},{"from":9007199254740992,"to":null,"count":1}]',
    ],
    [
      'bins',
      [0, 0.3, 3],
      ['0.1', '0.2', '0.3'],
      '[{"from":null,"to":0,"count":0},{"from":0,"to":0.1,"count":0},{"from":0.1,"to":0.2,"count":1},{"from":0.2,"to":0.3,"count":1},{"from":0.3,"to":null,"count":1}]',
    ],
    ['sample', [5], ['1', '2.0', 'null'], '[1,2.0]'],
  ];

  it.each(cases)('%s%j of %j is %s', (name, literals, texts, expected) => {
    expect(result(name, texts, literals)).toBe(expected);
  });

  const pairs: [name: string, texts: [string, string][], result: string][] = [
    // Anscombe's first set (1973).
    ['corr', ANSCOMBE, '0.8164205163448398'],
    ['regr_slope', ANSCOMBE, '0.5000909090909091'],
    ['regr_intercept', ANSCOMBE, '3.000090909090909'],
    ['regr_r2', ANSCOMBE, '0.6665424595087749'],
    [
      'regr_count',
      [
        ['1', '2'],
        ['null', '2'],
        ['1', 'null'],
      ],
      '1',
    ],
    [
      'covar_pop',
      [
        ['1', '10'],
        ['2', '20'],
        ['3', '30'],
      ],
      '6.666666666666667',
    ],
    [
      'covar_samp',
      [
        ['1', '10'],
        ['2', '20'],
        ['3', '30'],
      ],
      '10',
    ],
    [
      'covar_samp',
      [
        ['1', '10'],
        ['2', 'null'],
      ],
      'null',
    ],
    [
      'covar_samp',
      [
        ['1e9', '1e9'],
        ['1000000001', '1000000001'],
        ['1000000002', '1000000002'],
      ],
      '1',
    ],
    [
      'corr',
      [
        ['1', '1'],
        ['2', '1'],
      ],
      'null',
    ],
    [
      'corr',
      [
        ['0.1', '3'],
        ['0.2', '2'],
        ['0.3', '1'],
      ],
      '-1',
    ],
    [
      'corr',
      [
        ['1e-300', '1e300'],
        ['2e-300', '2e300'],
        ['3e-300', '3e300'],
      ],
      '1',
    ],
    [
      'regr_r2',
      [
        ['1', '1'],
        ['1', '2'],
      ],
      '1',
    ],
    [
      'regr_slope',
      [
        ['1', '1'],
        ['2', '1'],
      ],
      'null',
    ],
    [
      'weighted_mean',
      [
        ['1', '3'],
        ['2', '1'],
        ['5', 'null'],
        ['null', '5'],
      ],
      '1.25',
    ],
    [
      'weighted_mean',
      [
        ['0.1', '0.1'],
        ['0.1', '0.7'],
      ],
      '0.1',
    ],
    [
      'weighted_mean',
      [
        ['1', '1'],
        ['2', '-1'],
      ],
      'null',
    ],
    [
      'weighted_mean',
      [
        ['18446744073709551615', '2'],
        ['18446744073709551617', '2'],
      ],
      '18446744073709552000',
    ],
    [
      'arg_max',
      [
        ['"a"', '1'],
        ['"b"', '3'],
        ['"c"', '3.0'],
        ['null', '9'],
        ['"d"', 'null'],
      ],
      '"b"',
    ],
    [
      'arg_min',
      [
        ['[1]', '"b"'],
        ['{"x":1}', '"a"'],
      ],
      '{"x":1}',
    ],
    [
      'arg_max',
      [
        ['1', '18446744073709551614'],
        ['2', '18446744073709551615'],
      ],
      '2',
    ],
    ['arg_min', [['1', 'null']], 'null'],
  ];

  it.each(pairs)('%s of %j is %s', (name, texts, expected) => {
    const table = new GroupTable(findAggregate(name)!);
    table.add(
      texts.map(([text, second], i) => sampleOf(text, i, i, second)),
      texts.map(() => [0]),
    );
    expect(table.result(0)).toBe(expected);
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

describe('sample', () => {
  const draw = (from: number, wanted: number, seed: number): number[] => {
    const table = new GroupTable(findAggregate('sample')!, [wanted, seed]);
    const samples = Array.from({ length: 200 }, (_, i) => sampleOf(String(from + i), from + i, i));
    table.add(
      samples,
      samples.map(() => [0]),
    );
    return JSON.parse(table.result(0));
  };

  it('draws as many as are wanted, in the order of time, and others with another seed', () => {
    const drawn = draw(0, 20, 0);
    expect(new Set(drawn).size).toBe(20);
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
    expect(draw(0, 20, 0)).toEqual(drawn);
    expect(draw(0, 20, 1)).not.toEqual(drawn);
  });

  it('draws many of many, and each once however often it came', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => sampleOf(String(i % 10_000), i % 10_000, i));
    const table = new GroupTable(findAggregate('sample')!, [4000]);
    table.add(
      texts,
      texts.map(() => [0]),
    );
    const drawn: number[] = JSON.parse(table.result(0));
    expect(drawn).toHaveLength(4000);
    expect(new Set(drawn).size).toBe(4000);
  });

  it('draws every event about as often as any other', () => {
    const times = new Array<number>(200).fill(0);
    for (let seed = 0; seed < 1000; seed++) for (const value of draw(0, 20, seed)) times[value]!++;
    // Binomial with a mean of 100 and a deviation of 9.5: five of these each way.
    expect(Math.min(...times)).toBeGreaterThan(52);
    expect(Math.max(...times)).toBeLessThan(148);
    const deviation = times.reduce((sum, count) => sum + (count - 100) ** 2, 0) / 200;
    expect(deviation).toBeGreaterThan(60);
    expect(deviation).toBeLessThan(130);
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
    ['quantiles', 1.5],
    ['quantiles', 'linear'],
    ['histogram', 'x'],
    ['bins', 'x'],
    ['sample', 0],
    ['string_agg', 3],
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregates } from '../../src/aggregates/registry.ts';
import { TidemarkError } from '../../src/errors.ts';
import { aliasOf } from '../../src/expressions/aggregate-aliases.ts';
import {
  parseAggregateArgument,
  parseResultArgument,
  parseResultArguments,
} from '../../src/expressions/aggregate-argument.ts';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';

provideLanguage(language);

function parsed(argument: string): [string, string, (string | number)[][], unknown[]] {
  const { name, definition, fields, literals } = parseAggregateArgument(argument);
  return [name, definition.name, fields.map(({ steps }) => [...steps]), literals];
}

function failure(
  argument: string,
  parse: (argument: string) => unknown = parseAggregateArgument,
): { message: string; hint: string | undefined } {
  try {
    parse(argument);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage')
      return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error(`'${argument}' was accepted`);
}

describe('an aggregate argument', () => {
  it.each([
    ['n=count', ['n', 'count', [], []]],
    ['n = count()', ['n', 'count', [], []]],
    ['count', ['count', 'count', [], []]],
    ['count( )', ['count', 'count', [], []]],
    ['count(status)', ['count_status', 'count', [['status']], []]],
    ['volume = sum(bytes)', ['volume', 'sum', [['bytes']], []]],
    ['  volume  =  sum ( bytes )  ', ['volume', 'sum', [['bytes']], []]],
    ['p95 = quantile(bytes, 0.95)', ['p95', 'quantile', [['bytes']], [0.95]]],
    [
      'quantile(bytes, 0.5, "linear")',
      ['quantile_bytes_0_5_linear', 'quantile', [['bytes']], [0.5, 'linear']],
    ],
    ['quantiles(bytes, 0.5, 0.9)', ['quantiles_bytes_0_5_0_9', 'quantiles', [['bytes']], [0.5, 0.9]]],
    ['string_agg(path, ", ")', ['string_agg_path', 'string_agg', [['path']], [', ']]],
    ['arg_max(path, bytes)', ['arg_max_path_bytes', 'arg_max', [['path'], ['bytes']], []]],
    ['bins(bytes, -1, 1e3, 5)', ['bins_bytes__1_1000_5', 'bins', [['bytes']], [-1, 1000, 5]]],
    ['topk(path,5)', ['topk_path_5', 'topk', [['path']], [5]]],
    ['sum(user.id)', ['sum_user_id', 'sum', [['user', 'id']], []]],
    ['max(peers[0].id)', ['max_peers_0_id', 'max', [['peers', 0, 'id']], []]],
    ['sum(["user-id"])', ['sum_user_id', 'sum', [['user-id']], []]],
    ['sum(["a,b)=("])', ['sum_a_b_', 'sum', [['a,b)=(']], []]],
    ['quantile(bytes, 0.95)', ['quantile_bytes_0_95', 'quantile', [['bytes']], [0.95]]],
    ['quantile(bytes, .5)', ['quantile_bytes_0_5', 'quantile', [['bytes']], [0.5]]],
    ['max(größe)', ['max_größe', 'max', [['größe']], []]],
    [
      '95th percentile, bytes = quantile(bytes, 0.95)',
      ['95th percentile, bytes', 'quantile', [['bytes']], [0.95]],
    ],
    ['"a = b" = count', ['a = b', 'count', [], []]],
    ["'a=b'=count", ['a=b', 'count', [], []]],
    ["it's = count", ["it's", 'count', [], []]],
    ['rate (a=b) = count', ['rate (a=b)', 'count', [], []]],
  ] as const)('%s', (argument, expected) => {
    expect(parsed(argument)).toEqual(expected);
  });

  it.each([
    ['x = sume(bytes)', "unknown aggregate 'sume', at character 5 of 'x = sume(bytes)'", 'did you mean sum?'],
    ['SUM(bytes)', "unknown aggregate 'SUM', at character 1 of 'SUM(bytes)'", 'did you mean sum?'],
    ['avg(bytes)', "unknown aggregate 'avg', at character 1 of 'avg(bytes)'", 'did you mean mean(FIELD)?'],
    [
      'é = qantile(b)',
      "unknown aggregate 'qantile', at character 5 of 'é = qantile(b)'",
      'did you mean quantile?',
    ],
    [
      'x = zzzzzz',
      "unknown aggregate 'zzzzzz', at character 5 of 'x = zzzzzz'",
      'tm combine --help lists the aggregates; a field stands in one: first(zzzzzz)',
    ],
    ['sum', "sum takes 1 argument, not 0, at character 1 of 'sum'", 'write sum(FIELD)'],
    ['sum()', "sum takes 1 argument, not 0, at character 1 of 'sum()'", 'write sum(FIELD)'],
    ['sum(a, b)', "sum takes 1 argument, not 2, at character 8 of 'sum(a, b)'", 'write sum(FIELD)'],
    [
      'count(a, b)',
      "count takes at most 1 argument, not 2, at character 10 of 'count(a, b)'",
      'write count([FIELD])',
    ],
    ['topk(path)', "topk takes 2 arguments, not 1, at character 1 of 'topk(path)'", 'write topk(FIELD, K)'],
    [
      'quantile(b)',
      "quantile takes 2 to 3 arguments, not 1, at character 1 of 'quantile(b)'",
      'write quantile(FIELD, Q[, "linear"])',
    ],
    [
      'quantiles(b)',
      "quantiles takes at least 2 arguments, not 1, at character 1 of 'quantiles(b)'",
      'write quantiles(FIELD, Q, …[, "linear"])',
    ],
    [
      'quantile(b, 0.5, "cubic")',
      'quantile wants "nearest" or "linear" behind the share, not "cubic", at character 13 of \'quantile(b, 0.5, "cubic")\'',
      'write quantile(bytes, 0.95, "linear")',
    ],
    ['corr(a)', "corr takes 2 arguments, not 1, at character 1 of 'corr(a)'", 'write corr(Y, X)'],
    [
      'histogram(b, 10, 5)',
      "histogram wants bounds that ascend, and 5 follows 10, at character 14 of 'histogram(b, 10, 5)'",
      'write histogram(bytes, 0, 1000, 10000)',
    ],
    [
      'n = sum(bytes',
      "'(' without its ')', at character 8 of 'n = sum(bytes'",
      "close the parenthesis: 'n = sum(bytes)'",
    ],
    ['sum(bytes))', "')' behind the call, at character 11 of 'sum(bytes))'", undefined],
    ['sum(bytes,)', "an argument is missing, at character 11 of 'sum(bytes,)'", undefined],
    ['topk(,5)', "an argument is missing, at character 6 of 'topk(,5)'", undefined],
    ['sum bytes', "'sum bytes' is no aggregate, at character 1 of 'sum bytes'", "write 'sum(bytes)'"],
    ['n =', "an aggregate is missing, at character 4 of 'n ='", "write 'n = count' or 'sum(bytes)'"],
    ['', "an aggregate is missing, at character 1 of ''", "write 'n = count' or 'sum(bytes)'"],
    ['= count', "the name of the result is empty, at character 1 of '= count'", "write 'n = count'"],
    [
      '@t = count',
      "a result cannot be called '@t', at character 1 of '@t = count'",
      "names that begin with @ are metadata: call it 't'",
    ],
    [
      'p = quantile(b, 95)',
      "quantile wants a number from 0 to 1, not 95, at character 17 of 'p = quantile(b, 95)'",
      'write 0.95 for the 95th percentile',
    ],
    [
      'topk(b, x)',
      "'x' is no number, string, true or false, at character 9 of 'topk(b, x)'",
      'write topk(FIELD, K)',
    ],
    [
      'topk(b, "3")',
      'topk wants a whole number of values above 0, not "3", at character 9 of \'topk(b, "3")\'',
      'write topk(path, 5)',
    ],
  ] as const)('refuses %s', (argument, message, hint) => {
    const refused = failure(argument);
    expect(refused.message).toBe(message);
    expect(refused.hint).toBe(hint);
  });

  it('says where a field path is wrong', () => {
    const { message } = failure('n = sum(a..b)');
    expect(message).toMatch(/, at character 9 of 'n = sum\(a\.\.b\)'$/);
  });

  it.each([
    ['count(1)', "'1' is no field", 'names that begin with a digit are written ["1"]'],
    [
      'max(@t)',
      "'@t' is no field: it is metadata, and stands beside the members",
      'event_time() is the time of the event',
    ],
  ])('takes neither a digit nor metadata for a field: %s', (argument, message, hint) => {
    const refused = failure(argument);
    expect(refused.message.startsWith(`${message}, at character `)).toBe(true);
    expect(refused.hint).toBe(hint);
  });

  it.each([
    ['sum(bytes / 1024)', ['sum_bytes_1024', 'bytes / 1024', undefined]],
    ['max(user-id)', ['max_user_id', 'user-id', undefined]],
    ['most = max(path.size())', ['most', 'path.size()', undefined]],
    ['count(int(status / 100))', ['count_int_status_100', 'int(status / 100)', undefined]],
    ['count() where status >= 500', ['count_where_status_500', undefined, 'status >= 500']],
    ['count where ok', ['count_where_ok', undefined, 'ok']],
    ['e = count().where(status >= 500)', ['e', undefined, 'status >= 500']],
    [
      'sum(a + b).where(x in ["a, b)", "where"])',
      ['sum_a_b_where_x_in_a_b_where', 'a + b', 'x in ["a, b)", "where"]'],
    ],
    ['a == b = count', ['a == b', undefined, undefined]],
  ] as const)('computes: %s', (argument, [name, operand, condition]) => {
    const parsedArgument = parseAggregateArgument(argument);
    expect(parsedArgument.name).toBe(name);
    expect(parsedArgument.fields[0]?.expression?.text).toBe(operand);
    expect(parsedArgument.where?.text.trim()).toBe(condition);
  });

  it.each([
    ['rate = n / 60', { name: 'rate', computed: 'n / 60' }],
    [
      'share = count().where(status >= 500) / count()',
      { name: 'share', computed: 'count().where(status >= 500) / count()' },
    ],
    ['x = round(sum(bytes) / n, 2)', { name: 'x', computed: 'round(sum(bytes) / n, 2)' }],
    ['big = n > 5 ? "yes" : "no"', { name: 'big', computed: 'n > 5 ? "yes" : "no"' }],
  ])('is computed of others: %s', (argument, expected) => {
    expect(parseResultArgument(argument)).toEqual(expected);
  });

  it.each([
    ['n / 60', "what is computed needs a name, at character 1 of 'n / 60'", "write 'x = n / 60'"],
    ['n = sum(bytes /)', "the expression ends too early, at character 8 of 'bytes /'", undefined],
    [
      'n = count().where(status = 1)',
      "'=' is not expected here, at character 8 of 'status = 1'",
      'write == to compare',
    ],
  ])('refuses what is computed wrongly: %s', (argument, message, hint) => {
    const refused = failure(argument, parseResultArgument);
    expect(refused.message).toBe(message);
    expect(refused.hint).toBe(hint);
  });

  it('takes a result or a member of the key for another result', () => {
    const all = parseResultArguments(['a = b', 'b = sum(bytes)', 'h = host', 'count'], ['host']);
    expect(all.map(({ name, ...rest }) => [name, 'computed' in rest ? rest.computed : undefined])).toEqual([
      ['a', 'b'],
      ['b', undefined],
      ['h', 'host'],
      ['count', undefined],
    ]);
    expect(() => parseResultArguments(['n = count', 'm = meen'], [])).toThrow("unknown aggregate 'meen'");
    // What is an aggregate stays one.
    expect(parseResultArguments(['count = sum(bytes)', 'n = count'], [])[1]).not.toHaveProperty('computed');
  });

  it.each([
    ['n = count(status >= 400 && bytes > 0)', "'n = count() where status >= 400 && bytes > 0'"],
    ['count(path.startsWith("/a"))', `'count() where path.startsWith("/a")'`],
    ['s = count() where status >= 500 / count()', "'s = count().where(status >= 500) / count()'"],
    ['s = sum(b) where (a) / sum(b)', "'s = sum(b).where(a) / sum(b)'"],
    ['s = sum(b) where (a) || (c) / sum(b)', "'s = sum(b).where((a) || (c)) / sum(b)'"],
  ])('says how what is meant is written: %s', (argument, written) => {
    expect(failure(argument, parseResultArgument).hint).toBe(`write ${written}`);
  });

  it('takes a member of any name in quotes, and names that begin with @ but are no metadata', () => {
    expect(parsed('x = max(["a/b"]["@t"])')[2]).toEqual([['a/b', '@t']]);
    expect(parsed('x = max(@timestamp)')[2]).toEqual([['@timestamp']]);
    expect(parsed('x = max(@@t)')[2]).toEqual([['@@t']]);
  });

  it('hints at count without arguments for count(*)', () => {
    expect(failure('n = count(*)').hint).toBe('write count');
  });

  it('stays on one line, whatever the argument', () => {
    expect(failure('n =\n sume(b)').message).toBe(
      "unknown aggregate 'sume', at character 6 of 'n =  sume(b)'",
    );
  });

  it('accepts or refuses any text, and nothing else', () => {
    const fragments = fc.constantFrom(
      ...'()[]"\'=,@. \\',
      'sum',
      'count',
      'topk',
      'bytes',
      '5',
      'é',
      '\u{1f30a}',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
        try {
          const { name } = parseAggregateArgument(parts.join(''));
          expect(name).not.toMatch(/^(@|$)/);
        } catch (error) {
          expect(error).toBeInstanceOf(TidemarkError);
          expect((error as TidemarkError).code).toBe('usage');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts every aggregate as its usage says, with and without what is in brackets', () => {
    const values: Readonly<Record<string, string>> = {
      Q: '0.5',
      K: '3',
      FROM: '0',
      TO: '10',
      BOUND: '5',
      COUNT: '4',
      SEED: '7',
      ERROR: '0.01',
      PRECISION: '12',
      COUNTERS: '500',
      SEPARATOR: '", "',
      MODULE: './fn.mjs',
    };
    for (const { name, usage } of aggregates) {
      const [, inside = ''] = /\((.*)\)$/.exec(usage)!;
      for (const written of [inside.replace(/\[.*\]/, ''), inside.replace(/[[\]]/g, '')]) {
        const call = written.replace(', …', '').replace(/[A-Z]+/g, (word) => values[word] ?? 'a');
        const argument = parseAggregateArgument(`x = ${name}(${call})`);
        expect(argument.definition.name).toBe(name);
        expect(argument.fields.length + argument.literals.length).toBe(
          call === '' ? 0 : call.split(', ').length - (call.includes('", "') ? 1 : 0),
        );
      }
    }
  });

  it.each([
    ['any(x)', 'any_value(FIELD)'],
    ['max_by(a, b)', 'arg_max(FIELD, BY)'],
    ['ARRAY_AGG(x)', 'list(FIELD)'],
    ['listagg(x)', 'string_agg(FIELD, ",")'],
    ['countif(x > 1)', 'count() where CONDITION'],
    ['percentile_cont(x)', 'quantile(FIELD, 0.95, "linear")'],
    ['every(x)', 'bool_and(FIELD)'],
    ['p50(x)', 'median(FIELD)'],
    ['pskew(x)', 'skewness_pop(FIELD)'],
    ['count_distinct(x)', 'distinct(FIELD)'],
  ])("knows what other systems' %s is called here", (argument, hint) => {
    expect(failure(argument).hint).toBe(`did you mean ${hint}?`);
  });

  it('knows no name of others that is one of ours', () => {
    for (const { name } of aggregates) expect(aliasOf(name), name).toBeUndefined();
  });

  it('takes literals that may be left out, and says how many arguments there may be', () => {
    expect(parseAggregateArgument('p = approx_quantile(a.b, 0.5, 0.02)')).toMatchObject({
      fields: [{ text: 'a.b' }],
      literals: [0.5, 0.02],
    });
    expect(parseAggregateArgument('approx_quantile(a, 0.5)').literals).toEqual([0.5]);
    for (const call of ['approx_quantile(a)', 'approx_quantile(a, 1, 0.1, 2)'])
      expect(() => parseAggregateArgument(call)).toThrow('approx_quantile takes 2 to 3 arguments');
  });
});

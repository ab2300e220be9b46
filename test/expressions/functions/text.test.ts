import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event, json, titled, valueOf } from './calling.ts';

/** Texts of few letters, of which some are pairs, so that parts are found. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '𝒳', '\u0301'), maxLength: 8 });
const index = fc.integer({ min: -10, max: 10 });

describe('a function of texts', () => {
  it.each(
    titled([
      ['size', [''], '0'],
      ['size', ['😀é'], '2'],
      ['size', ['\ud83d'], '1'],
      ['contains', ['abc', ''], 'true'],
      ['contains', ['abc', 'B'], 'false'],
      ['startsWith', ['abc', 'ab'], 'true'],
      ['startsWith', ['ab', 'abc'], 'false'],
      ['endsWith', ['abc', 'bc'], 'true'],
      ['indexOf', ['😀a', 'a'], '1'],
      ['indexOf', ['abc', 'd'], '-1'],
      ['indexOf', ['abc', ''], '0'],
      ['indexOf', ['aba', 'a', 1], '2'],
      ['indexOf', ['aba', 'a', -1], '2'],
      ['indexOf', ['aba', 'a', 10n ** 30n], '-1'],
      ['lastIndexOf', ['😀a😀a', 'a'], '3'],
      ['lastIndexOf', ['aba', 'a', 1], '0'],
      ['lastIndexOf', ['aba', 'x'], '-1'],
      ['substring', ['a😀b', 1], '"😀b"'],
      ['substring', ['a😀b', 1, 2], '"😀"'],
      ['substring', ['abc', -2], '"bc"'],
      ['substring', ['abc', 2, 1], '""'],
      ['substring', ['abc', 5], '""'],
      ['substring', ['abc', -5, 10n ** 20n], '"abc"'],
      ['charAt', ['a😀b', 2], '"b"'],
      ['charAt', ['abc', -1], '"c"'],
      ['charAt', ['abc', 3], 'null'],
      ['charAt', ['', 0], 'null'],
      ['charAt', ['abc', -(10n ** 20n)], 'null'],
      ['lower', ['ΑΣ İ'], '"ας i̇"'],
      ['upper', ['ﬀ ı'], '"FF I"'],
      ['lowerAscii', ['ÀBC'], '"Àbc"'],
      ['upperAscii', ['àbc'], '"àBC"'],
      ['trim', ['\u00a0\t a b \n'], '"a b"'],
      ['replace', ['aaa', 'aa', 'b'], '"ba"'],
      ['replace', ['a.a', '.', '$&'], '"a$&a"'],
      ['replace', ['aaa', 'a', 'b', 2], '"bba"'],
      ['replace', ['aaa', 'a', 'b', 0], '"aaa"'],
      ['replace', ['aaa', 'a', 'b', -1], '"bbb"'],
      ['replace', ['a😀', '', '-'], '"-a-😀-"'],
      ['replace', ['a😀', '', '-', 2], '"-a-😀"'],
      ['split', ['', '/'], '[""]'],
      ['split', ['', ''], '[]'],
      ['split', ['a😀', ''], '["a","😀"]'],
      ['split', ['/a/', '/'], '["","a",""]'],
      ['split', ['a,b,c', ',', 2], '["a","b,c"]'],
      ['split', ['a,b,c', ',', 9], '["a","b","c"]'],
      ['split', ['a,b,c', ',', 0], '[]'],
      ['split', ['a,b,c', ',', -1], '["a","b","c"]'],
      ['reverse', ['a😀b'], '"b😀a"'],
      ['size', [null], 'null'],
      ['contains', ['a', null], 'null'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it('counts code points, as lists of them do', async () => {
    const parts = (value: string): string[] => [...value];
    await fc.assert(
      fc.asyncProperty(text, index, index, async (value, from, to) => {
        expect(await valueOf('size', value)).toBe(parts(value).length);
        expect(await valueOf('substring', value, from)).toBe(parts(value).slice(from).join(''));
        expect(await valueOf('substring', value, from, to)).toBe(parts(value).slice(from, to).join(''));
        expect(await valueOf('charAt', value, from)).toBe(parts(value).at(from) ?? null);
        expect(await valueOf('reverse', value)).toBe(parts(value).reverse().join(''));
      }),
    );
  });

  it('finds, splits and joins without cutting a pair', async () => {
    const starts = (value: string[], part: string[]): number[] =>
      value.map((_, i) => i).filter((i) => value.slice(i, i + part.length).join('') === part.join(''));
    await fc.assert(
      fc.asyncProperty(
        text,
        text.filter((part) => part !== ''),
        async (value, part) => {
          const at = starts([...value], [...part]);
          expect(await valueOf('contains', value, part)).toBe(at.length > 0);
          expect(await valueOf('indexOf', value, part)).toBe(at[0] ?? -1);
          expect(await valueOf('lastIndexOf', value, part)).toBe(at.at(-1) ?? -1);
          const pieces = await valueOf('split', value, part);
          expect(await valueOf('join', pieces, part)).toBe(value);
          expect(await valueOf('replace', value, part, '<>')).toBe(await valueOf('join', pieces, '<>'));
        },
      ),
    );
  });
});

describe('a function of lists', () => {
  it.each(
    titled([
      ['size', [event('[]')], '0'],
      ['size', [event('[ 1, [2,3] , {"a":[]} ]')], '3'],
      ['size', [event('[1e999]')], '1'],
      ['size', [event('{"a":1, "a":2}')], '1'],
      ['first', [event('[[1], 2]')], '[1]'],
      ['first', [event('[]')], 'null'],
      ['last', [event('[1, null]')], 'null'],
      ['slice', [event('[1,2,3]'), 1], '[2,3]'],
      ['slice', [event('[1,2,3]'), -2, -1], '[2]'],
      ['slice', [event('[1,2,3]'), 2, 1], '[]'],
      ['reverse', [event('[1,2]')], '[2,1]'],
      [
        'sort',
        [event('[{"a":1}, [2], "b", "a", 2, 1.5, true, false, null]')],
        '[null,false,true,1.5,2,"a","b",[2],{"a":1}]',
      ],
      ['sort', [event('[9007199254740993, 9007199254740992]')], '[9007199254740992,9007199254740993]'],
      ['distinct', [event('[1, 1.0, "1", [1], [ 1 ], 1]')], '[1,"1",[1]]'],
      ['flatten', [event('[1,[2,[3]],[],{"a":[]}]')], '[1,2,[3],{"a":[]}]'],
      ['range', [0], '[]'],
      ['range', [-3], '[]'],
      ['range', [2, 5], '[2,3,4]'],
      ['contains', [event('[1,{"a": 1}]'), event('{"a":1.0}')], 'true'],
      ['contains', [event('[1,null]'), null], 'true'],
      ['contains', [event('[1]'), '1'], 'false'],
      ['indexOf', [event('["a","b"]'), 'b'], '1'],
      ['indexOf', [event('[1]'), null], '-1'],
      ['join', [event('["a", 1.50, null, true, [1, 2]]'), ','], '"a,1.5,true,[1, 2]"'],
      ['join', [[]], '""'],
      ['keys', [event('{"b":1,"a":2,"b":3}')], '["b","a"]'],
      ['values', [event('{"b":1,"a":[2],"b":3}')], '[1,[2]]'],
      ['sum', [event('[]')], 'null'],
      ['sum', [event('[null]')], 'null'],
      ['sum', [event('[9007199254740991, 2, null, -1]')], '9007199254740992'],
      ['sum', [event('[1e308, 1e308, -1e308]')], '1e+308'],
      ['sum', [event('[1e16, 1, -1e16]')], '1'],
      ['sum', [event('[9007199254740993, 0.5]')], '9007199254740994'],
      ['mean', [event('[1, 2]')], '1.5'],
      ['mean', [event('[9007199254740993, 9007199254740995]')], '9007199254740994'],
      ['mean', [event('[]')], 'null'],
      ['max', [event('[3, null, 12, "a"]')], '"a"'],
      ['min', [event('[3, null, 12]')], '3'],
      ['min', [event('[null]')], 'null'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it('adds up exactly, in any order', async () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
    await fc.assert(
      fc.asyncProperty(fc.array(double, { minLength: 1, maxLength: 6 }), async (list) => {
        const sum = await json('sum', list);
        expect(await json('sum', list.toReversed())).toBe(sum);
        expect(await json('sum', [...list, 1e300, -1e300])).toBe(sum);
        expect(await json('sum', [...list, ...list.map((x) => -x)])).toBe('0');
      }),
    );
  });

  it('sorts as it compares, and leaves out what is equal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 5 })), async (list) => {
        expect(await valueOf('sort', list)).toEqual(list.toSorted((a, b) => a - b));
        expect(await valueOf('distinct', list)).toEqual([...new Set(list)]);
        expect(await valueOf('max', list)).toBe(list.length === 0 ? null : Math.max(...list));
      }),
    );
  });
});

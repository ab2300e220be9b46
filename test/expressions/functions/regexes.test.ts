import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex, literalTest, loadRegexes } from '../../../src/expressions/regex.ts';
import { evaluate } from '../../reference/expression.ts';
import { failureOf, json, titled } from './calling.ts';

describe('a regular expression', () => {
  it.each(
    titled([
      ['matches', ['abc', 'b'], 'true'],
      ['matches', ['abc', '^b'], 'false'],
      ['matches', ['a\nb', 'a$'], 'false'],
      ['matches', ['a\nb', '(?m)a$'], 'true'],
      ['matches', ['ABC', '(?i)b'], 'true'],
      ['matches', ['😀', '^.$'], 'true'],
      ['matches', ['', ''], 'true'],
      ['matches', ['é', '^\\p{L}$'], 'true'],
      ['matches', [null, 'a'], 'null'],
      ['extract', ['k=v', '(\\w)=(\\w)'], '"k"'],
      ['extract', ['k=v', '\\w=\\w'], '"k=v"'],
      ['extract', ['k=v', '(\\w)=(\\w)', 2], '"v"'],
      ['extract', ['k=v', '(\\w)=(\\w)', 0], '"k=v"'],
      ['extract', ['k=v', '(?P<key>\\w)=(?<value>\\w)', 'value'], '"v"'],
      ['extract', ['b', '(a)?b'], 'null'],
      ['extract', ['x', '(a)b'], 'null'],
      ['extract', ['a😀b', '[^a]'], '"😀"'],
      ['extract_all', ['a1b22', '[0-9]+'], '["1","22"]'],
      ['extract_all', ['ab', 'x'], '[]'],
      ['extract_all', ['😀b', ''], '["","",""]'],
      ['extract_all', ['a1b', '([a-z])([0-9])?', 2], '["1",null]'],
      ['replace_regex', ['a1b22', '[0-9]+', '#'], '"a#b#"'],
      ['replace_regex', ['k=v', '(\\w)=(\\w)', '$2=$1$$'], '"v=k$"'],
      ['replace_regex', ['k=v', '(?<a>\\w)=(?<b>\\w)', `$\{b}$\{a}$\{0}`], '"vkk=v"'],
      ['replace_regex', ['ab', '(a)', '$11'], '"a1b"'],
      ['replace_regex', ['😀', '', '-'], '"-😀-"'],
      ['replace_regex', ['b', '(a)?b', '[$1]'], '"[]"'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      [
        'matches',
        ['', 'ab[z-a]'],
        "usage: 'ab[z-a]' is no regular expression: invalid character class range at character 4: z-a",
      ],
      ['matches', ['', 'a(b'], "usage: 'a(b' is no regular expression: missing closing )"],
      [
        'matches',
        ['', '😀a**'],
        "usage: '😀a**' is no regular expression: invalid nested repetition operator at character 3: **",
      ],
      [
        'matches',
        ['', '(?=a)'],
        "usage: '(?=a)' is no regular expression: invalid or unsupported Perl syntax at character 1: (?=",
      ],
      [
        'matches',
        ['', '(a)\\1'],
        "usage: '(a)\\\\1' is no regular expression: invalid escape sequence at character 4: \\1",
      ],
      ['extract', ['', 'a', 1], 'usage: the regular expression has no group 1'],
      ['extract', ['', '(?<x>a)', 'y'], 'usage: the regular expression has no group y'],
      ['replace_regex', ['', '(a)', '$2'], 'usage: the regular expression has no group $2'],
      ['replace_regex', ['', '(a)', '5 $'], "usage: '5 $' has a $ that names no group"],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('that an event brings fails for that event', async () => {
    const failing = (text: string): Promise<unknown> =>
      evaluate(text, { re: 'a(', n: 3, by: '$9' }).catch((error) => error.reason ?? error.message);
    expect(await failing('"a".matches(re)')).toBe("'a(' is no regular expression: missing closing )");
    expect(await failing('"a".extract("a", n)')).toBe('the regular expression has no group 3');
    expect(await failing('"a".replace_regex("a", by)')).toBe('the regular expression has no group $9');
    expect(await evaluate('"abc".extract(re)', { re: 'b.' })).toBe('bc');
  });

  it('takes a time that grows with the text as the text does, whatever the pattern', async () => {
    const took = async (pattern: string, text: string): Promise<number> => {
      const started = performance.now();
      await evaluate('text.matches(re)', { text, re: pattern });
      return performance.now() - started;
    };
    // With a backtracking matcher each of these takes longer than the universe has lasted.
    for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^(a|a?)+$', '^(.*a){20}$']) {
      await took(pattern, 'a'.repeat(100));
      expect(await took(pattern, `${'a'.repeat(50_000)}!`)).toBeLessThan(5000);
    }
  });

  it('that is a plain text is looked for without the library, and finds the same', async () => {
    await loadRegexes();
    const piece = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a', 'b', '/', '😀', '\\.', '\\/', '\\$', '\\\\', '-', ' ') },
      fc.constantFrom(
        '.',
        '^',
        '$',
        '|',
        '\\d',
        '\\n',
        '\\é',
        '(a)',
        'a*',
        '[ab]',
        '\\Q',
        '{',
        '}',
        '\ud800',
      ),
    );
    const pattern = fc
      .tuple(fc.constantFrom('', '^'), fc.array(piece, { maxLength: 4 }), fc.constantFrom('', '$', '\\$'))
      .map(([from, pieces, to]) => from + pieces.join('') + to);
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '😀', '.', '$', '\\', '\n', '-'),
      maxLength: 5,
    });
    let plain = 0;
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        const test = literalTest(source);
        if (test === undefined) return;
        plain++;
        expect(test(value)).toBe(compileRegex(source).test(value));
      }),
      { numRuns: 5000 },
    );
    expect(plain).toBeGreaterThan(1000);
    for (const source of ['a', '^/api/', '\\.png$', '^/$', '', '^', '$', '^$'])
      expect(literalTest(source), source).toBeDefined();
    for (const source of ['a.b', 'a|b', '\\d', 'a\\\\$', '(a)'])
      expect(literalTest(source), source).toBeUndefined();
  });

  it('matches what the expressions of JavaScript match, where both are written alike', async () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(?:a|bb)', '(ab)', '\\w', '\\d', '\\s');
    const repeated = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '+?'))
      .map((parts) => parts.join(''));
    const pattern = fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '😀'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pattern, text, async (source, value) => {
        const found = value.match(new RegExp(source, 'u'));
        expect(await json('matches', value, source)).toBe(String(found !== null));
        expect(await json('extract', value, source, 0)).toBe(JSON.stringify(found?.[0] ?? null));
        const all = [...value.matchAll(new RegExp(source, 'gu'))].map(([whole]) => whole);
        if (!all.includes('')) expect(await json('extract_all', value, source, 0)).toBe(JSON.stringify(all));
      }),
      { numRuns: 300 },
    );
  });
});

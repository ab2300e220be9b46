import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { findPath, parsePath, parsePaths } from '../../src/json/path.ts';
import { framed, stringText, valueText } from './json-text.ts';

/** The value at a path in a text of members, or undefined. */
function find(members: string, path: string): string | undefined {
  const { b, start, end } = framed(members, '{"x":1,', ',"late":9}');
  const found = { start: -1, end: -1 };
  return findPath(b, start, end, parsePath(path), found)
    ? b.toString('utf8', found.start, found.end)
    : undefined;
}

function refusal(parse: () => unknown): TidemarkError {
  try {
    parse();
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parsePath', () => {
  it.each([
    ['status', ['status']],
    ['user.id', ['user', 'id']],
    ['peers[0].id', ['peers', 0, 'id']],
    ['["user-id"]', ['user-id']],
    ["['user id'].x", ['user id', 'x']],
    ['a["b.c"][12]["d"]', ['a', 'b.c', 12, 'd']],
    ['["a\\"],\\u00e9"]', ['a"],é']],
    ['[""]', ['']],
    ['@timestamp', ['@timestamp']],
    ["['user-agent']", ['user-agent']],
    ['größe.😀', ['größe', '😀']],
    ['["0"]', ['0']],
    ['matrix[1][2]', ['matrix', 1, 2]],
    ['a[ 0 ]', ['a', 0]],
  ])('reads %s', (text, steps) => {
    expect(parsePath(text)).toMatchObject({ text, steps });
    expect(parsePath(`  ${text}\t`)).toMatchObject({ text, steps });
  });

  it.each([
    ['a..b', 3],
    ['a.', 3],
    ['.a', 1],
    ['a b', 3],
    ['user-agent', 5],
    ['0', 1],
    ['a,b', 2],
    ['a[', 2],
    ['a[]', 2],
    ['a[-1]', 2],
    ['a[x]', 2],
    ['a["x]', 2],
    ['a.[0]', 3],
    ['a[0]b', 5],
    ['[0]', 1],
    ['[0].id', 1],
    ['"a"', 1],
    ['sum(a)', 4],
  ])("refuses '%s' and tells column %i", (text, column) => {
    const error = refusal(() => parsePath(text));
    expect(error.code).toBe('usage');
    expect(error.message).toBe(`'${text}' is no field: see column ${column}`);
    expect(error.hint).toContain('["user-id"]');
  });

  it.each(['', '  '])('refuses %j', (text) => {
    expect(refusal(() => parsePath(text)).message).toBe('no field is named');
  });

  it('refuses a name in brackets that is no JSON string', () => {
    expect(refusal(() => parsePath('["\\x"]')).message).toBe('"\\x" is no string');
  });
});

describe('parsePaths', () => {
  it('splits at commas that stand in neither brackets nor quotes', () => {
    const paths = parsePaths(' status , user.id,["a,b"] ,["c],d"][0],x');
    expect(paths.map(({ text }) => text)).toEqual(['status', 'user.id', '["a,b"]', '["c],d"][0]', 'x']);
    expect(paths.map(({ steps }) => steps)).toEqual([
      ['status'],
      ['user', 'id'],
      ['a,b'],
      ['c],d', 0],
      ['x'],
    ]);
  });

  it.each(['', ',', 'a,', ',a', 'a,,b', 'a b,c', 'a;b['])("refuses '%s'", (text) => {
    expect(refusal(() => parsePaths(text)).code).toBe('usage');
  });
});

describe('findPath', () => {
  const members =
    '"a":1, "b" : {"c":[10, {"d":"x"} ,[ ]],"c":2},"user-id":null,"é":"ü","a":7,"\\u0065":5,"n\\\\m":6';

  it.each([
    ['a', '1'],
    ['b', '{"c":[10, {"d":"x"} ,[ ]],"c":2}'],
    ['b.c', '[10, {"d":"x"} ,[ ]]'],
    ['b.c[0]', '10'],
    ['b.c[1].d', '"x"'],
    ['b.c[2]', '[ ]'],
    ['["user-id"]', 'null'],
    ['é', '"ü"'],
    ['e', '5'],
    ['["\\u0065"]', '5'],
    ['["n\\\\m"]', '6'],
  ])('finds %s', (path, value) => {
    expect(find(members, path)).toBe(value);
  });

  it.each([
    'x',
    'late',
    'aa',
    'b.x',
    'a.b',
    'b[0]',
    'b.c.d',
    'b.c[3]',
    'b.c[2][0]',
    'b.c[1].e',
    'é.x',
    'É',
    'ee',
    '["n\\\\"]',
    '["n\\\\\\\\m"]',
    '[""]',
  ])('does not find %s', (path) => {
    expect(find(members, path)).toBeUndefined();
  });

  it('finds nothing in a record without members, and nothing behind its end', () => {
    expect(find('', 'a')).toBeUndefined();
    expect(find('  ', 'a')).toBeUndefined();
    expect(find('"a":{}', 'a.late')).toBeUndefined();
    expect(find('"a":[]', 'a[0]')).toBeUndefined();
  });

  it('tells the bytes of a name from the characters with the same numbers', () => {
    expect(find('"Ã©":1,"é":2', 'é')).toBe('2');
    expect(find('"é":2,"Ã©":1', 'Ã©')).toBe('1');
  });

  it('finds the first member of a name, in any spelling of it', () => {
    const name = fc.oneof(
      stringText,
      fc.constantFrom('"a"', '"\\u0061"', '"b"', '"\\\\"', '"\\u005c"', '"é"'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, valueText), { maxLength: 5 }), name, (pairs, wanted) => {
        const text = pairs.map(([key, value]) => `${key} : ${value}`).join(' ,');
        const first = pairs.find(([key]) => JSON.parse(key) === JSON.parse(wanted));
        expect(find(text, `[${wanted}]`)).toBe(first?.[1]);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds what JSON.parse has at the same place', () => {
    const tree = fc.letrec<{ value: fc.JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie('value') as fc.Arbitrary<fc.JsonValue>, { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value') as fc.Arbitrary<fc.JsonValue>),
      ),
    })).value;
    const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(2)), { maxLength: 3 });
    fc.assert(
      fc.property(tree, steps, fc.constantFrom(0, 1), (value, rest, indent) => {
        let expected: unknown = value;
        for (const step of rest) {
          const fits = typeof step === 'number' ? Array.isArray(expected) : !Array.isArray(expected);
          expected = fits && typeof expected === 'object' ? Object(expected)[step] : undefined;
        }
        const path = `v${rest.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`;
        const found = find(`"u":0,"v":${JSON.stringify(value, null, indent)}`, path);
        expect(found === undefined ? undefined : JSON.parse(found)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

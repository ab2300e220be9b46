import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptText, parsePlain, plainText } from '../../src/json/plain-value.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u0000', '\u0000n12', '\u0000s', '12345678901234567890', '"', '\\'),
      fc.integer(),
      fc.double({ noNaN: true }).map((number) => number + 0),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
      fc.bigInt({ min: -(2n ** 80n), max: -(2n ** 53n) }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '\u0000n1', '2', '1')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

describe('a plain value', () => {
  it('is what it was when it has been kept and read', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(parsePlain(keptText(value))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read and written as JSON.parse and JSON.stringify do, where no integer is large', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(plainText(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(text)));
        if (!/[0-9]{16}/.test(text)) expect(parsePlain(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('has bigints past 2^53 only, and never for what has a fraction or an exponent', () => {
    expect(
      parsePlain(
        '[9007199254740991,9007199254740992,-9007199254740993,9007199254740993.0,12345678901234567e3]',
      ),
    ).toEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740993n,
      9007199254740992,
      12345678901234567e3,
    ]);
  });

  it.each([
    [Number.NaN, 'NaN is no JSON'],
    [{ a: [1, { b: Number.POSITIVE_INFINITY }] }, 'a[1].b is Infinity, which is no JSON'],
    [{ when: () => 1 }, 'when is a function, which is no JSON'],
    [{ all: new Map() }, 'all is a Map, which is no JSON'],
    [[Symbol('x')], '[0] is a symbol, which is no JSON'],
  ])('refuses what JSON has no spelling for %#', (value, message) => {
    expect(() => plainText(value)).toThrow(message);
  });

  it('refuses one that holds itself', () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(() => plainText(value)).toThrow('nested too deeply, or holds itself');
  });

  it('leaves out what is undefined, and takes dates as JSON.stringify does', () => {
    expect(plainText({ a: undefined, b: new Date(0), c: [undefined, 1] })).toBe(
      '{"b":"1970-01-01T00:00:00.000Z","c":[null,1]}',
    );
  });
});

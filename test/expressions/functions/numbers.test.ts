import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Duration, Timestamp, type Value } from '../../../src/expressions/value.ts';
import { referenceXxh64 } from '../../reference/xxh64.ts';
import { event, failureOf, json, titled, valueOf } from './calling.ts';

const BIG = 2n ** 70n;
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.bigInt({ min: -20n, max: 20n }),
);
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
/** As values are: a safe integer is a number. */
const value = (n: bigint): Value => (Number.isSafeInteger(Number(n)) ? Number(n) : n);

describe('a function of numbers', () => {
  it.each(
    titled([
      ['abs', [-(2n ** 53n)], '9007199254740992'],
      ['abs', [-1.5], '1.5'],
      ['sign', [-BIG], '-1'],
      ['sign', [0], '0'],
      ['ceil', [-0.5], '0'],
      ['ceil', [BIG], String(BIG)],
      ['ceil', [1e300], '1e+300'],
      ['floor', [-0.5], '-1'],
      ['trunc', [-0.9], '0'],
      ['round', [0.5], '1'],
      ['round', [-0.5], '-1'],
      ['round', [0.49999999999999994], '0'],
      ['round', [2.5], '3'],
      ['round', [2 ** 51 + 0.5], '2251799813685249'],
      ['round', [1.005, 2], '1.01'],
      ['round', [-1.005, 2], '-1.01'],
      ['round', [1.5, 400], '1.5'],
      ['round', [1e-300, 2], '0'],
      ['round', [1e-300, 300], '1e-300'],
      ['round', [1250, -2], '1300'],
      ['round', [-1250, -2], '-1300'],
      ['round', [BIG, -20], '1200000000000000000000'],
      ['round', [123.4, -2], '100'],
      ['round', [123.4, -400], '0'],
      ['round', [7, 3], '7'],
      ['div', [7, -2], '-3'],
      ['div', [BIG, 3], '393530540239137101141'],
      ['div', [7.5, 2], '3'],
      ['div', [-0.5, 1], '0'],
      ['greatest', [1, BIG, 2.5], String(BIG)],
      ['greatest', [2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n], '9007199254740993'],
      ['least', [1, -BIG, -2.5], String(-BIG)],
      ['least', [1, null], 'null'],
      ['sqrt', [2], '1.4142135623730951'],
      ['sqrt', [10n ** 400n], '1e+200'],
      ['pow', [2, 10], '1024'],
      ['pow', [-3, 41], '-36472996377170786403'],
      ['pow', [0, 0], '1'],
      ['pow', [-1, 10n ** 30n + 1n], '-1'],
      ['pow', [2, -1], '0.5'],
      ['pow', [2.25, 0.5], '1.5'],
      ['exp', [1], '2.718281828459045'],
      ['exp', [-1000], '0'],
      ['ln', [10n ** 400n], '921.0340371976183'],
      ['log10', [10n ** 400n], '400'],
      ['log2', [2n ** 1100n], '1100'],
      ['bitAnd', [-1, BIG + 5n], String(BIG + 5n)],
      ['bitOr', [BIG, 1], String(BIG + 1n)],
      ['bitXor', [5, -1], '-6'],
      ['bitShift', [1, 53], '9007199254740992'],
      ['bitShift', [-5, -1], '-3'],
      ['bitShift', [5, -(10n ** 20n)], '0'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      ['div', [1, 0], 'division by zero'],
      ['div', [1e300, 0.5e-300], 'the result is past the range of numbers'],
      ['sqrt', [-1], 'a number below 0 has no square root'],
      ['ln', [0], 'only numbers above 0 have a logarithm'],
      ['exp', [1000], 'the result is past the range of numbers'],
      ['pow', [0, -1], '0 has no power below 0'],
      ['pow', [-2, 0.5], 'a number below 0 has no power that is no integer'],
      ['pow', [10, 1000], 'an integer of more than 1000 digits'],
      ['pow', [10, 10n ** 40n], 'an integer of more than 1000 digits'],
      ['pow', [1e300, 2], 'the result is past the range of numbers'],
      ['bitShift', [1, 4000], 'a shift by more than 3400 places'],
      ['round', [1.7e308, -308], 'the result is past the range of numbers'],
      ['range', [10_000_000], 'a range of more than 1000000 integers, or past 2^53'],
      ['sum', [event('[1, "a"]')], 'numbers are added up, and an element is of type string'],
      ['sum', [event('[1e308, 1e308]')], 'the result is past the range of numbers'],
      ['first', [event('[1e999]')], '1e999 is past the range of numbers'],
      ['hash', ['a', 0], 'a hash is below a number of 1 or more'],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('is exact for integers of any size', async () => {
    const whole = async (name: string, ...values: Value[]): Promise<bigint> =>
      BigInt(await json(name, ...values));
    await fc.assert(
      fc.asyncProperty(integer, integer, fc.nat(90), async (x, y, n) => {
        expect(await whole('abs', value(x))).toBe(x < 0n ? -x : x);
        if (y !== 0n) expect(await whole('div', value(x), value(y))).toBe(x / y);
        expect(await whole('greatest', value(x), value(y))).toBe([x, y].sort((a, b) => (a < b ? 1 : -1))[0]);
        expect(await whole('bitAnd', value(x), value(y))).toBe(x & y);
        expect(await whole('bitOr', value(x), value(y))).toBe(x | y);
        expect(await whole('bitXor', value(x), value(y))).toBe(x ^ y);
        expect(await whole('bitShift', value(x), n)).toBe(x << BigInt(n));
        expect(await whole('bitShift', value(x), -n)).toBe(x >> BigInt(n));
        expect(await whole('pow', value(x), n % 12)).toBe(x ** BigInt(n % 12));
        expect(await whole('sum', [value(x), value(y), value(-x)])).toBe(y);
        expect(await whole('int', String(x))).toBe(x);
        for (const name of ['ceil', 'floor', 'trunc', 'round', 'int'])
          expect(await whole(name, value(x))).toBe(x);
      }),
    );
  });

  it('rounds what is written in decimals', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -99_999_999, max: 99_999_999 }),
        fc.nat(6),
        fc.nat(6),
        async (n, a, b) => {
          const [places, digits] = [Math.max(a, b), Math.min(a, b)];
          const unit = 10 ** (places - digits);
          const rounded = (n < 0 ? -1 : 1) * Math.floor((Math.abs(n) + unit / 2) / unit);
          const expected = places === digits ? n : rounded;
          expect(await valueOf('round', Number(`${n}e-${places}`), digits)).toBe(
            Number(`${expected}e-${digits}`) + 0,
          );
        },
      ),
    );
  });

  it('stays between the integers beside it', async () => {
    await fc.assert(
      fc.asyncProperty(double, async (x) => {
        const [down, up, near, toZero] = (await Promise.all(
          ['floor', 'ceil', 'round', 'trunc'].map((name) => valueOf(name, x)),
        )) as number[];
        expect([down, up]).toContain(near);
        expect(toZero).toBe(x < 0 ? up : down);
        expect(down! <= x && x <= up!).toBe(true);
        expect(Math.abs(near! - x)).toBeLessThanOrEqual(0.5);
      }),
    );
  });
});

describe('hash', () => {
  const plain = (text: string): bigint => referenceXxh64(new TextEncoder().encode(text));

  it('is XXH64 of a text, and below a number where one is given', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.oneof(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.integer({ min: 1, max: 3_000_000 })),
        async (text, n) => {
          expect(BigInt(await json('hash', text))).toBe(plain(text));
          expect(BigInt(await json('hash', text, n))).toBe(plain(text) % BigInt(n));
        },
      ),
    );
  });

  it('is that of the JSON of what is no text, equal for equal numbers', async () => {
    expect(await json('hash', event('{"a": 1}'))).toBe(String(plain('{"a": 1}')));
    expect(await json('hash', 1e21)).toBe(String(plain('1000000000000000000000')));
    expect(await json('hash', 1e21)).toBe(await json('hash', 10n ** 21n));
    expect(await json('hash', null)).toBe('null');
  });
});

describe('a conversion', () => {
  it.each(
    titled([
      ['int', ['-0'], '0'],
      ['int', ['+007'], '7'],
      ['int', ['-9007199254740993'], '-9007199254740993'],
      ['int', [1e20], '100000000000000000000'],
      ['int', [-2.9], '-2'],
      ['double', ['1e3'], '1000'],
      ['double', ['-.5'], '-0.5'],
      ['double', ['3.'], '3'],
      ['double', ['007'], '7'],
      ['double', [2n ** 53n + 1n], '9007199254740992'],
      ['string', ['a"b'], '"a\\"b"'],
      ['string', [1e21], '"1e+21"'],
      ['string', [BIG], `"${BIG}"`],
      ['string', [true], '"true"'],
      ['string', [event('{"a": 1}')], '"{\\"a\\": 1}"'],
      ['string', [new Timestamp(-1)], '"1969-12-31T23:59:59.999Z"'],
      ['string', [new Duration(-1500)], '"-PT1.5S"'],
      ['string', [null], 'null'],
      ['bool', ['T'.toLowerCase()], 'true'],
      ['bool', ['False'], 'false'],
      ['bool', [false], 'false'],
      ['type', [null], '"null"'],
      ['type', [1], '"integer"'],
      ['type', [event('{}')], '"object"'],
      ['to_json', [null], '"null"'],
      ['to_json', ['a'], '"\\"a\\""'],
      ['parse_json', [' [1, {"a": 18446744073709551616}] '], '[1, {"a": 18446744073709551616}]'],
      ['parse_json', ['"\\u0041"'], '"A"'],
      ['parse_json', ['null'], 'null'],
      ['coalesce', [null, null], 'null'],
      ['coalesce', [null, false, 1], 'false'],
      ['nullif', [1, 1.0], 'null'],
      ['nullif', ['1', 1], '"1"'],
      ['nullif', [1, null], '1'],
      ['nullif', [event('[1 ]'), event('[1]')], 'null'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      ['int', ['1.5'], "'1.5' is no integer"],
      ['int', [''], "'' is no integer"],
      ['int', [' 1'], "' 1' is no integer"],
      ['int', ['0x10'], "'0x10' is no integer"],
      ['int', ['1'.repeat(1001)], `'${'1'.repeat(60)}…' is no integer`],
      ['double', ['abc'], "'abc' is no number"],
      ['double', ['Infinity'], "'Infinity' is no number"],
      ['double', ['1e999'], 'the result is past the range of numbers'],
      ['double', [10n ** 400n], 'the result is past the range of numbers'],
      ['bool', ['yes'], "'yes' is neither true nor false"],
      ['parse_json', ['{"a":}'], `'{\\"a\\":}' is no JSON: expected a value`],
      ['parse_json', ['1 2'], "'1 2' is no JSON: something stands behind the value"],
      ['parse_json', ['1e999'], '1e999 is past the range of numbers'],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('of a number to text and back gives the number', async () => {
    await fc.assert(
      fc.asyncProperty(double, integer, async (x, n) => {
        expect(await valueOf('double', (await valueOf('string', x))!)).toBe(x + 0);
        expect(await valueOf('int', (await valueOf('string', value(n)))!)).toBe(value(n));
      }),
    );
  });

  it('to JSON and back gives the value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (any) => {
        const text = JSON.stringify(any);
        const parsed = await valueOf('parse_json', text);
        expect(await valueOf('to_json', parsed)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

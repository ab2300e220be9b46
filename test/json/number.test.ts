import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import {
  compareNumbers,
  isInteger,
  isNumber,
  isNumberText,
  readDouble,
  readInteger,
  writeDouble,
} from '../../src/json/number.ts';
import { edited, edits, framed, numberText } from './json-text.ts';

const double = (text: string): number => {
  const { b, start, end } = framed(text, '12.', '34e5');
  return readDouble(b, start, end);
};

const compare = (x: string, y: string): number => {
  const a = framed(x, '9', '9');
  const b = framed(y, '1', '1');
  return Math.sign(compareNumbers(a.b, a.start, a.end, b.b, b.start, b.end));
};

describe('isNumber', () => {
  it.each(['0', '-0', '12', '1.50', '1e5', '-1.5E+10', '1E400', '0.0'])('takes %s', (text) => {
    const { b, start, end } = framed(text);
    expect(isNumber(b, start, end)).toBe(true);
  });

  it.each([
    '',
    '-',
    '01',
    '1.',
    '.5',
    '1e',
    '+1',
    '1 ',
    ' 1',
    '1,2',
    '0x1',
    'NaN',
    'Infinity',
    '1_000',
    '1e5.0',
    '"1"',
  ])('refuses %j', (text) => {
    const { b, start, end } = framed(text, '1', '234');
    expect(isNumber(b, start, end)).toBe(false);
  });

  it('takes exactly the grammar of RFC 8259', () => {
    fc.assert(
      fc.property(numberText, edits, (text, changes) => {
        const { b, start, end } = framed(edited(text, changes), '-', '0');
        const grammar = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
        expect(isNumber(b, start, end)).toBe(grammar.test(b.toString('latin1', start, end)));
      }),
      { numRuns: 1000 },
    );
  });

  it('says the same of a text', () => {
    fc.assert(
      fc.property(fc.oneof(numberText, fc.string({ unit: fc.constantFrom(...'-+.eE019 ') })), (text) => {
        const { b, start, end } = framed(text);
        expect(isNumberText(text)).toBe(isNumber(b, start, end));
      }),
    );
  });
});

describe('isInteger', () => {
  it('goes by spelling, not by value', () => {
    for (const text of ['0', '-0', '-12', '123456789012345678901234567890']) {
      const { b, start, end } = framed(text, '1.', 'e5');
      expect(isInteger(b, start, end), text).toBe(true);
    }
    for (const text of ['1.0', '1e0', '1E3', '-0.0']) {
      const { b, start, end } = framed(text);
      expect(isInteger(b, start, end), text).toBe(false);
    }
  });

  it('ends at 1,000 digits, with or without a sign', () => {
    const digits = Buffer.from(`-${'9'.repeat(1001)}`);
    expect(isInteger(digits, 0, 1001)).toBe(true);
    expect(isInteger(digits, 1, 1001)).toBe(true);
    expect(isInteger(digits, 0, 1002)).toBe(false);
    expect(isInteger(digits, 1, 1002)).toBe(false);
  });
});

describe('readDouble', () => {
  it.each([
    '0',
    '-0',
    '-0.0',
    '0.1',
    '0.30000000000000004',
    '999999999999999',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '9999999999999999',
    '900719925474099.3',
    '9007199254740.9923',
    '90071992547.409931',
    '0.9007199254740993',
    '99999999999.999999',
    '123456789012345678',
    '0.000000000000001',
    '-9007199254740993.0',
    '0.00000000000001',
    '123456789.012345',
    '1.7976931348623157e308',
    '1.7976931348623159e308',
    '5e-324',
    '2e-324',
    '2.2250738585072011e-308',
    '1e22',
    '1e23',
    '8.41e21',
    '9007199254740993e0',
    '1E400',
    '-1E400',
    '1e-400',
    `1${'0'.repeat(400)}`,
    `0.${'0'.repeat(400)}1`,
    '1e99999999999999999999',
  ])('reads %s as Number does', (text) => {
    expect(double(text)).toBe(Number(text));
  });

  it('reads every spelling as Number does, the sign of zero included', () => {
    fc.assert(
      fc.property(numberText, (text) => void expect(double(text)).toBe(Number(text))),
      { numRuns: 3000 },
    );
    const short = fc.stringMatching(/^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,16})?$/);
    fc.assert(
      fc.property(short, (text) => void expect(double(text)).toBe(Number(text))),
      { numRuns: 3000 },
    );
  });
});

describe('readInteger', () => {
  it('is exact at any size', () => {
    const { b, start, end } = framed('-123456789012345678901234567890', '9', '9');
    expect(readInteger(b, start, end)).toBe(-123456789012345678901234567890n);
  });
});

describe('writeDouble', () => {
  const text = (value: number): string => {
    const out = new ByteWriter(1);
    writeDouble(out, value);
    return out.toString();
  };

  it('writes the shortest spelling that reads back the same', () => {
    expect([0, -0, 1.5, 1e21, 1e-7, 0.1 + 0.2, -5e-324].map(text)).toEqual([
      '0',
      '0',
      '1.5',
      '1e+21',
      '1e-7',
      '0.30000000000000004',
      '-5e-324',
    ]);
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        const spelled = text(value);
        expect(isNumber(Buffer.from(spelled), 0, spelled.length)).toBe(true);
        expect(double(spelled)).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('throws on what JSON cannot say', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      expect(() => writeDouble(new ByteWriter(1), value)).toThrow(RangeError);
    }
  });
});

describe('compareNumbers', () => {
  const big = '9'.repeat(1000);

  it.each([
    ['1', '2'],
    ['-2', '-1'],
    ['2', '10'],
    ['0.1', '0.2'],
    ['9007199254740992', '9007199254740993'],
    ['9007199254740992.0', '9007199254740993'],
    ['-9007199254740993', '-9007199254740992'],
    ['1e23', '100000000000000000000000'],
    ['123456789012345678901234567890', '123456789012345678901234567891'],
    ['1.7976931348623157e308', big],
    [`-${big}`, '-1.7976931348623157e308'],
    [big.slice(1), big],
    [big, '1E400'],
    ['-1E400', `-${big}`],
    ['-1E400', '1E400'],
    ['1E400', '2E400'],
    [big, `1${big}`],
  ])('puts %s before %s', (x, y) => {
    expect(compare(x, y)).toBe(-1);
    expect(compare(y, x)).toBe(1);
  });

  it.each([
    ['1', '1.0'],
    ['1', '1e0'],
    ['100', '1E2'],
    ['0', '-0'],
    ['-0.0', '0'],
    ['0', '1e-400'],
    ['9007199254740992.0', '9007199254740993.0'],
    ['99999999999999991611392', '1e23'],
    ['1E400', '1E400'],
  ])('calls %s and %s equal', (x, y) => {
    expect(compare(x, y)).toBe(0);
    expect(compare(y, x)).toBe(0);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(numberText, numberText, numberText, (x, y, z) => {
        expect(compare(x, x)).toBe(0);
        expect(compare(x, y) + compare(y, x)).toBe(0);
        const [low, middle, high] = [x, y, z].sort(compare) as [string, string, string];
        expect(compare(low, middle)).toBeLessThanOrEqual(0);
        expect(compare(middle, high)).toBeLessThanOrEqual(0);
        expect(compare(low, high)).toBeLessThanOrEqual(0);
        if (compare(x, y) === 0) expect(compare(x, z)).toBe(compare(y, z));
      }),
      { numRuns: 2000 },
    );
  });
});

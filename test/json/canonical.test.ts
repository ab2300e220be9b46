import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { isCanonical, writeCanonical } from '../../src/json/canonical.ts';
import { compareValues } from '../../src/json/compare.ts';
import { framed, numberText, stringText, valueText } from './json-text.ts';

const canonical = (text: string): string => {
  const { b, start, end } = framed(text, '"\\', '.0"\\');
  const out = new ByteWriter(1);
  writeCanonical(out, b, start, end);
  return out.toString();
};

const isItself = (text: string): boolean => {
  const { b, start, end } = framed(text, '"\\', '.0"\\');
  return isCanonical(b, start, end);
};

const compare = (x: string, y: string): number => {
  const a = framed(x);
  const b = framed(y);
  return compareValues(a.b, a.start, a.end, b.b, b.start, b.end);
};

/** Values that are often equal in different spellings. */
const alike = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '[1]',
    '[1.0]',
    '[ 1]',
    '{}',
    '{ }',
    '"a"',
    '"\\u0061"',
    '"\\ud800"',
  ),
  fc.constantFrom(
    '"\\uD800"',
    '0',
    '-0',
    '0.0',
    '1',
    '1.0',
    '10e-1',
    '1e23',
    '99999999999999991611392',
    '1e-400',
  ),
  fc.constantFrom(
    '9007199254740992',
    '9007199254740992.0',
    '9007199254740993',
    '9007199254740993.0',
    '1E400',
    '1e400',
  ),
  numberText,
  stringText,
  valueText,
);

describe('writeCanonical', () => {
  it.each([
    ['null', 'null'],
    ['true', 'true'],
    ['false', 'false'],
    ['0', '0'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['1.0', '1'],
    ['1e0', '1'],
    ['-10E-1', '-1'],
    ['1.50', '1.5'],
    ['15e-1', '1.5'],
    ['0.0000001', '1e-7'],
    ['1e-400', '0'],
    ['1e23', '99999999999999991611392'],
    ['100000000000000000000000', '100000000000000000000000'],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740993.0', '9007199254740992'],
    ['1E400', '1E400'],
    ['-1e400', '-1e400'],
    ['""', '""'],
    ['"\\u0061\\/"', '"a/"'],
    ['"\\u000a\\u0022\\u005c\\u0001\\u001F"', '"\\n\\"\\\\\\u0001\\u001f"'],
    ['"\\uD83D\\uDE00"', '"😀"'],
    ['"\\uD800"', '"\\ud800"'],
    ['[1.0, "\\u0061"]', '[1.0, "\\u0061"]'],
    ['{ "a":1.0}', '{ "a":1.0}'],
  ])('writes %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it('gives equal bytes to two values exactly when they compare as equal', () => {
    fc.assert(
      fc.property(
        alike,
        alike,
        (x, y) => void expect(canonical(x) === canonical(y)).toBe(compare(x, y) === 0),
      ),
      { numRuns: 5000 },
    );
  });

  it('keeps the value, and does not change what it wrote', () => {
    fc.assert(
      fc.property(alike, (text) => {
        const spelled = canonical(text);
        expect(canonical(spelled)).toBe(spelled);
        expect(compare(text, spelled)).toBe(0);
        const [before, after] = [JSON.parse(text), JSON.parse(spelled)];
        expect(after).toEqual(before === 0 ? 0 : before);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isCanonical', () => {
  it.each([
    'null',
    'true',
    'false',
    '0',
    '-1',
    '200',
    '12345678901234567890',
    '""',
    '"é"',
    '[1.0]',
    '{"a":"\\n"}',
  ])('knows %s for canonical', (text) => {
    expect(isItself(text)).toBe(true);
  });

  it.each(['-0', '1.0', '1e5', '"\\u0061"', '"\\/"'])('does not take %s for canonical', (text) => {
    expect(isItself(text)).toBe(false);
  });

  it('never takes for canonical what would be written otherwise', () => {
    fc.assert(
      fc.property(alike, (text) => {
        if (isItself(text)) expect(canonical(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

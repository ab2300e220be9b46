import { Buffer, isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure, skipSpace, stringEnd, valueEnd } from '../../src/json/scan.ts';
import { edited, edits, framed, hostile, parses, valueText } from './json-text.ts';

/** Whether b[start, end) is one JSON text with white space around it. */
function accepts(b: Uint8Array, start: number, end: number): boolean {
  const behind = valueEnd(b, skipSpace(b, start, end), end);
  return behind >= 0 && skipSpace(b, behind, end) === end;
}

/** What is wrong with a text, and at which byte of it. */
function wrong(text: string): { at: number; reason: string } {
  const { b, start, end } = framed(text);
  expect(valueEnd(b, start, end), text).toBe(-1);
  return { at: failure.at - start, reason: failure.reason };
}

describe('valueEnd', () => {
  it.each([
    ['null'],
    ['true'],
    ['false'],
    ['0'],
    ['-0'],
    ['-1'],
    ['1.5'],
    ['1E400'],
    ['1e-400'],
    ['123456789012345678901234567890'],
    ['0.1e+10'],
    ['""'],
    ['"é€😀"'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"'],
    ['"\\ud800"'],
    ['"\\udc00\\ud800"'],
    ['"\u007f"'],
    ['[]'],
    ['[ ]'],
    ['{}'],
    ['{ \t\r\n}'],
    ['[1,2 , 3]'],
    ['{"a":1,"a":2}'],
    ['{"":{"":[{}]}}'],
    ['[[],{},[{}],"",0]'],
    ['{"a" : [ true , false , null ] }'],
  ])('accepts %s and stops right behind it', (text) => {
    for (const behind of ['', '"}]0'.slice(0, /\d$/.test(text) ? 3 : 4), ',']) {
      const { b, start, end } = framed(text, '"{[\\', behind);
      expect(valueEnd(b, start, end)).toBe(end);
      if (behind !== '') expect(valueEnd(b, start, b.length)).toBe(end);
    }
  });

  it.each([
    ['', 0, 'expected a value'],
    [' 1', 0, 'expected a value'],
    ['\ufeff1', 0, 'expected a value'],
    ['\0', 0, 'a NUL byte; is this text?'],
    ['[\0]', 1, 'a NUL byte; is this text?'],
    ['{\0}', 1, 'a NUL byte; is this text?'],
    ['[1\0]', 2, 'a NUL byte; is this text?'],
    ['"a\0b"', 2, 'a NUL byte; is this text?'],
    ['"', 0, 'a string is not closed'],
    ['"abc', 0, 'a string is not closed'],
    ['"abc\\"', 0, 'a string is not closed'],
    ['"abc\\', 0, 'a string is not closed'],
    ['"\\u00e', 0, 'a string is not closed'],
    ['["a","bc]', 5, 'a string is not closed'],
    ['"a\nb"', 2, 'a control character in a string; it must be escaped'],
    ['"a\tb"', 2, 'a control character in a string; it must be escaped'],
    ['"\u001f"', 1, 'a control character in a string; it must be escaped'],
    ['"\\x41"', 1, 'a backslash that escapes nothing'],
    ['"\\U0041"', 1, 'a backslash that escapes nothing'],
    ['"\\\'"', 1, 'a backslash that escapes nothing'],
    ['"\\u00g0"', 5, '\\u wants four hexadecimal digits'],
    ['"\\u00e"', 6, '\\u wants four hexadecimal digits'],
    ["'a'", 0, 'expected a value'],
    ['-', 0, 'a number without digits'],
    ['-a', 0, 'a number without digits'],
    ['--1', 0, 'a number without digits'],
    ['+1', 0, 'expected a value'],
    ['.5', 0, 'expected a value'],
    ['01', 0, 'a number has a leading zero'],
    ['-00', 0, 'a number has a leading zero'],
    ['1.', 1, 'a number has no digits behind its point'],
    ['1.e5', 1, 'a number has no digits behind its point'],
    ['1e', 1, 'a number has no digits in its exponent'],
    ['1E+', 1, 'a number has no digits in its exponent'],
    ['1.5e-', 3, 'a number has no digits in its exponent'],
    ['NaN', 0, 'expected a value'],
    ['Infinity', 0, 'expected a value'],
    ['-Infinity', 0, 'a number without digits'],
    ['nul', 0, 'expected a value'],
    ['tru', 0, 'expected a value'],
    ['fals', 0, 'expected a value'],
    ['True', 0, 'expected a value'],
    ['[', 1, 'expected a value'],
    ['[1', 2, 'the list is not closed'],
    ['[1,', 3, 'expected a value'],
    ['[1,]', 3, 'expected a value'],
    ['[,1]', 1, 'expected a value'],
    ['[1 2]', 3, "expected ',' or ']'"],
    ['[1}', 2, "expected ',' or ']'"],
    ['[0x1]', 2, "expected ',' or ']'"],
    ['{', 1, 'the object is not closed'],
    ['{"a"', 4, "expected ':'"],
    ['{"a" 1}', 5, "expected ':'"],
    ['{"a":', 5, 'expected a value'],
    ['{"a":}', 5, 'expected a value'],
    ['{"a":1', 6, 'the object is not closed'],
    ['{"a":1,', 7, 'the object is not closed'],
    ['{"a":1,}', 7, 'expected a member name in quotes'],
    ['{,}', 1, 'expected a member name in quotes'],
    ['{a:1}', 1, 'expected a member name in quotes'],
    ['{1:1}', 1, 'expected a member name in quotes'],
    ["{'a':1}", 1, 'expected a member name in quotes'],
    ['{"a":1]', 6, "expected ',' or '}'"],
    ['{"a":1 "b":2}', 7, "expected ',' or '}'"],
    ['{"a":1;"b":2}', 6, "expected ',' or '}'"],
    ['[1/**/]', 2, "expected ',' or ']'"],
    ['\u00a01', 0, 'expected a value'],
    ['[1,\u00a02]', 3, 'expected a value'],
    ['[1,\f2]', 3, 'expected a value'],
  ])('refuses %j at byte %i: %s', (text, at, reason) => {
    expect(wrong(text)).toEqual({ at, reason });
  });

  it('stops behind a value and leaves what follows to the caller', () => {
    for (const [text, length] of [
      ['1 2', 1],
      ['[]]', 2],
      ['truex', 4],
      ['"a""b"', 3],
      ['1,', 1],
    ] as const) {
      const bytes = Buffer.from(text);
      expect(valueEnd(bytes, 0, bytes.length)).toBe(length);
    }
  });

  it('takes 100,000 levels of nesting, and says where they are not closed', () => {
    const depth = 100_000;
    const lists = Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(valueEnd(lists, 0, lists.length)).toBe(lists.length);
    expect(valueEnd(lists, 0, lists.length - 1)).toBe(-1);
    expect(failure).toEqual({ at: lists.length - 1, reason: 'the list is not closed' });
    const mixed = Buffer.from(`${'[{"a":'.repeat(depth)}0${'}]'.repeat(depth)}`);
    expect(valueEnd(mixed, 0, mixed.length)).toBe(mixed.length);
    const crossed = Buffer.from(`${'[{"a":'.repeat(depth)}0${']}'.repeat(depth)}`);
    expect(valueEnd(crossed, 0, crossed.length)).toBe(-1);
    expect(valueEnd(Buffer.from('['.repeat(depth)), 0, depth)).toBe(-1);
  });

  it('forgets what an earlier value was nested in', () => {
    expect(valueEnd(Buffer.from('[[[[{"a":['), 0, 10)).toBe(-1);
    expect(valueEnd(Buffer.from('{"a":{}}'), 0, 8)).toBe(8);
  });

  it('accepts exactly what JSON.parse accepts, whatever bytes stand around the text', () => {
    fc.assert(
      fc.property(valueText, edits, hostile, hostile, (text, changes, before, behind) => {
        const bytes = edited(text, changes);
        fc.pre(isUtf8(bytes));
        const expected = parses(bytes.toString());
        const { b, start, end } = framed(bytes, before, behind);
        expect(accepts(b, start, end)).toBe(expected);
        if (valueEnd(b, start, end) < 0) {
          const { at, reason } = failure;
          expect(at).toBeGreaterThanOrEqual(start);
          expect(at).toBeLessThanOrEqual(end);
          expect(reason).not.toBe('');
          expect(valueEnd(b.subarray(0, end), start, end)).toBe(-1);
          expect(failure).toEqual({ at, reason });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('finds the same end of a value that others follow', () => {
    fc.assert(
      fc.property(
        valueText,
        fc.constantFrom(',', ' ', '}', ']', '\n'),
        hostile,
        (text, separator, behind) => {
          const { b, start, end } = framed(text, '[', separator + behind);
          expect(valueEnd(b, start, b.length)).toBe(end);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws, and never answers beyond its end, on bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(40), (bytes, x, y) => {
        const start = Math.min(x, y, bytes.length);
        const end = Math.min(Math.max(x, y), bytes.length);
        for (const behind of [valueEnd(bytes, start, end), stringEnd(bytes, start, end)]) {
          expect(behind === -1 || (behind > start && behind <= end)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says of every cut of a valid object that it is wrong, and nothing about what was cut off', () => {
    const text = Buffer.from('{"a":[1.5e3,"b\\u00e9\\n",true,null,{"c":{}}],"d":-0}');
    for (let end = 0; end < text.length; end++) {
      expect(valueEnd(text.subarray(0, end), 0, end)).toBe(-1);
      const alone = { ...failure };
      expect(valueEnd(text, 0, end)).toBe(-1);
      expect(failure, text.toString('utf8', 0, end)).toEqual(alone);
    }
    expect(valueEnd(text, 0, text.length)).toBe(text.length);
  });
});

describe('stringEnd', () => {
  it('starts behind the opening quote and ends behind the closing one', () => {
    const { b, start, end } = framed('"a\\"b"');
    expect(stringEnd(b, start + 1, end)).toBe(end);
    expect(stringEnd(b, end - 1, end)).toBe(end);
  });

  it('does not close a string with a quote behind the end', () => {
    const { b, start, end } = framed('"abc', '', '"');
    expect(stringEnd(b, start + 1, end)).toBe(-1);
    expect(failure).toEqual({ at: start, reason: 'a string is not closed' });
  });

  it('does not take a backslash before the end for an escape of what stands behind it', () => {
    for (const behind of ['n"', '\\"', 'u0041"', 'x']) {
      const { b, start, end } = framed('"abc\\', '', behind);
      expect(stringEnd(b, start + 1, end)).toBe(-1);
      expect(failure).toEqual({ at: start, reason: 'a string is not closed' });
    }
  });
});

describe('skipSpace', () => {
  it('skips space, tab, carriage return and line feed only', () => {
    for (let c = 0; c < 256; c++) {
      const white = c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d;
      expect(skipSpace(Uint8Array.of(0x20, c, 0x20), 0, 3), String(c)).toBe(white ? 3 : 1);
    }
  });

  it('stops at the end, also with more white space behind it', () => {
    expect(skipSpace(Buffer.from('      '), 1, 4)).toBe(4);
    expect(skipSpace(Buffer.from(''), 0, 0)).toBe(0);
  });
});

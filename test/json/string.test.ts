import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { compareStrings, hasEscape, unescape, writeString, writeStringBytes } from '../../src/json/string.ts';
import { framed, stringText } from './json-text.ts';

const compare = (x: string, y: string): number => {
  const a = framed(x, '"z', '\\"');
  const b = framed(y, '', '"a');
  return compareStrings(a.b, a.start, a.end, b.b, b.start, b.end);
};

/** Generalized UTF-8 of a text: a lone surrogate gets three bytes (WTF-8). */
function wtf8(text: string): Buffer {
  return Buffer.concat(
    Array.from(text, (letter) => {
      const point = letter.codePointAt(0)!;
      if (point < 0xd800 || point > 0xdfff) return Buffer.from(letter);
      return Buffer.from([0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]);
    }),
  );
}

const written = (text: string): string => {
  const out = new ByteWriter(1);
  writeString(out, text);
  return out.toString();
};

describe('unescape', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['é€😀', 'é€😀'],
    ['\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'],
    ['\\u00e9\\u00E9', 'éé'],
    ['\\ud83d\\ude00', '😀'],
    ['\\ud800', '\ud800'],
    ['\\u0000', '\0'],
    ['\\\\u0041', '\\u0041'],
  ])('reads %s', (inside, text) => {
    const { b, start, end } = framed(inside);
    expect(unescape(b, start, end)).toBe(text);
  });

  it('says what JSON.parse says', () => {
    fc.assert(
      fc.property(stringText, (text) => {
        const { b, start, end } = framed(text);
        expect(unescape(b, start + 1, end - 1)).toBe(JSON.parse(text));
      }),
    );
  });
});

describe('hasEscape', () => {
  it('looks at its span only', () => {
    const b = Buffer.from('\\a\\n\\');
    expect(hasEscape(b, 1, 2)).toBe(false);
    expect(hasEscape(b, 1, 3)).toBe(true);
    expect(hasEscape(b, 2, 2)).toBe(false);
  });
});

describe('writeString', () => {
  it('escapes what must be escaped and nothing else', () => {
    expect(written('a/b"c\\d\n\u0001\u007fé😀')).toBe('"a/b\\"c\\\\d\\n\\u0001\u007fé😀"');
  });

  it('keeps a lone surrogate as an escape, since UTF-8 has none', () => {
    expect(written('\ud800x\udc00')).toBe('"\\ud800x\\udc00"');
  });

  it('is read back by JSON.parse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void expect(JSON.parse(written(text))).toBe(text)),
    );
  });
});

describe('writeStringBytes', () => {
  it('writes every character as writeString does, in front of and behind others', () => {
    const text = `${Array.from({ length: 0x180 }, (_, c) => String.fromCharCode(c)).join('')}😀`;
    for (const part of [text, ...text, `"${text}"`, '']) {
      const bytes = Buffer.from(`"${part}"`);
      const out = new ByteWriter(1);
      out.ascii('x:');
      writeStringBytes(out, bytes, 1, bytes.length - 1);
      expect(out.toString()).toBe(`x:${JSON.stringify(part)}`);
    }
  });

  it('takes no more room than the string needs', () => {
    const out = new ByteWriter(16);
    writeStringBytes(out, Buffer.alloc(1 << 20, 'a'), 0, 1 << 20);
    expect(out.length).toBe((1 << 20) + 2);
    expect(out.bytes.length).toBeLessThan(1 << 22);
  });
});

describe('compareStrings', () => {
  it.each([
    ['""', '"a"'],
    ['"a"', '"aa"'],
    ['"a"', '"b"'],
    ['"Z"', '"a"'],
    ['"z"', '"é"'],
    ['"\\uffff"', '"😀"'],
    ['"\\uffff"', '"\\ud83d\\ude00"'],
    ['"\uffff"', '"😀"'],
    ['"\\ud800"', '"\\ue000"'],
    ['"\\udfff"', '"\ue000"'],
    ['"\\ud83d"', '"😀"'],
    ['"\\ud83d\ue000"', '"😀"'],
    ['"\\ud83dz"', '"\\ud83d\\ude00"'],
    ['"\ud7ff"', '"\\ud800"'],
    ['"\\u0000"', '"\\u0001"'],
    ['"a\\u0000"', '"aa"'],
    ['"!"', '"\\""'],
    ['"\\""', '"#"'],
    ['"["', '"\\\\"'],
    ['"\\\\"', '"]"'],
  ])('puts %s before %s', (x, y) => {
    expect(compare(x, y)).toBeLessThan(0);
    expect(compare(y, x)).toBeGreaterThan(0);
  });

  it.each([
    ['"a"', '"\\u0061"'],
    ['"/"', '"\\/"'],
    ['"\\n"', '"\\u000A"'],
    ['"😀"', '"\\uD83D\\ude00"'],
    ['"\\ud800"', '"\\uD800"'],
  ])('calls %s and %s equal', (x, y) => {
    expect(compare(x, y)).toBe(0);
    expect(compare(y, x)).toBe(0);
  });

  it('orders as the unescaped UTF-8 bytes do, lone surrogates as three bytes', () => {
    fc.assert(
      fc.property(stringText, stringText, (x, y) => {
        const expected = Buffer.compare(wtf8(JSON.parse(x)), wtf8(JSON.parse(y)));
        expect(Math.sign(compare(x, y))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('compares long common beginnings', () => {
    const long = 'é'.repeat(5000);
    expect(compare(`"${long}a"`, `"${long}b"`)).toBeLessThan(0);
    expect(compare(`"${long}"`, `"${long}"`)).toBe(0);
    expect(compare(`"${long}\\u0061"`, `"${long}a"`)).toBe(0);
  });
});

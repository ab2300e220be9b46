import { clampedIndex, elementIndex, indexOfCodePoint, lengthInCodePoints } from '../code-points.ts';
import type { FunctionDefinition } from '../function.ts';
import type { NumberValue } from '../number-value.ts';
import { INTEGER_TYPE, listOf, STRING_TYPE } from '../type.ts';

export const lower: FunctionDefinition = {
  name: 'lower',
  form: 'both',
  usage: 'text.lower()',
  summary: 'write all letters small, of any script, by the rules of no language',
  example: ['"ÀB".lower()', '"àb"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => text.toLowerCase(),
};

export const upper: FunctionDefinition = {
  name: 'upper',
  form: 'both',
  usage: 'text.upper()',
  summary: 'write all letters large, of any script, by the rules of no language',
  example: ['"straße".upper()', '"STRASSE"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => text.toUpperCase(),
};

export const lowerAscii: FunctionDefinition = {
  name: 'lowerAscii',
  form: 'both',
  usage: 'text.lowerAscii()',
  summary: 'write A to Z small, and leave all else',
  example: ['"ÀB".lowerAscii()', '"Àb"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
};

export const upperAscii: FunctionDefinition = {
  name: 'upperAscii',
  form: 'both',
  usage: 'text.upperAscii()',
  summary: 'write a to z large, and leave all else',
  example: ['"àb".upperAscii()', '"àB"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
};

export const trim: FunctionDefinition = {
  name: 'trim',
  form: 'both',
  usage: 'text.trim()',
  summary: 'take white space off both ends',
  example: ['" a b\\n".trim()', '"a b"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => text.trim(),
};

export const substring: FunctionDefinition = {
  name: 'substring',
  form: 'both',
  usage: 'text.substring(FROM[, TO])',
  summary: 'take the code points from FROM up to, and without, TO',
  example: ['"/api/users".substring(1, 4)', '"api"'],
  parameters: [STRING_TYPE, INTEGER_TYPE, INTEGER_TYPE],
  optional: 1,
  result: STRING_TYPE,
  call(text: string, from: NumberValue, to?: NumberValue) {
    const length = lengthInCodePoints(text);
    const start = clampedIndex(from, length);
    const end = to === undefined ? length : clampedIndex(to, length);
    if (length === text.length) return text.slice(start, end);
    return text.slice(indexOfCodePoint(text, start), indexOfCodePoint(text, end));
  },
};

export const charAt: FunctionDefinition = {
  name: 'charAt',
  form: 'both',
  usage: 'text.charAt(INDEX)',
  summary: 'take one code point; null where there is none',
  example: ['"a😀b".charAt(1)', '"😀"'],
  parameters: [STRING_TYPE, INTEGER_TYPE],
  result: STRING_TYPE,
  call(text: string, index: NumberValue) {
    const at = elementIndex(index, lengthInCodePoints(text));
    return at < 0 ? null : String.fromCodePoint(text.codePointAt(indexOfCodePoint(text, at))!);
  },
};

export const replace: FunctionDefinition = {
  name: 'replace',
  form: 'both',
  usage: 'text.replace(OLD, NEW[, COUNT])',
  summary: 'put NEW in place of OLD, wherever it stands or the first COUNT times',
  example: ['"a-b-c".replace("-", "+", 1)', '"a+b-c"'],
  parameters: [STRING_TYPE, STRING_TYPE, STRING_TYPE, INTEGER_TYPE],
  optional: 1,
  result: STRING_TYPE,
  call(text: string, old: string, by: string, count: NumberValue = -1) {
    if (count < 0 && old !== '') return text.replaceAll(old, () => by);
    const parts = split(text, old, count < 0 ? Infinity : Number(count) + 1);
    // With nothing to be found the text begins and ends with it, as in Go.
    return old === '' && count !== 0 ? insertBetween(text, by, count) : parts.join(by);
  },
};

/** Puts a text before each code point and at the end, `count` times at most; below 0: everywhere. */
function insertBetween(text: string, by: string, count: NumberValue): string {
  const letters = [...text];
  const times = count < 0 ? letters.length + 1 : Math.min(Number(count), letters.length + 1);
  const before = letters.slice(0, times).map((letter) => by + letter);
  const behind = times > letters.length ? by : letters.slice(times).join('');
  return before.join('') + behind;
}

/** At most `limit` parts, the last of which is the rest. */
function split(text: string, separator: string, limit: number): string[] {
  const parts = separator === '' ? [...text] : text.split(separator);
  return parts.length <= limit
    ? parts
    : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

export const splitText: FunctionDefinition = {
  name: 'split',
  form: 'both',
  usage: 'text.split(SEPARATOR[, COUNT])',
  summary: 'cut at each SEPARATOR, into a list of COUNT parts at most, the last of which is the rest',
  example: ['"/api/users".split("/")', '["","api","users"]'],
  parameters: [STRING_TYPE, STRING_TYPE, INTEGER_TYPE],
  optional: 1,
  result: listOf(STRING_TYPE),
  call(text: string, separator: string, count: NumberValue = -1) {
    if (count === 0) return [];
    return split(text, separator, count < 0 ? Infinity : Number(count));
  },
};

export const reverseText: FunctionDefinition = {
  name: 'reverse',
  form: 'both',
  usage: 'text.reverse()',
  summary: 'put the code points into the opposite order',
  example: ['"moc.example".reverse()', '"elpmaxe.com"'],
  parameters: [STRING_TYPE],
  result: STRING_TYPE,
  call: (text: string) => [...text].reverse().join(''),
};

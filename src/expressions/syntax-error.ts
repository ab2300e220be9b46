import { errorAt, type TidemarkError } from '../errors.ts';
import { methodUsage } from './function-lookup.ts';

/** What other languages write, where it stands in the text, and what it is here. */
interface Foreign {
  /** Matched at the place of the error, or at the word before it. */
  readonly pattern: RegExp;
  readonly hint: string;
  /** Also where only its end is wrong: `<>` at its second sign. */
  readonly begun?: true;
}

const FOREIGN: readonly Foreign[] = [
  { pattern: /=~/y, hint: 'write text.matches("PATTERN")', begun: true },
  { pattern: /!~/y, hint: 'write !text.matches("PATTERN")', begun: true },
  { pattern: /~/y, hint: 'write text.matches("PATTERN")' },
  { pattern: /={1,3}/y, hint: 'write == to compare', begun: true },
  { pattern: /<>/y, hint: 'write != for what differs', begun: true },
  { pattern: /&(?!&)/y, hint: 'write && for and' },
  { pattern: /\|(?!\|)/y, hint: 'write || for or; text.lower() calls a function on a value' },
  { pattern: /and\b/iy, hint: 'write && for and' },
  { pattern: /or\b/iy, hint: 'write || for or' },
  { pattern: /not\s+in\b/iy, hint: 'write !(x in list)' },
  { pattern: /not\b/iy, hint: 'write ! for not: !(a && b)' },
  { pattern: /is\s+not\s+null\b/iy, hint: 'write x != null' },
  { pattern: /is\b/iy, hint: 'write x == null' },
  {
    pattern: /i?like\b/iy,
    hint: 'write text.contains("…"), text.startsWith("…") or text.matches("PATTERN")',
  },
  { pattern: /between\b/iy, hint: 'write x >= 1 && x <= 9' },
  { pattern: /(?:case|when|if|then|else)\b/iy, hint: 'write CONDITION ? THIS : THAT' },
  { pattern: /`/y, hint: 'write names that are no words as member("user-id")' },
  { pattern: /\?\?|\?:/y, hint: 'write coalesce(x, OTHER)', begun: true },
  { pattern: /\*\*/y, hint: 'write pow(a, b)', begun: true },
  { pattern: /\^/y, hint: 'for powers write pow(a, b)' },
  { pattern: /;/y, hint: 'write one expression' },
  { pattern: /\.\s*\d/y, hint: 'write a digit before the point: 0.5' },
  { pattern: /\.\s*[A-Za-z_]/y, hint: 'write a member without the point before it: status, user.id' },
  { pattern: /#/y, hint: 'an expression has no comments' },
];

/** What the library says by its codes, in our words. */
const MESSAGES: Readonly<Record<string, string>> = {
  unterminated_string: 'a string is not closed',
  unterminated_triple_quoted_string: 'a string is not closed',
  newline_in_string: 'a string goes over the end of its line',
  invalid_unicode_escape: '\\u wants four hexadecimal digits, \\U eight',
  invalid_unicode_surrogate: 'half of a pair of surrogates is no character',
  invalid_hex_escape: '\\x wants two hexadecimal digits',
  invalid_octal_escape: 'a backslash and digits want three octal ones',
  octal_escape_out_of_range: 'a backslash and three digits go up to 377',
  invalid_escape_sequence: 'a backslash that escapes nothing',
  invalid_number: 'a number past the range of doubles',
  invalid_exponent: 'a number has no digits in its exponent',
  invalid_hex_integer: '0x wants hexadecimal digits',
  invalid_integer: 'no integer',
};

const HINTS: Readonly<Record<string, string>> = {
  newline_in_string: 'write \\n, or the string in three quotes',
  unterminated_string: 'close it with the quote that it begins with',
  invalid_escape_sequence: 'write \\\\ for a backslash, or a raw string: r"\\d+"',
};

/** What a parser's error means, at index `at` of the text. */
export function syntaxError(text: string, code: string, at: number): TidemarkError {
  const message = MESSAGES[code];
  if (message !== undefined) return errorAt(text, at, message, HINTS[code]);
  if (code === 'limit_exceeded')
    return errorAt(
      text,
      at,
      'the expression is too large',
      'a list has at most 1000 elements, and nothing is nested deeper than 250',
    );
  if (code === 'invalid_macro_argument')
    return errorAt(text, at, 'the name of a variable is missing', 'write list.exists(x, x > 1)');
  const foreign = foreignAt(text, at);
  if (text.slice(at).trim() === '') {
    const what = text.trim() === '' ? 'an expression is missing' : 'the expression ends too early';
    return errorAt(text, text.trimEnd().length, what, foreign ?? unclosed(text));
  }
  const found = /[\w$@\u{80}-\u{10ffff}]+|\S/uy;
  found.lastIndex = at;
  const word = found.exec(text)?.[0] ?? text[at]!;
  return errorAt(text, at, `${quoted(word)} is not expected here`, foreign ?? around(text, at));
}

const quoted = (word: string): string => (word === "'" ? `"'"` : `'${word}'`);

/** At the place itself, then at the word before it: `not x` is wrong at x. */
function foreignAt(text: string, at: number): string | undefined {
  const before = /\S*\s*$/.exec(text.slice(0, at))!;
  const word = /[A-Za-z]+\s*$/.exec(text.slice(0, at))?.index;
  for (const place of [at, word, before.index]) {
    if (place === undefined) continue;
    for (const { pattern, hint, begun } of FOREIGN) {
      // Signs are looked for where the error is; before it they may be right.
      if (place !== at && begun !== true && !pattern.source.includes('\\b')) continue;
      pattern.lastIndex = place;
      if (pattern.test(text)) return hint;
    }
  }
  return undefined;
}

function around(text: string, at: number): string | undefined {
  if (text[at] === ',' && /\bin\s*\([^)]*$/.test(text.slice(0, at)))
    return 'write a list in brackets: x in [1, 2]';
  const word = /[A-Za-z]+/y;
  word.lastIndex = at;
  const name = word.exec(text)?.[0];
  const on = /([\w.]+)\s+$/.exec(text.slice(0, at))?.[1];
  const usage = name === undefined || on === undefined ? undefined : methodUsage(name, on);
  if (usage !== undefined) return `write ${usage}`;
  if (/[\w)\]"']\s+$/.test(text.slice(0, at)) && /[\w"'(]/.test(text[at]!))
    return 'an operator is missing before it; names with spaces or signs are member("user-id")';
  return undefined;
}

/** What is opened and never closed. */
function unclosed(text: string): string | undefined {
  const bare = text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '');
  for (const [open, close] of ['()', '[]', '{}']) {
    const count = (sign: string): number => bare.split(sign).length - 1;
    if (count(open!) > count(close!)) return `close the '${open}' with '${close}'`;
  }
  return undefined;
}

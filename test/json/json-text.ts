import { Buffer } from 'node:buffer';
import fc from 'fast-check';

/** JSON texts in many spellings: white space, escapes, number forms; what they mean is what JSON.parse says. */

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abzAZ09 /{}[],:@-.') },
  { weight: 2, arbitrary: fc.constantFrom('é', 'ß', '€', '\uffff', '\ue000', '😀', '\u{10ffff}', '\u007f') },
  { weight: 2, arbitrary: fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\\u0061',
      '\\u00e9',
      '\\u00E9',
      '\\ud83d',
      '\\ude00',
      '\\uD83D\\uDE00',
      '\\uffff',
      '\\ue000',
      '\\u0000',
    ),
  },
);

/** A string with its quotes. */
export const stringText: fc.Arbitrary<string> = fc
  .array(character, { maxLength: 8 })
  .map((characters) => `"${characters.join('')}"`);

/** A number in any spelling of the grammar. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?([eE][+-]?[0-9])?$/),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => String(value)),
  fc.constantFrom('0', '-0', '0.0', '1', '1.0', '1e0', '10E-1', '9007199254740992', '9007199254740993'),
  fc.constantFrom('9007199254740992.0', '9007199254740993.0', '1e23', '100000000000000000000000', '1E400'),
);

/** Any value, without white space around it. */
export const valueText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('null', 'true', 'false'),
    numberText,
    stringText,
    fc
      .array(
        fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
        { maxLength: 4 },
      )
      .chain((elements) => space.map((inside) => `[${elements.length > 0 ? elements.join(',') : inside}]`)),
    fc
      .array(
        fc
          .tuple(space, stringText, space, fc.constant(':'), space, tie('value'), space)
          .map((parts) => parts.join('')),
        { maxLength: 4 },
      )
      .chain((members) => space.map((inside) => `{${members.length > 0 ? members.join(',') : inside}}`)),
  ),
})).value;

/** Random changes of single bytes, most of them bytes that mean something to a scanner. */
export const edits = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
    byte: fc.oneof(
      fc.constantFrom(...Buffer.from('"\\{}[],:0123456789-+.eEutrfalsn \t\n\r')),
      fc.integer({ min: 0, max: 0x7f }),
    ),
  }),
  { maxLength: 3 },
);

type Edit = typeof edits extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

export function edited(text: string, changes: readonly Edit[]): Buffer {
  let bytes = Buffer.from(text);
  for (const { at, kind, byte } of changes) {
    const i = at % (bytes.length + 1);
    const behind = kind === 'insert' ? i : i + 1;
    bytes = Buffer.concat([
      bytes.subarray(0, i),
      Buffer.from(kind === 'replace' || kind === 'insert' ? [byte] : []),
      bytes.subarray(kind === 'cut' ? bytes.length : behind),
    ]);
  }
  return bytes;
}

/** Bytes that would complete or continue a value, were they looked at. */
export const hostile = fc.constantFrom(
  '"',
  ':1}',
  'x',
  '}',
  ']',
  '0',
  '1e5',
  'e',
  '.5',
  'ull',
  'rue',
  '\\',
  ' ',
  ',',
  '0000"',
  '',
);

/** A text inside a larger buffer: where it starts and ends. */
export function framed(
  text: Uint8Array | string,
  before = '"{[\\',
  behind = '"}]0',
): { b: Buffer; start: number; end: number } {
  const inside = typeof text === 'string' ? Buffer.from(text) : text;
  const start = Buffer.byteLength(before);
  return {
    b: Buffer.concat([Buffer.from(before), inside, Buffer.from(behind)]),
    start,
    end: start + inside.length,
  };
}

export function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

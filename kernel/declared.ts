/** What a schema declares of members: whether their values fit, and how a field of text is to be spelled as JSON. */

import { copy } from './escapes';
import { numberEnd } from './json';
import { ABSENT, NUMBER, typeOf } from './values';

/**
 * Entries of eight bytes, which JavaScript fills in before each call that uses them: the first is for members of no name
 * that is looked for, entry n + 1 for name n of NAMES. Byte t of an entry says of a value of type t whether it fits: 0, or
 * DOUBTFUL, or WHOLE. Byte ABSENT has the types that a field of text may get; 0: nothing is declared of it.
 */
export const DECLARED: usize = memory.data(8 * 65, 8);
/** Bit n: every record must have a member named like name n of NAMES. */
export const REQUIRED: usize = memory.data(8, 8);

/** What fits only where it is spelled as an integer. */
const WHOLE: u8 = 2;

/** Bits of types, as in src/stream/schema.ts. */
const NULLS: i32 = 1;
const BOOLEANS: i32 = 2;
const INTEGERS: i32 = 4;
const FRACTIONS: i32 = 8;
const STRINGS: i32 = 16;
const NESTED: i32 = 96;

const NULL: u32 = 0x6c6c756e;
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;
const FALSE_SIZE: usize = 5;

/** Of the record that is read: whether something in it does not fit, as far as is known here; bits of names that it has. */
let doubtful: bool = false;
let present: u64 = 0;

@inline
export function beginDeclared(): void {
  doubtful = false;
  present = 0;
}

/** Whether JavaScript is to look at the record that was read. */
@inline
export function endDeclared(): u8 {
  const required = load<u64>(REQUIRED);
  return doubtful || (present & required) != required ? 1 : 0;
}

/** Looks at a member: its name is `n` of NAMES (-1: none of them), its value [value, end). */
@inline
export function lookAt(n: i32, value: usize, end: usize): void {
  const type = typeOf(load<u8>(value));
  const fits = load<u8>(DECLARED + (<usize>(n + 1) << 3) + <usize>type);
  if (fits != 0 && (fits != WHOLE || !isWhole(value, end))) doubtful = true;
  if (n >= 0) present |= <u64>1 << <u64>n;
}

/** The types that a field of name `n` may get; 0: nothing is declared of it. */
@inline
export function typesOf(n: i32): i32 {
  return <i32>load<u8>(DECLARED + (<usize>(n + 1) << 3) + <usize>ABSENT);
}

/** Digits of an integer at most: see isInteger in src/json/number.ts. */
const MOST_DIGITS: usize = 1000;

/** Whether a number is spelled without fraction and exponent. */
@inline
function isWhole(from: usize, end: usize): bool {
  if (end - from > MOST_DIGITS && end - from - <usize>(load<u8>(from) == 0x2d) > MOST_DIGITS) return false;
  for (let p = from; p < end; p += 16) {
    const v = v128.load(p);
    const marks = i8x16.bitmask(
      v128.or(
        i8x16.eq(v, i8x16.splat(0x2e)),
        i8x16.eq(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x65)),
      ),
    );
    if (marks != 0 && p + <usize>ctz(marks) < end) return false;
  }
  return true;
}

/**
 * Spells a field of text as its types want it: [value, end) is what its text is without them. Up to four bytes more are
 * written.
 * @param quoted it stood in quotes
 * @param word `null` was written so: nothing stood there otherwise
 * @returns the address behind; 0: JavaScript is to read it
 */
@inline
export function spell(value: usize, end: usize, types: i32, quoted: bool, word: bool): usize {
  const c = load<u8>(value);
  if (c == 0x22) {
    // What is text, and can be nothing else.
    return (types & STRINGS) != 0 && (quoted || (types & (BOOLEANS | NESTED)) == 0)
      ? end
      : spellText(value, end, types, quoted);
  }
  const wanted =
    c <= 0x39 ? (isWhole(value, end) ? INTEGERS : FRACTIONS) : c == 0x6e ? NULLS : BOOLEANS;
  return (types & wanted) != 0 ? end : spellAnew(value, end, types, c == 0x6e && !word);
}

/** What is no text and not of the types: text, where that may be. */
function spellAnew(value: usize, end: usize, types: i32, nothing: bool): usize {
  if ((types & STRINGS) == 0) {
    doubtful = true;
    return end;
  }
  if (nothing) {
    store<u16>(value, 0x2222);
    return value + 2;
  }
  memory.copy(value + 1, value, end - value);
  store<u8>(value, 0x22);
  store<u8>(end + 1, 0x22);
  return end + 2;
}

/** Text, which may be spelled like something that the types have; in quotes only where they have no text. */
function spellText(value: usize, end: usize, types: i32, quoted: bool): usize {
  const from = value + 1;
  const size = end - 1 - from;
  const first = load<u8>(from);
  if ((types & BOOLEANS) != 0) {
    if (size == 4 && load<u32>(from) == TRUE) {
      store<u32>(value, TRUE);
      return value + 4;
    }
    if (size == FALSE_SIZE && first == 0x66 && load<u32>(from, 1) == ALSE) {
      store<u8>(value, 0x66);
      store<u32>(value, ALSE, 1);
      return value + FALSE_SIZE;
    }
  }
  if ((types & NESTED) != 0 && (first == 0x5b || first == 0x7b)) return 0;
  if ((types & STRINGS) != 0) return end;
  if (quoted && size == 0 && (types & NULLS) != 0) {
    store<u32>(value, NULL);
    return value + 4;
  }
  if (quoted && size > 0 && typeOf(first) == NUMBER && numberEnd(from) == from + size) {
    copy(value, from, size);
    return spell(value, value + size, types, false, false);
  }
  doubtful = true;
  return end;
}

/** A field is null because it is spelled so. */
@inline
export function spelledNull(types: i32): void {
  if ((types & NULLS) == 0) doubtful = true;
}

/** Halves of code points past U+FFFF; without them an index of code units is one of code points. */
const SURROGATE = /[\ud800-\udfff]/;

/** Number of code points; half of a pair that stands alone is one. */
export function lengthInCodePoints(text: string): number {
  return SURROGATE.test(text) ? codePointsBefore(text, text.length) : text.length;
}

/** The number of code points before an index of code units. */
export function codePointsBefore(text: string, index: number): number {
  let count = 0;
  for (let i = 0; i < index; i += widthAt(text, i)) count++;
  return count;
}

/** The index in code units of the code point of that number; the text's length past its end. */
export function indexOfCodePoint(text: string, number: number): number {
  if (!SURROGATE.test(text)) return Math.min(number, text.length);
  let i = 0;
  for (let left = number; left > 0 && i < text.length; left--) i += widthAt(text, i);
  return i;
}

const widthAt = (text: string, i: number): 1 | 2 => (text.codePointAt(i)! > 0xffff ? 2 : 1);

/**
 * Where a part begins or ends: an index below 0 counts from the end, and what is outside is the end that is next to it.
 * @param length of the whole
 */
export function clampedIndex(index: number | bigint, length: number): number {
  const whole = Number(index);
  return Math.max(0, Math.min(whole < 0 ? length + whole : whole, length));
}

/** As `clampedIndex`, of one element; -1 where there is none. */
export function elementIndex(index: number | bigint, length: number): number {
  const whole = Number(index) < 0 ? length + Number(index) : Number(index);
  return whole >= 0 && whole < length ? whole : -1;
}

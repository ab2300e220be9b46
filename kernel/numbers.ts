/** Numbers of JSON, as src/stream/projection.ts holds them. */

export const NO_NUMBER: u8 = 0;
export const INTEGER: u8 = 1;
export const DOUBLE: u8 = 2;
/** The slow path must read it. */
export const UNREAD: u8 = 254;

/** The number that `readNumber` read last. */
export let number: f64 = 0;

/** Powers of ten that a double holds exactly: 10^0 to 10^22. */
const POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
]);

/**
 * Reads [from, to), a number by RFC 8259. Integers of up to 15 digits, and decimals whose digits are below 2^53
 * and whose power of ten is at most 22: then one division or multiplication of exact doubles rounds correctly
 * (W. Clinger, How to Read Floating Point Numbers Accurately, 1990). All others are UNREAD.
 */
@inline
export function readNumber(from: usize, to: usize): u8 {
  let p = from;
  const negative = load<u8>(p) == 0x2d;
  if (negative) p++;
  let digits: u64 = 0;
  const first = p;
  let c: u8 = 0;
  while (p < to) {
    c = <u8>(load<u8>(p) - 48);
    if (c > 9) break;
    digits = digits * 10 + <u64>c;
    p++;
  }
  if (p - first > 15) return UNREAD;
  if (p == to) {
    // -0 is the integer 0, but its spelling asks for the slow path.
    if (negative && digits == 0) return UNREAD;
    number = negative ? -<f64>digits : <f64>digits;
    return INTEGER;
  }
  if (load<u8>(p) != 0x2e) return UNREAD;
  const point = ++p;
  while (p < to) {
    c = <u8>(load<u8>(p) - 48);
    if (c > 9) return UNREAD;
    digits = digits * 10 + <u64>c;
    p++;
  }
  // One byte of the span is the point.
  if (to - first > 16) return UNREAD;
  const value = <f64>digits / load<f64>(POWERS + ((p - point) << 3));
  number = negative ? -value : value;
  return DOUBLE;
}

/** Bytes written as the inside of JSON strings. */

/** The letters of the escapes of control characters; 0: `\u00XX`. */
const LETTERS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0x62, 0x74, 0x6e, 0, 0x66, 0x72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** Writes the escape of a control character, a quote or a backslash; the address behind it. */
export function writeEscape(o: usize, c: u8): usize {
  store<u8>(o, 0x5c);
  const letter = c < 0x20 ? load<u8>(LETTERS + <usize>c) : c;
  if (letter != 0) {
    store<u8>(o, letter, 1);
    return o + 2;
  }
  const low = c & 15;
  store<u32>(o, 0x30303075, 1);
  store<u8>(o, 0x30 + (c >> 4), 4);
  store<u8>(o, low < 10 ? 0x30 + low : 0x57 + low, 5);
  return o + 6;
}

/** Copies by vectors: up to 15 bytes more are read and written. */
@inline
export function copy(to: usize, from: usize, length: usize): void {
  for (let k: usize = 0; k < length; k += 16) v128.store(to + k, v128.load(from + k));
}

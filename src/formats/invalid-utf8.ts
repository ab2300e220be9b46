/**
 * Where bytes stop being UTF-8.
 * @returns the index of the first byte of b[start, end) that begins no well-formed sequence (table 3-7 of the
 * Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF), or -1 when all of it is UTF-8
 */
export function invalidUtf8(b: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; ) {
    const length = sequenceLength(b, i, end);
    if (length === 0) return i;
    i += length;
  }
  return -1;
}

/** Why bytes are refused: `at` is what `invalidUtf8` found. */
export const notUtf8 = (b: Uint8Array, at: number): string =>
  `the bytes are not UTF-8 (0x${b[at]!.toString(16)})`;

/** How many bytes the sequence at `i` has; 0: it is none. */
function sequenceLength(b: Uint8Array, i: number, end: number): number {
  const lead = b[i]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > end) return 0;
  const second = b[i + 1]!;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let k = 2; k < length; k++) if ((b[i + k]! & 0xc0) !== 0x80) return 0;
  return length;
}

import type { Buffer } from 'node:buffer';
import { compareNumbers } from './number.ts';
import { compareStrings } from './string.ts';

/** Rank of a value's type by its first byte: null, false, true, numbers, strings, lists, objects. */
const RANKS = new Uint8Array(256).fill(3);
RANKS[0x6e] = 0;
RANKS[0x66] = 1;
RANKS[0x74] = 2;
RANKS[0x22] = 4;
RANKS[0x5b] = 5;
RANKS[0x7b] = 6;

/**
 * The order of values: null, false, true, numbers by value, strings by their unescaped UTF-8
 * bytes, lists and objects by their bytes. An empty span is null.
 * @returns negative, 0 or positive
 */
export function compareValues(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  const rankA = aStart === aEnd ? 0 : RANKS[a[aStart]!]!;
  const rankB = bStart === bEnd ? 0 : RANKS[b[bStart]!]!;
  if (rankA !== rankB) return rankA - rankB;
  if (rankA < 3) return 0;
  if (rankA === 3) return compareNumbers(a, aStart, aEnd, b, bStart, bEnd);
  if (rankA === 4) return compareStrings(a, aStart, aEnd, b, bStart, bEnd);
  return a.compare(b, bStart, bEnd, aStart, aEnd);
}

import type { Buffer } from 'node:buffer';

const TWO_TO_32 = 0x1_0000_0000;

/**
 * A number of [0, 2^53) that depends on all bits of a seed, a time (a whole number of ms) and bytes[start, end):
 * two multiplicative hashes side by side, each finished by the other with MurmurHash3's mixer (cyrb53).
 */
export function eventHash(seed: number, time: number, bytes: Buffer, start: number, end: number): number {
  let a = 0xdeadbeef ^ (seed | 0);
  let b = 0x41c6ce57 ^ Math.floor(seed / TWO_TO_32);
  a = Math.imul(a ^ (time | 0), 2654435761);
  b = Math.imul(b ^ (time | 0), 1597334677);
  const upper = Math.floor(time / TWO_TO_32);
  a = Math.imul(a ^ (a >>> 15) ^ upper, 2654435761);
  b = Math.imul(b ^ (b >>> 15) ^ upper, 1597334677);
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  const first = mixed(a) ^ mixedLate(b);
  const second = mixed(b) ^ mixedLate(first);
  return (second >>> 11) * TWO_TO_32 + (first >>> 0);
}

const mixed = (h: number): number => Math.imul(h ^ (h >>> 16), 2246822507);
const mixedLate = (h: number): number => Math.imul(h ^ (h >>> 13), 3266489909);

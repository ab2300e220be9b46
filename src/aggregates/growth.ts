import { Buffer } from 'node:buffer';

// How the arrays of one group grow: by doubling, from small, as most groups stay small.

const atLeast = (current: number, needed: number): number => Math.max(needed, current * 2);

/** A buffer of at least `needed` bytes that begins with the first `used` of `from`; `from` itself if it will do. */
export function growBytes(from: Buffer, used: number, needed: number): Buffer {
  if (needed <= from.length) return from;
  const grown = Buffer.allocUnsafe(atLeast(from.length, needed));
  from.copy(grown, 0, 0, used);
  return grown;
}

export function growDoubles(from: Float64Array, needed: number): Float64Array {
  if (needed <= from.length) return from;
  const grown = new Float64Array(atLeast(from.length, needed));
  grown.set(from);
  return grown;
}

export function growIntegers(from: Int32Array, needed: number): Int32Array {
  if (needed <= from.length) return from;
  const grown = new Int32Array(atLeast(from.length, needed));
  grown.set(from);
  return grown;
}

/** Copies `source[start, end)` to `target` at `at`: in a loop where that is faster than a call. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > 48) {
    source.copy(target, at, start, end);
    return;
  }
  let to = at;
  for (let i = start; i < end; i++) target[to++] = source[i]!;
}

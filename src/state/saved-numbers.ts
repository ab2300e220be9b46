import type { BytePieces } from './byte-pieces.ts';
import { damaged, type SavedBytes } from './saved-bytes.ts';

/** The array that holds whole numbers of so many bytes each, with signs. */
const ARRAYS = { 1: Int8Array, 2: Int16Array, 4: Int32Array } as const;

/** Writes numbers in as few bytes each as hold all of them: one, two or four for whole numbers, eight for others. */
export function writeNumbers(out: BytePieces, numbers: Float64Array | Int32Array): void {
  const width = numbers instanceof Float64Array ? widthOfDoubles(numbers) : widthOfIntegers(numbers);
  out.byte(width);
  if (width === numbers.BYTES_PER_ELEMENT || width === 8) {
    out.view(numbers);
    return;
  }
  out.view(new ARRAYS[width](numbers));
}

function widthOfDoubles(numbers: Float64Array): 1 | 2 | 4 | 8 {
  let bits = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    const whole = number | 0;
    // Zero has a sign that a whole number has not.
    if (whole !== number || (whole === 0 && 1 / number < 0)) return 8;
    bits |= whole ^ (whole >> 31);
  }
  return widthOfBits(bits);
}

function widthOfIntegers(numbers: Int32Array): 1 | 2 | 4 {
  let bits = 0;
  for (let i = 0; i < numbers.length; i++) bits |= numbers[i]! ^ (numbers[i]! >> 31);
  return widthOfBits(bits);
}

/** @param bits all that tell one of the numbers from its sign */
const widthOfBits = (bits: number): 1 | 2 | 4 => (bits < 1 << 7 ? 1 : bits < 1 << 15 ? 2 : 4);

/**
 * Reads as many numbers as `writeNumbers` was given.
 * @param most bytes that each may take at most
 * @throws TidemarkError `failed`
 */
export function readNumbers(
  from: SavedBytes,
  count: number,
  most: 4 | 8,
): Float64Array | Int32Array | Int16Array | Int8Array {
  const width = readWidth(from, most);
  // Before memory is taken for them.
  if (count * width > from.left) throw damaged('it ends too early');
  const numbers = width === 8 ? new Float64Array(count) : new ARRAYS[width](count);
  from.fill(numbers);
  return numbers;
}

/** Reads of so many numbers that `writeNumbers` was given the one at an index, and passes over the others. @throws TidemarkError `failed` */
export const readNumberAt = (from: SavedBytes, index: number, count: number, most: 4 | 8): number =>
  from.numberAt(index, count, readWidth(from, most));

function readWidth(from: SavedBytes, most: 4 | 8): 1 | 2 | 4 | 8 {
  const width = from.byte();
  if ((width !== 1 && width !== 2 && width !== 4 && width !== 8) || width > most)
    throw damaged(`no number takes ${width} bytes`);
  return width;
}

/** The numbers of some slots, in their order, or of so many from the first on: a view of them. */
export function selected<T extends Float64Array | Int32Array>(numbers: T, slots: Int32Array | number): T {
  if (typeof slots === 'number') return numbers.subarray(0, slots) as T;
  const some = (
    numbers instanceof Float64Array ? new Float64Array(slots.length) : new Int32Array(slots.length)
  ) as T;
  for (let i = 0; i < slots.length; i++) some[i] = numbers[slots[i]!]!;
  return some;
}

/** Below so many bytes a loop is faster than a view of them and a copy. */
const FEW = 48;

/**
 * Copies source[start, end) to `at` of another buffer.
 * @returns the index behind what was copied
 */
export function copySpan(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  const count = end - start;
  if (count < FEW) for (let i = 0; i < count; i++) target[at + i] = source[start + i]!;
  else target.set(source.subarray(start, end), at);
  return at + count;
}

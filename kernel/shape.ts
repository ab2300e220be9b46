/**
 * The members that the object before had, in its order: most objects have the same. A name that is where it is expected
 * is compared with 16 or 32 bytes at once, and need not be scanned, looked up or checked.
 */

/** An entry: the bytes of `"name":` and the mask for them, 32 each; how many they are; what the name means. */
const ENTRY: usize = 80;
const MOST: i32 = 64;
const SHAPE: usize = memory.data(5120);

/** Members that are known. */
let known: i32 = 0;

@inline
export function clearShape(): void {
  known = 0;
}

/** Whether member `k` is expected, and stands at `p`. Reads 32 bytes. */
@inline
export function isExpected(p: usize, k: i32): bool {
  if (k >= known) return false;
  const entry = SHAPE + <usize>k * ENTRY;
  const first = v128.and(v128.xor(v128.load(p), v128.load(entry)), v128.load(entry, 32));
  if (v128.any_true(first)) return false;
  if (load<i32>(entry, 64) <= 16) return true;
  const second = v128.and(v128.xor(v128.load(p, 16), v128.load(entry, 16)), v128.load(entry, 48));
  return !v128.any_true(second);
}

/** The bytes of member `k` from its opening quote to behind its colon. */
@inline
export function expectedLength(k: i32): usize {
  return <usize>load<i32>(SHAPE + <usize>k * ENTRY, 64);
}

/** What `expect` was told of member `k`. */
@inline
export function expectedMeaning(k: i32): i32 {
  return load<i32>(SHAPE + <usize>k * ENTRY, 68);
}

/** Remembers that member `k` is `length` bytes from `p` on, its name, quotes and colon; those behind it are forgotten. */
export function expect(p: usize, length: i32, k: i32, meaning: i32): void {
  if (k > known) return;
  known = k;
  if (k >= MOST || length > 32) return;
  const entry = SHAPE + <usize>k * ENTRY;
  for (let i = 0; i < 32; i++) {
    store<u8>(entry + <usize>i, i < length ? load<u8>(p + <usize>i) : 0);
    store<u8>(entry + <usize>i, i < length ? 0xff : 0, 32);
  }
  store<i32>(entry, length, 64);
  store<i32>(entry, meaning, 68);
  known = k + 1;
}

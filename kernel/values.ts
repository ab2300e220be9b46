/** Types of a projected value; see src/stream/projection.ts. */

export const ABSENT: u8 = 0;
export const NULL: u8 = 1;
export const FALSE: u8 = 2;
export const TRUE: u8 = 3;
export const NUMBER: u8 = 4;
export const STRING: u8 = 5;
export const ARRAY: u8 = 6;
export const OBJECT: u8 = 7;

/** The type of a value that is valid, by its first byte. */
@inline
export function typeOf(c: u8): u8 {
  if (c == 0x22) return STRING;
  if (c <= 0x39) return NUMBER;
  if (c == 0x6e) return NULL;
  if (c == 0x74) return TRUE;
  if (c == 0x66) return FALSE;
  return c == 0x5b ? ARRAY : OBJECT;
}

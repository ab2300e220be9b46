/**
 * The names that a call looks for: `count` entries of 32 bytes in NAMES, each the address and the length of the
 * name, its first eight bytes and the mask for them. JavaScript fills them in before each call that uses them.
 */

import { SCRATCH } from './columns';

export const NAMES: usize = SCRATCH;
const ENTRY: usize = 32;

/** The index of the name at `p`; -1 when it is none of them. Reads up to eight bytes behind it. */
@inline
export function nameIndex(p: usize, length: i32, count: i32): i32 {
  const first = load<u64>(p);
  for (let n = 0; n < count; n++) {
    const entry = NAMES + <usize>n * ENTRY;
    if (load<i32>(entry, 4) != length) continue;
    if ((first & load<u64>(entry, 16)) != load<u64>(entry, 8)) continue;
    if (length <= 8 || memory.compare(p + 8, <usize>load<u32>(entry) + 8, <usize>(length - 8)) == 0) return n;
  }
  return -1;
}

/** Whether a name that begins with `@` is metadata: one or more `@` before a reserved word (tm-stream(5)). */
export function isMetadataName(p: usize, length: i32): bool {
  let at = p;
  const end = p + <usize>length;
  while (at < end && load<u8>(at) == 0x40) at++;
  switch (<i32>(end - at)) {
    case 1: {
      const c = load<u8>(at);
      return c == 0x74 || c == 0x77;
    }
    case 3:
      return load<u16>(at) == 0x6e65 && load<u8>(at, 2) == 0x64; // end
    case 4: {
      const word = load<u32>(at);
      return word == 0x656e6170 || word == 0x6b636974 || word == 0x656c6469; // pane, tick, idle
    }
    case 6:
      return load<u32>(at) == 0x65727473 && load<u16>(at, 4) == 0x6d61; // stream
    case 7:
      return load<u32>(at) == 0x72726162 && load<u16>(at, 4) == 0x6569 && load<u8>(at, 6) == 0x72; // barrier
    case 9:
      return load<u64>(at) == 0x72616d7265746177 && load<u8>(at, 8) == 0x6b; // watermark
    default:
      return false;
  }
}

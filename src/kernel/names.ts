import type { Buffer } from 'node:buffer';
import type { Kernel } from './kernel.ts';

/** Bytes of an entry of the kernel's table of names: address, length, the first eight bytes, the mask for them. */
const ENTRY = 32;
/** Bytes that a name may have: with 64 of them the table has room. */
export const NAME_LIMIT = 128;

/** The names that are in the table, by the list that they came from. */
let known: readonly Buffer[] | undefined;

/** Puts names, of at most NAME_LIMIT bytes each, into the kernel's table; the same list again costs nothing. */
export function setNames(names: readonly Buffer[], { bytes, names: table }: Kernel): void {
  if (known === names) return;
  known = names;
  let at = table + ENTRY * names.length;
  names.forEach((name, index) => {
    const entry = table + ENTRY * index;
    name.copy(bytes, at);
    bytes.writeUInt32LE(at, entry);
    bytes.writeUInt32LE(name.length, entry + 4);
    for (let k = 0; k < 8; k++) {
      bytes[entry + 8 + k] = name[k] ?? 0;
      bytes[entry + 16 + k] = k < name.length ? 0xff : 0;
    }
    at += name.length + 8;
  });
}

import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isMetadataName } from '../json/metadata-name.ts';
import { stringEnd } from '../json/scan.ts';
import { hasEscape, unescape, writeString } from '../json/string.ts';

const AT = 0x40;
const QUOTE = 0x22;

/**
 * Copies members b[start, end) with one more `@` before the names that begin with one or more `@` and a
 * reserved word (tm-stream(5)); those are written without escapes.
 * @param names indices of the opening quotes of these names, `count` of them, in order
 */
export function writeEscapedMembers(
  out: ByteWriter,
  b: Buffer,
  start: number,
  end: number,
  names: readonly number[],
  count: number,
): void {
  let from = start;
  for (let k = 0; k < count; k++) {
    const name = names[k]! + 1;
    out.copy(b, from, name - 1);
    from = stringEnd(b, name, end);
    if (hasEscape(b, name, from - 1)) writeString(out, `@${unescape(b, name, from - 1)}`);
    else {
      out.byte(QUOTE);
      out.byte(AT);
      out.copy(b, name, from);
    }
  }
  out.copy(b, from, end);
}

/** A member name as JSON, with one more `@` where it begins with one or more `@` and a reserved word. */
export function escapedName(name: string): string {
  const bytes = Buffer.from(name);
  return JSON.stringify(isMetadataName(bytes, 0, bytes.length) ? `@${name}` : name);
}

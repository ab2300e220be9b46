import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { writeString } from '../json/string.ts';

/** The name of a member as it stands before its value: quoted, with the colon. */
export function memberName(name: string): Buffer {
  const out = new ByteWriter(64);
  writeString(out, name);
  out.byte(0x3a);
  return Buffer.from(out.view());
}

import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { isMetadataName } from '../json/metadata-name.ts';
import { unquote } from './call.ts';

const BRACKETED = /^\[\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*\]$/;

/**
 * The name that a new member is to have: a word as it is, in quotes (`"user-id"`), or as fields write it (`["user-id"]`).
 * @throws TidemarkError `usage` for one that is empty, or metadata
 */
export function parseMemberName(text: string): string {
  const written = text.trim();
  const name = unquote(BRACKETED.exec(written)?.[1] ?? written) ?? written;
  if (name === '') throw usageError('the name of the member is empty');
  if (isMetadata(name)) throw usageError(`${name} is metadata, and no member`, 'give it another name');
  return name;
}

/** Whether a name is that of metadata; a member of the user's that is called so has one more `@` in the stream (`@@t`). */
export function isMetadata(name: string): boolean {
  const bytes = Buffer.from(name);
  return bytes[1] !== AT && isMetadataName(bytes, 0, bytes.length);
}

const AT = 0x40;

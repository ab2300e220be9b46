/** The words that are metadata and markers when an `@` stands before them (tm-stream(5)). */
const RESERVED = ['t', 'w', 'pane', 'stream', 'watermark', 'tick', 'idle', 'barrier', 'end'];

/**
 * Whether a member name, b[start, end) without its quotes, is one or more `@` before a reserved word. Such a
 * name of the user's gets one more `@` at the source and loses it at the sink.
 */
export function isMetadataName(b: Uint8Array, start: number, end: number): boolean {
  if (start >= end || b[start] !== AT) return false;
  let i = start + 1;
  while (i < end && b[i] === AT) i++;
  for (const word of RESERVED) if (isWord(b, i, end, word)) return true;
  return false;
}

function isWord(b: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let k = 0; k < word.length; k++) if (b[start + k] !== word.charCodeAt(k)) return false;
  return true;
}

const AT = 0x40;

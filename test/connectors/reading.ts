import { Buffer } from 'node:buffer';
import { BOUNDARY, type Split, type SplitReader } from '../../src/connectors/connector.ts';

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** All bytes of a reader, taken in pieces of up to `room` bytes at a strange offset. */
export async function readAll(reader: SplitReader, room = 1 << 16): Promise<Buffer> {
  const target = Buffer.alloc(room + 7);
  const pieces: Buffer[] = [];
  for (;;) {
    const count = await reader.read(target, 7);
    if (count === 0) return Buffer.concat(pieces);
    if (count === BOUNDARY) pieces.push(Buffer.from('|'));
    else pieces.push(Buffer.from(target.subarray(7, 7 + count)));
  }
}

export async function readSplit(split: Split, room?: number): Promise<Buffer> {
  const reader = await split.open(never);
  try {
    return await readAll(reader, room);
  } finally {
    await reader.close();
  }
}

import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';

/**
 * Bytes for several destinations in one run of bytes: before those of each its number and their count, four bytes
 * each. So a writer and a target of many files stand where those of one stand.
 */
const HEAD = 8;

/** Begins a frame; returns where, for `endFrame`. */
export function beginFrame(out: ByteWriter, destination: number): number {
  out.reserve(HEAD);
  const at = out.length;
  out.bytes.writeUInt32LE(destination, at);
  out.length += HEAD;
  return at;
}

/** Ends the frame that begins at `at`; one without bytes is taken out again. */
export function endFrame(out: ByteWriter, at: number): void {
  const count = out.length - at - HEAD;
  if (count === 0) out.length = at;
  else out.bytes.writeUInt32LE(count, at + 4);
}

/** Hands out the frames of whole ones, one after the other. */
export function eachFrame(bytes: Buffer, take: (destination: number, bytes: Buffer) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEAD + bytes.readUInt32LE(at + 4);
    take(bytes.readUInt32LE(at), bytes.subarray(at + HEAD, end));
    at = end;
  }
}

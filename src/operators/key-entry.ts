import type { Buffer } from 'node:buffer';
import { eventHash } from '../aggregates/event-hash.ts';

/*
 * A key on disk with two numbers that belong to it (a window, a time, a session): a byte of its hash, by which most others are
 * passed over; the length of the key as a varint; the numbers; the key's bytes.
 */

const TAG = 1;
/** Bytes of the two numbers. */
const NUMBERS = 16;
const LONGEST_VARINT = 5;

/** How many of the two numbers an entry is found by, beside its key. */
export type Named = 0 | 1 | 2;

/** A hash of [0, 2^53) of what an entry is found by. */
export const hashOfEntry = (
  named: Named,
  first: number,
  second: number,
  key: Buffer,
  start: number,
  end: number,
): number => eventHash(named > 0 ? first : 0, named > 1 ? second : 0, key, start, end);

const tagOf = (hash: number): number => (hash | 0) & 255;

/** Bytes of entries, and the numbers in them. */
export class EntryBytes {
  readonly bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes that an entry takes at most. */
  static room(keyLength: number): number {
    return TAG + LONGEST_VARINT + NUMBERS + keyLength;
  }

  /** Writes an entry. @returns where it ends */
  write(
    at: number,
    hash: number,
    first: number,
    second: number,
    key: Buffer,
    start: number,
    end: number,
  ): number {
    const out = this.bytes;
    let to = at;
    out[to++] = tagOf(hash);
    let rest = end - start;
    for (; rest > 127; rest >>>= 7) out[to++] = 128 | (rest & 127);
    out[to++] = rest;
    this.#view.setFloat64(to, first, true);
    this.#view.setFloat64(to + 8, second, true);
    to += NUMBERS;
    for (let i = start; i < end; i++) out[to++] = key[i]!;
    return to;
  }

  number(at: number): number {
    return this.#view.getFloat64(at, true);
  }
}

/** An entry among others. */
export class EntryCursor {
  first = 0;
  second = 0;
  /** The whole entry is [start, end), its key [keyStart, end). */
  start = 0;
  keyStart = 0;
  end = 0;

  /** Reads the entry that begins there. */
  read(from: EntryBytes, start: number): void {
    const { bytes } = from;
    let at = start + TAG;
    let length = bytes[at++]!;
    if (length > 127) {
      length &= 127;
      for (let shift = 7, more = true; more; shift += 7) {
        const byte = bytes[at++]!;
        length |= (byte & 127) << shift;
        more = byte > 127;
      }
    }
    this.start = start;
    this.first = from.number(at);
    this.second = from.number(at + 8);
    this.keyStart = at + NUMBERS;
    this.end = this.keyStart + length;
  }
}

/** Told of each entry that has the key. */
export type FoundEntry = (first: number, second: number) => void;

/** Looks through all entries of a block for a key[start, end) of this hash. */
export function findEntries(
  block: Buffer,
  hash: number,
  key: Buffer,
  start: number,
  end: number,
  found: FoundEntry,
): void {
  const tag = tagOf(hash);
  const wanted = end - start;
  for (let at = 0; at < block.length; ) {
    const isTagged = block[at++] === tag;
    let length = block[at++]!;
    if (length > 127) {
      length &= 127;
      for (let shift = 7, more = true; more; shift += 7) {
        const byte = block[at++]!;
        length |= (byte & 127) << shift;
        more = byte > 127;
      }
    }
    const keyStart = at + NUMBERS;
    if (isTagged && length === wanted && hasBytes(block, keyStart, key, start, end))
      found(block.readDoubleLE(at), block.readDoubleLE(at + 8));
    at = keyStart + length;
  }
}

function hasBytes(bytes: Buffer, at: number, key: Buffer, start: number, end: number): boolean {
  for (let i = start, other = at; i < end; i++, other++) if (bytes[other] !== key[i]) return false;
  return true;
}

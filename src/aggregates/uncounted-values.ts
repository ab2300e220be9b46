import { Buffer } from 'node:buffer';
import type { ObjectCodec } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { copyBytes } from './growth.ts';

/** Kinds of entries: a value as it came, and an accumulator of approx_topk as it was saved. */
export const VALUE = 0;
export const SAVED = 1;

/** What is to be counted later, in the order in which it came. Plain data, so that a snapshot can copy it. */
export interface UncountedValues {
  /** Entries: the kind in the lowest bit of the length, which is a LEB128 number, then so many bytes. */
  bytes: Buffer;
  used: number;
}

export const createUncounted = (): UncountedValues => ({ bytes: Buffer.allocUnsafe(64), used: 0 });

export function addUncounted(
  values: UncountedValues,
  kind: typeof VALUE | typeof SAVED,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const length = end - start;
  reserve(values, MOST_HEAD + length);
  let head = length * 2 + kind;
  for (; head > 127; head = Math.floor(head / 128)) values.bytes[values.used++] = 128 | (head % 128);
  values.bytes[values.used++] = head;
  copyBytes(bytes, start, end, values.bytes, values.used);
  values.used += length;
}

/** Appends what came behind. */
export function appendUncounted(values: UncountedValues, behind: UncountedValues): void {
  reserve(values, behind.used);
  copyBytes(behind.bytes, 0, behind.used, values.bytes, values.used);
  values.used += behind.used;
}

/** Calls back with each entry, in order: its kind, and where it stands. @throws TidemarkError `failed` where it is damaged */
export function forEachUncounted(
  { bytes, used }: UncountedValues,
  visit: (kind: number, bytes: Buffer, start: number, end: number) => void,
): void {
  for (let at = 0; at < used; ) {
    let head = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[at++]!;
      head += (byte & 127) * unit;
      if (!(byte > 127)) break;
    }
    const end = at + Math.floor(head / 2);
    if (!(end <= used)) throw damaged('a value lies outside of the others');
    visit(head % 2, bytes, at, end);
    at = end;
  }
}

export const uncountedCodec: ObjectCodec<UncountedValues> = {
  write({ bytes, used }, out) {
    out.varint(used);
    out.copy(bytes, 0, used);
  },
  read(from) {
    const bytes = Buffer.from(from.take(from.count(1)));
    return { bytes, used: bytes.length };
  },
};

/** Bytes of a length at most. */
const MOST_HEAD = 5;

function reserve(values: UncountedValues, count: number): void {
  if (values.used + count <= values.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(values.bytes.length * 2, values.used + count));
  copyBytes(values.bytes, 0, values.used, grown, 0);
  values.bytes = grown;
}

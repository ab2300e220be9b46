import type { Buffer } from 'node:buffer';
import { kernel } from './kernel.ts';

/** A column of csv, as the kernel wants it. */
export interface TableColumn {
  /** `,"name":`, the first without its comma. */
  readonly prefix: Buffer;
  /** Number of the field that it fills; -1: nobody wants it. */
  readonly field: number;
  /** That are declared of it, bits of stream/schema.ts; 0: none are. */
  readonly types: number;
}

/** Bytes of an entry of the table: address and length of the prefix, the field, and the types. */
const ENTRY = 16;
/** Prefixes are copied by vectors. */
const VECTOR = 16;

/** The table in the kernel's memory, and whose it is; given back when the next takes its place. */
let region: Buffer | undefined;
let known: readonly TableColumn[] | undefined;

/** The address of the table of these columns; the same list again costs nothing. */
export function columnTable(columns: readonly TableColumn[]): number {
  if (region !== undefined && known === columns) return region.byteOffset;
  const { buffers } = kernel();
  if (region !== undefined) buffers.release(region);
  let at = ENTRY * columns.length;
  const texts = columns.map(({ prefix }) => Math.ceil(prefix.length / VECTOR) * VECTOR);
  const table = buffers.allocate(at + texts.reduce((sum, size) => sum + size, 0));
  columns.forEach(({ prefix, field, types }, k) => {
    table.writeUInt32LE(table.byteOffset + at, ENTRY * k);
    table.writeUInt32LE(prefix.length, ENTRY * k + 4);
    table.writeInt32LE(field, ENTRY * k + 8);
    table.writeInt32LE(types, ENTRY * k + 12);
    prefix.copy(table, at);
    at += texts[k]!;
  });
  region = table;
  known = columns;
  return table.byteOffset;
}

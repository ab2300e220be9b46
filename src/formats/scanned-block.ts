import { isUtf8 } from 'node:buffer';
import { kernel } from '../kernel/kernel.ts';
import type { RecordBatch } from './format.ts';

/** What a call of the kernel made of lines. */
export interface ScannedBlock {
  /** Records: their spans, and how many lines they stand behind the first, are in the kernel's columns. */
  readonly rows: number;
  /** Lines that they have. */
  readonly lines: number;
  /** Index behind the lines. */
  readonly end: number;
  /** Whether there was a byte beyond ASCII, so that UTF-8 must be checked. */
  readonly beyondAscii: boolean;
  /** How many members operators want: so many of the kernel's FIELD columns are filled. */
  readonly fields: number;
  /** Whether the kernel has held the records to a schema. */
  readonly declared: boolean;
}

/**
 * Takes the rows that the kernel has made of batch.bytes[from, scanned.end) into the batch, behind its own; their times
 * are not known.
 * @param line lines before `from`
 * @returns false where not all of it is UTF-8: then nothing was taken
 */
export function takeBlock(batch: RecordBatch, from: number, scanned: ScannedBlock, line: number): boolean {
  const { rows, end, beyondAscii, fields, declared } = scanned;
  if (beyondAscii && !isUtf8(batch.bytes.subarray(from, end))) return false;
  const first = batch.rows;
  batch.rows += rows;
  batch.resetEvents(first);
  batch.time.fill(Number.NaN, first, batch.rows);
  const { columns } = kernel();
  for (const name of ['start', 'end', 'timeStart', 'timeEnd', 'rawStart', 'rawEnd'] as const)
    batch[name].set(columns[name].subarray(0, rows), first);
  for (let i = 0; i < rows; i++) batch.line[first + i] = line + 1 + columns.lineOffset[i]!;
  if (declared) batch.doubtful.set(columns.form.subarray(0, rows), first);
  else batch.doubtful.fill(1, first, batch.rows);
  if (fields === batch.members.length && batch.known === first) takeFields(batch, first);
  return true;
}

/** Takes the members that operators want. Behind a row of which they are not known they are sought later. */
function takeFields(batch: RecordBatch, first: number): void {
  const { columns } = kernel();
  const rows = batch.rows - first;
  batch.members.forEach((member, n) => {
    member.type.set(columns.fieldType[n]!.subarray(0, rows), first);
    member.start.set(columns.fieldStart[n]!.subarray(0, rows), first);
    member.end.set(columns.fieldEnd[n]!.subarray(0, rows), first);
  });
  batch.known = batch.rows;
}

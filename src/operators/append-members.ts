import { TidemarkError } from '../errors.ts';
import type { Batch } from '../stream/batch.ts';

/**
 * Moves an event's members behind all bytes in use, unless they are there, and makes room for `extra` bytes
 * behind them: what is written at `used` follows them. Whoever writes sets `used` and `end[row]`.
 */
export function moveToEnd(batch: Batch, row: number, extra: number): void {
  const start = batch.start[row]!;
  const end = batch.end[row]!;
  const length = end - start;
  if (end === batch.used && length > 0) {
    batch.reserve(extra);
    return;
  }
  batch.reserve(length + extra);
  const at = batch.used;
  batch.bytes.copyWithin(at, start, end);
  batch.start[row] = at;
  batch.end[row] = batch.used = at + length;
}

/** Appends `bytes[from, to)`, which begins with a comma, to an event's members. */
export function appendMembers(batch: Batch, row: number, ...texts: readonly Uint8Array[]): void {
  let extra = 0;
  for (const text of texts) extra += text.length;
  moveToEnd(batch, row, extra);
  const empty = batch.start[row] === batch.end[row];
  let at = batch.used;
  for (const text of texts) {
    batch.bytes.set(text, at);
    at += text.length;
  }
  // The comma before the first member of all is passed over.
  if (empty && at > batch.used) batch.start[row] = batch.used + 1;
  batch.used = batch.end[row] = at;
}

export const memberTaken = (line: number, name: string, hint: string): TidemarkError =>
  new TidemarkError('failed', `the event has a member ${name} already`, {
    ...(line === 0 ? {} : { line }),
    hint,
  });

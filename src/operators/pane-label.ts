import { Buffer } from 'node:buffer';
import type { Batch } from '../stream/batch.ts';
import { EARLY, LATE_PANE, ON_TIME } from '../windows/pane-states.ts';
import type { Moment, PanedGroups } from './paned-groups.ts';

const WORDS: Readonly<Record<number, string>> = {
  [EARLY]: 'early',
  [ON_TIME]: 'on-time',
  [LATE_PANE]: 'late',
};

const BEFORE = Buffer.from('{"index":');
/** What stands behind the index, by timing and whether the pane is the first, and the last. */
const BEHIND = Array.from({ length: 16 }, (_, i) => {
  const [timing, first, last] = [WORDS[i >> 2], (i & 2) !== 0, (i & 1) !== 0];
  return Buffer.from(`,"timing":"${timing}","first":${first},"last":${last}}`);
});
/** Digits that an index has at most. */
const DIGITS = 16;

/** Says in the last row of a batch which pane of its group it is: `@pane`, as in tm-stream(5). */
export function writePaneLabel(paned: PanedGroups, slot: number, moment: Moment, batch: Batch): void {
  const index = paned.panes.index(slot);
  const behind = behindIndex(paned, slot, moment);
  batch.reserve(BEFORE.length + DIGITS + behind.length);
  const { bytes } = batch;
  const row = batch.rows - 1;
  let at = batch.used;
  batch.paneStart[row] = at;
  for (let i = 0; i < BEFORE.length; i++) bytes[at++] = BEFORE[i]!;
  if (index < 10) bytes[at++] = ZERO + index;
  else at += bytes.write(String(index), at, 'latin1');
  for (let i = 0; i < behind.length; i++) bytes[at++] = behind[i]!;
  batch.used = at;
  batch.paneEnd[row] = at;
}

/** The same as text, for `setPaneLabel`. */
export const paneLabel = (paned: PanedGroups, slot: number, moment: Moment): string =>
  `${BEFORE}${paned.panes.index(slot)}${behindIndex(paned, slot, moment)}`;

/** Puts a label, bytes[from, to), to the last row of a batch. */
export function setPaneLabel(bytes: Buffer, from: number, to: number, batch: Batch): void {
  batch.reserve(to - from);
  const row = batch.rows - 1;
  batch.paneStart[row] = batch.used;
  bytes.copy(batch.bytes, batch.used, from, to);
  batch.used += to - from;
  batch.paneEnd[row] = batch.used;
}

function behindIndex(paned: PanedGroups, slot: number, moment: Moment): Buffer {
  const { panes } = paned;
  const first = panes.index(slot) === 0 ? 2 : 0;
  return BEHIND[(panes.lastTiming(slot) << 2) | first | (paned.isLast(slot, moment) ? 1 : 0)]!;
}

const ZERO = 0x30;

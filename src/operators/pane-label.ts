import type { Batch } from '../stream/batch.ts';
import { EARLY, LATE_PANE, ON_TIME } from '../windows/pane-states.ts';
import type { Moment, PanedGroups } from './paned-groups.ts';

const WORDS: Readonly<Record<number, string>> = {
  [EARLY]: 'early',
  [ON_TIME]: 'on-time',
  [LATE_PANE]: 'late',
};

/** Says in the last row of a batch which pane of its group it is: `@pane`, as in tm-stream(5). */
export function writePaneLabel(paned: PanedGroups, slot: number, moment: Moment, batch: Batch): void {
  const { panes } = paned;
  const index = panes.index(slot);
  const timing = WORDS[panes.lastTiming(slot)]!;
  const label = `{"index":${index},"timing":"${timing}","first":${index === 0},"last":${paned.isLast(slot, moment)}}`;
  batch.reserve(label.length);
  const row = batch.rows - 1;
  batch.paneStart[row] = batch.used;
  batch.used += batch.bytes.write(label, batch.used, 'latin1');
  batch.paneEnd[row] = batch.used;
}

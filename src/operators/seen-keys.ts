import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import type { OpenCounts } from '../windows/grouping.ts';
import type { KeyNumbers, SpilledKeys } from './spilled-keys.ts';

/** What becomes of an event in a window, or in time: passed, or taken out. */
export const FIRST = 0;
export const DUPLICATE = 1;
export const LATE_THERE = 2;
export type Verdict = typeof FIRST | typeof DUPLICATE | typeof LATE_THERE;

/** Keys that were seen and are still remembered, in memory and on disk. */
export interface SeenKeys {
  /** Those on disk; undefined: there have been none. */
  disk: SpilledKeys | undefined;
  readonly numbers: KeyNumbers;
  /** Whether those in memory take more than so many bytes, or will when as many have come as are looked at once. */
  exceeds(memory: number): boolean;
  /** Moves all that are in memory to disk. */
  spill(disk: SpilledKeys): void;
  /** Forgets the keys of which nothing can be a duplicate any more. */
  forget(watermark: number): void;
  /** All that is remembered. */
  readonly open: OpenCounts;
  /** From now on remembers what changes. */
  track(): void;
  /** Writes those in memory. */
  save(out: SnapshotWriter): void;
  /** Called before the first event. @throws TidemarkError `failed` */
  restore(from: SnapshotReader): void;
}

import type { Batch } from '../stream/batch.ts';
import type { Windowing } from '../stream/marker.ts';

/** Gives every event of a batch its windows: one per kind of windowing, in the file of its name. */
export interface Assigner {
  readonly windowing: Windowing;
  /** Fills the window columns of the event in `row`, from its time. */
  assign(batch: Batch, row: number): void;
}

/** The start of the aligned interval of `size` that holds `time`: right before 1970 too. All in ms. */
export const alignedStart = (time: number, size: number, offset: number): number =>
  Math.floor((time - offset) / size) * size + offset;

import { MIN_INSTANT } from '../time/instant.ts';

/** Where the watermark of a location stands: all that the next record's watermark depends on. */
export interface WatermarkState {
  /** Highest event time so far, ms; -Infinity: there was none. */
  readonly highest: number;
  /** The watermark written last, ms; -Infinity: none was. */
  readonly watermark: number;
}

/**
 * The state behind records of which only those times are known that are higher than all before them among
 * themselves: the others move nothing. The rule is that of `stamp` in kernel/times.ts.
 * @param delay ms; undefined: no watermark is written
 * @param every how far the watermark advances between two rows, ms
 * @returns the state, and how many watermarks were written
 */
export function advanceWatermark(
  { highest, watermark }: WatermarkState,
  highs: Float64Array,
  delay: number | undefined,
  every: number,
): { state: WatermarkState; written: number } {
  let top = highest;
  let mark = watermark;
  let written = 0;
  if (delay === undefined) return { state: { highest, watermark }, written };
  for (const time of highs) {
    if (time <= top) continue;
    top = time;
    const next = time - delay;
    if (next < mark + every || next < MIN_INSTANT) continue;
    mark = next;
    written++;
  }
  return { state: { highest: top, watermark: mark }, written };
}

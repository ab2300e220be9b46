import { NO_NUMBER, type Numbers } from '../stream/projection.ts';

/** Picks the rows in which two columns both have a number, as SQL does: reused from call to call. */
export class PairRows {
  rows = new Int32Array(0);
  slots = new Int32Array(0);

  /** Takes those of the rows that are a pair, with their slots; returns how many. */
  select(a: Numbers, b: Numbers, rows: Int32Array, slots: Int32Array, count: number): number {
    if (this.rows.length < count) {
      this.rows = new Int32Array(count);
      this.slots = new Int32Array(count);
    }
    let pairs = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (a.form[row] === NO_NUMBER || b.form[row] === NO_NUMBER) continue;
      this.rows[pairs] = row;
      this.slots[pairs++] = slots[i]!;
    }
    return pairs;
  }
}

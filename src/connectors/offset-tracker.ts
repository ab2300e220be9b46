import { usageError } from '../errors.ts';
import type { Tracker } from './tracker.ts';

/** The restriction `{ from, to }`: the positions from ≤ n < to, whole numbers; without `to` there is no end. */
export interface OffsetRange {
  readonly from: number;
  readonly to?: number;
}

/** Tracks a range of whole numbers, after Beam's OffsetRangeTracker: claims ascend, and what is behind them can be split off. */
export class OffsetTracker implements Tracker {
  restriction: OffsetRange;
  /** The position claimed last. */
  #last: number | undefined;

  constructor(restriction: OffsetRange) {
    this.restriction = restriction;
  }

  /** @throws TidemarkError `usage` for what is no such range */
  static of(restriction: unknown, name: string): OffsetTracker {
    const { from, to } = (restriction ?? {}) as Partial<OffsetRange>;
    const whole = (value: unknown): boolean => Number.isSafeInteger(value);
    if (whole(from) && (to === undefined || (whole(to) && to >= from!)))
      return new OffsetTracker(restriction as OffsetRange);
    throw usageError(
      `the restriction of ${name} is not { from, to } in whole numbers, and there is no tracker for it`,
      'export a function tracker: tm-connectors(7) tells what it gives',
    );
  }

  /** @throws RangeError for a position that is not behind the one claimed before */
  tryClaim(position: unknown): boolean {
    const at = position as number;
    const { from, to = Number.POSITIVE_INFINITY } = this.restriction;
    if (!Number.isSafeInteger(at) || at < from || (this.#last !== undefined && at <= this.#last))
      throw new RangeError(`position ${String(position)} is not behind ${this.#last ?? from}`);
    if (at >= to) return false;
    this.#last = at;
    return true;
  }

  trySplit(fraction: number): OffsetRange | undefined {
    const { from, to } = this.restriction;
    if (to === undefined) return undefined;
    const next = this.#last === undefined ? from : this.#last + 1;
    const cut = next + Math.ceil((to - next) * fraction);
    if (cut >= to) return undefined;
    this.restriction = { from, to: cut };
    return { from: cut, to };
  }

  progress(): number | undefined {
    const { from, to } = this.restriction;
    if (to === undefined) return undefined;
    return to === from ? 1 : ((this.#last ?? from - 1) + 1 - from) / (to - from);
  }
}

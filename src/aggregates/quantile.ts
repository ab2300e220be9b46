import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { type Decimal, decimalOf } from './decimal.ts';
import { checkInterpolation } from './interpolation.ts';
import { checkShare } from './nearest-rank.ts';
import { OrderStatistics, type Sample, writeInterpolated, writeNearestRank } from './order-statistics.ts';
import { NUMBER_RESULT } from './result-schema.ts';

export class Quantile extends OrderStatistics {
  readonly #share: Decimal;
  readonly #linear: boolean;

  constructor(columns: Columns, share: number, linear: boolean) {
    super(columns);
    this.#share = decimalOf(share);
    this.#linear = linear;
  }

  protected override write(sorted: Sample, out: ByteWriter): void {
    if (this.#linear) writeInterpolated(sorted, this.#share, out);
    else writeNearestRank(sorted, this.#share, out);
  }
}

function check([share, interpolation = 'nearest']: readonly Literal[]): void {
  checkShare('quantile', share);
  checkInterpolation('quantile', interpolation);
}

/**
 * Exact, by nearest rank: the smallest value such that at least Q of the values are at most it (SQL's
 * `percentile_disc`); the minimum for Q = 0. With "linear" it is SQL's `percentile_cont`. Every value is held.
 */
export const quantile: AggregateDefinition = {
  name: 'quantile',
  summary:
    'take the smallest FIELD that at least the share Q (0 to 1) of the values are at most; with "linear" the point between two values that Q falls on',
  usage: 'quantile(FIELD, Q[, "linear"])',
  fields: 1,
  literals: 1,
  optionalLiterals: 1,
  numeric: true,
  mergedAnew: true,
  gives: NUMBER_RESULT,
  check,
  create: (columns, [share, interpolation]) =>
    new Quantile(columns, Number(share), interpolation === 'linear'),
};

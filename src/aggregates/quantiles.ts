import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { type Decimal, decimalOf } from './decimal.ts';
import { checkInterpolation } from './interpolation.ts';
import { checkShare } from './nearest-rank.ts';
import { OrderStatistics, type Sample, writeInterpolated, writeNearestRank } from './order-statistics.ts';

class Quantiles extends OrderStatistics {
  readonly #shares: readonly Decimal[];
  readonly #linear: boolean;

  constructor(columns: Columns, shares: readonly number[], linear: boolean) {
    super(columns);
    this.#shares = shares.map(decimalOf);
    this.#linear = linear;
  }

  protected override write(sorted: Sample, out: ByteWriter): void {
    for (const [i, share] of this.#shares.entries()) {
      out.byte(i === 0 ? 0x5b : 0x2c);
      if (this.#linear) writeInterpolated(sorted, share, out);
      else writeNearestRank(sorted, share, out);
    }
    out.byte(0x5d);
  }
}

/** The shares, and the word behind them, if there is one. */
function splitLiterals(literals: readonly Literal[]): { shares: readonly Literal[]; word: Literal } {
  const word = literals.at(-1);
  return typeof word === 'string'
    ? { shares: literals.slice(0, -1), word }
    : { shares: literals, word: 'nearest' };
}

function check(literals: readonly Literal[]): void {
  const { shares, word } = splitLiterals(literals);
  checkInterpolation('quantiles', word);
  if (shares.length === 0)
    throw usageError('quantiles wants a share at least', 'write quantiles(bytes, 0.5, 0.95)');
  for (const share of shares) checkShare('quantiles', share);
}

/** As `quantile`, several of them over values that are held once. */
export const quantiles: AggregateDefinition = {
  name: 'quantiles',
  summary: 'list several quantiles, in the order in which they are asked for; null when there are no values',
  usage: 'quantiles(FIELD, Q, …[, "linear"])',
  fields: 1,
  literals: 1,
  optionalLiterals: Number.POSITIVE_INFINITY,
  numeric: true,
  mergedAnew: true,
  check,
  create(columns, literals) {
    const { shares, word } = splitLiterals(literals);
    return new Quantiles(columns, shares.map(Number), word === 'linear');
  },
};

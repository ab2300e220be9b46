import { usageError } from '../errors.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { BinnedCounts } from './binned-counts.ts';
import { decimalOf } from './decimal.ts';
import { roundRational } from './rational.ts';

const MOST_BINS = 10_000;

/** The bounds of `count` bins of equal width: 0, 0.1, 0.2 … for ten of 0 to 1, each rounded once. */
function equalBounds(from: number, to: number, count: number): number[] {
  const low = decimalOf(from);
  const high = decimalOf(to);
  const denominator = low.denominator * high.denominator * BigInt(count);
  const bounds: number[] = [];
  for (let i = 0; i <= count; i++) {
    const numerator =
      low.numerator * high.denominator * BigInt(count - i) + high.numerator * low.denominator * BigInt(i);
    bounds.push(roundRational({ numerator, denominator, exponent: 0 }));
  }
  return bounds;
}

function check([from, to, count]: readonly Literal[]): void {
  const hint = 'write bins(bytes, 0, 10000, 20)';
  for (const bound of [from, to]) {
    if (typeof bound !== 'number' || !Number.isFinite(bound))
      throw usageError(`bins wants numbers for FROM and TO, not ${JSON.stringify(bound)}`, hint);
  }
  if (Number(from) >= Number(to))
    throw usageError(`bins wants FROM below TO, and ${from} is not below ${to}`, hint);
  if (!(typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= MOST_BINS))
    throw usageError(
      `bins wants a whole number of bins from 1 to ${MOST_BINS}, not ${JSON.stringify(count)}`,
      hint,
    );
  const bounds = equalBounds(Number(from), Number(to), count);
  if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!))
    throw usageError(
      `there are no ${count} bins from ${from} to ${to}: doubles do not tell their bounds apart`,
      hint,
    );
}

export const bins: AggregateDefinition = {
  name: 'bins',
  summary: 'count as histogram does, in COUNT bins of equal width from FROM to TO',
  usage: 'bins(FIELD, FROM, TO, COUNT)',
  fields: 1,
  literals: 3,
  numeric: true,
  check,
  create: (columns, [from, to, count]) =>
    new BinnedCounts(columns, equalBounds(Number(from), Number(to), Number(count))),
};

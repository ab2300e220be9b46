import { Buffer } from 'node:buffer';
import { eventHash } from '../../src/aggregates/event-hash.ts';
import {
  type Fraction,
  fromDouble,
  minus,
  nearestDouble,
  nearestRoot,
  over,
  plus,
  spelled,
  times,
  whole,
} from './fraction.ts';

/** A parsed value: integers are bigint, other numbers double; lists and objects are compared by their text. */
export type Value = null | boolean | bigint | number | string | object;

/** One event as an aggregate sees it. */
export interface Sample {
  /** Event time, ms. */
  readonly time: number;
  readonly position: number;
  /** Null when it is null or missing. */
  readonly value: Value;
  /** The value as it was spelled. */
  readonly text: string;
  /** The value of the second field of aggregates over two. */
  readonly second?: { readonly value: Value; readonly text: string };
}

export function sampleOf(text: string | undefined, time: number, position: number, second?: string): Sample {
  const sample = { time, position, value: parseValue(text ?? 'null'), text: text ?? 'null' };
  return second === undefined ? sample : { ...sample, second: { value: parseValue(second), text: second } };
}

function parseValue(text: string): Value {
  return /^-?\d+$/.test(text) ? BigInt(text) : (JSON.parse(text) as Value);
}

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (isNumber(value)) return 3;
  return typeof value === 'string' ? 4 : 5;
}

/** The total order of values (src/json/compare.ts). */
function compareSamples(a: Sample, b: Sample): number {
  const byRank = rank(a.value) - rank(b.value);
  if (byRank !== 0) return byRank;
  if (isNumber(a.value) && isNumber(b.value)) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (typeof a.value === 'string' && typeof b.value === 'string')
    return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value));
  return rank(a.value) === 5 ? Buffer.compare(Buffer.from(a.text), Buffer.from(b.text)) : 0;
}

const byTime = (a: Sample, b: Sample): number => a.time - b.time || a.position - b.position;

function canonicalText({ value, text }: Sample): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  return text;
}

/** Equal values together, each with the spelling it is written in, in the order of values. */
function groups(samples: readonly Sample[]): { text: string; count: number }[] {
  const sorted = [...samples].sort(compareSamples);
  const result: Sample[][] = [];
  for (const sample of sorted) {
    const group = result.at(-1);
    if (group !== undefined && compareSamples(group[0]!, sample) === 0) group.push(sample);
    else result.push([sample]);
  }
  return result.map((group) => {
    const first = group[0]!;
    const spelledAlike = group.every(({ text }) => text === first.text);
    return { text: spelledAlike ? first.text : canonicalText(first), count: group.length };
  });
}

const fractionOf = (value: Value): Fraction =>
  typeof value === 'bigint' ? whole(value) : fromDouble(value as number);

const fraction = ({ value }: Sample): Fraction => fractionOf(value);

const total = (fractions: readonly Fraction[]): Fraction => fractions.reduce(plus, whole(0n));

function sum(samples: readonly Sample[]): string {
  if (samples.length === 0) return 'null';
  const exact = total(samples.map(fraction));
  if (samples.every(({ value }) => typeof value === 'bigint')) return exact.numerator.toString();
  return spelled(exact);
}

function mean(samples: readonly Sample[]): string {
  if (samples.length === 0) return 'null';
  const share = { numerator: 1n, denominator: BigInt(samples.length) };
  return spelled(times(total(samples.map(fraction)), share));
}

/** The textbook's formula of the sample variance: squared distances from the mean over n - 1. */
function exactVariance(samples: readonly Sample[]): Fraction {
  const values = samples.map(fraction);
  const average = times(total(values), { numerator: 1n, denominator: BigInt(values.length) });
  const distances = values.map((value) => minus(value, average));
  const share = { numerator: 1n, denominator: BigInt(values.length - 1) };
  return times(total(distances.map((distance) => times(distance, distance))), share);
}

/** Only for variances that are normal doubles or 0. */
function stddev(samples: readonly Sample[]): string {
  return samples.length < 2 ? 'null' : String(Math.sqrt(nearestDouble(exactVariance(samples))));
}

function quantile(samples: readonly Sample[], literals: readonly unknown[]): string {
  if (samples.length === 0) return 'null';
  if (literals[1] === 'linear') return interpolated(samples, Number(literals[0]));
  const sorted = [...samples].sort(compareSamples);
  // Hundredths, as the tests write no finer ones: whole numbers, so that nothing rounds.
  const hundredths = Math.round(Number(literals[0]) * 100);
  const selected = sorted.find((_, i) => (i + 1) * 100 >= hundredths * sorted.length)!;
  const { value } = selected;
  return String(value === 0 ? 0 : value);
}

/** Walks Q of the way from the first to the last of the sorted values, which stand one step apart. */
function interpolated(samples: readonly Sample[], share: number): string {
  const sorted = [...samples].sort(compareSamples);
  const steps = Math.round(share * 100) * (sorted.length - 1);
  const before = sorted[Math.floor(steps / 100)]!;
  const after = sorted[Math.ceil(steps / 100)]!;
  if (compareSamples(before, after) === 0) return String(before.value === 0 ? 0 : before.value);
  const part = { numerator: BigInt(steps % 100), denominator: 100n };
  return spelled(plus(fraction(before), times(part, minus(fraction(after), fraction(before)))));
}

function nearestIn(samples: readonly Sample[], direction: 1 | -1): string {
  const sorted = [...samples].sort(
    (a, b) => compareSamples({ ...a, ...a.second! }, { ...b, ...b.second! }) * direction || byTime(a, b),
  );
  return sorted[0]?.text ?? 'null';
}

function weightedMean(samples: readonly Sample[]): string {
  const weights = total(samples.map(({ second }) => fractionOf(second!.value)));
  if (weights.numerator === 0n) return 'null';
  return spelled(
    over(total(samples.map((sample) => times(fraction(sample), fractionOf(sample.second!.value)))), weights),
  );
}

const meanOf = (values: readonly Fraction[]): Fraction =>
  times(total(values), { numerator: 1n, denominator: BigInt(values.length) });

/** Mean of the products of the distances of each value from the mean of its kind. */
const centralMoment = (...kinds: (readonly Fraction[])[]): Fraction => {
  const means = kinds.map(meanOf);
  const products = kinds[0]!.map((_, i) =>
    kinds.map((values, kind) => minus(values[i]!, means[kind]!)).reduce(times),
  );
  return meanOf(products);
};

const n = (value: number): Fraction => whole(BigInt(value));

/** A statistic of pairs (y, x) by the textbook's formulas; undefined is null. */
const ofPairs =
  (statistic: (y: readonly Fraction[], x: readonly Fraction[]) => string | undefined) =>
  (samples: readonly Sample[]): string =>
    samples.length === 0
      ? 'null'
      : (statistic(
          samples.map(fraction),
          samples.map(({ second }) => fractionOf(second!.value)),
        ) ?? 'null');

const slopeOf = (y: readonly Fraction[], x: readonly Fraction[]): Fraction =>
  over(centralMoment(x, y), centralMoment(x, x));

const isZero = ({ numerator }: Fraction): boolean => numerator === 0n;

/** A statistic of at least so many values that are not all equal. */
const ofShape =
  (least: number, statistic: (values: readonly Fraction[]) => string) =>
  (samples: readonly Sample[]): string => {
    const values = samples.map(fraction);
    return values.length < least || isZero(centralMoment(values, values)) ? 'null' : statistic(values);
  };

/** sign(m₃)·√(factor·m₃² / m₂³) */
function skewness(values: readonly Fraction[], factor: Fraction): string {
  const second = centralMoment(values, values);
  const third = centralMoment(values, values, values);
  const square = over(times(third, third), times(second, times(second, second)));
  return String(nearestRoot(times(square, factor)) * (third.numerator < 0n ? -1 : 1) + 0);
}

/** m₄ / m₂² − 3 */
function excess(values: readonly Fraction[]): Fraction {
  const second = centralMoment(values, values);
  return minus(over(centralMoment(values, values, values, values), times(second, second)), n(3));
}

function histogram(samples: readonly Sample[], bounds: readonly unknown[]): string {
  const edges = [undefined, ...bounds.map(Number), undefined];
  return listed(
    edges.slice(1).map((to, i) => {
      const from = edges[i];
      const count = samples.filter(
        ({ value }) =>
          (from === undefined || (value as number) >= from) && (to === undefined || (value as number) < to),
      ).length;
      return JSON.stringify({ from: from ?? null, to: to ?? null, count });
    }),
  );
}

/** The lowest hashes of the events that are not equal, by time, then by hash. */
function sample(samples: readonly Sample[], [wanted, seed = 0]: readonly unknown[]): string {
  const events = new Map(
    samples.map(({ time, text }) => {
      const bytes = Buffer.from(text);
      return [`${time} ${text}`, { time, text, hash: eventHash(Number(seed), time, bytes, 0, bytes.length) }];
    }),
  );
  const drawn = [...events.values()].sort((a, b) => a.hash - b.hash).slice(0, Number(wanted));
  return listed(drawn.sort((a, b) => a.time - b.time || a.hash - b.hash).map(({ text }) => text));
}

const integersOf = (samples: readonly Sample[]): bigint[] => samples.map(({ value }) => value as bigint);
const orNull = (samples: readonly Sample[], result: () => unknown): string =>
  samples.length === 0 ? 'null' : String(result());

const listed = (texts: readonly string[]): string => `[${texts.join(',')}]`;

/** What each aggregate gives for the samples of one group, as JSON text: plain, slow and obviously right. */
const references: Readonly<
  Record<string, (samples: readonly Sample[], literals: readonly unknown[]) => string>
> = {
  count: (samples) => String(samples.length),
  sum,
  mean,
  min: (samples) => [...samples].sort((a, b) => compareSamples(a, b) || byTime(a, b))[0]?.text ?? 'null',
  max: (samples) => [...samples].sort((a, b) => compareSamples(b, a) || byTime(a, b))[0]?.text ?? 'null',
  first: (samples) => [...samples].sort(byTime)[0]?.text ?? 'null',
  last: (samples) => [...samples].sort(byTime).at(-1)?.text ?? 'null',
  list: (samples) => listed([...samples].sort(byTime).map(({ text }) => text)),
  set: (samples) => listed(groups(samples).map(({ text }) => text)),
  distinct: (samples) => String(groups(samples).length),
  quantile,
  topk: (samples, literals) =>
    listed(
      groups(samples)
        .sort((a, b) => b.count - a.count)
        .slice(0, Number(literals[0]))
        .map(({ text, count }) => `{"value":${text},"count":${count}}`),
    ),
  median: (samples) => quantile(samples, [0.5, 'linear']),
  quantiles(samples, literals) {
    if (samples.length === 0) return 'null';
    const shares = literals.filter((literal) => typeof literal === 'number');
    return listed(shares.map((share) => quantile(samples, [share, literals.at(-1)])));
  },
  any_value: (samples) => [...samples].sort(byTime)[0]?.text ?? 'null',
  null_count: (samples) => String(samples.filter(({ value }) => value === null).length),
  mode: (samples) => groups(samples).sort((a, b) => b.count - a.count)[0]?.text ?? 'null',
  antimode: (samples) => groups(samples).sort((a, b) => a.count - b.count)[0]?.text ?? 'null',
  arg_min: (samples) => nearestIn(samples, 1),
  arg_max: (samples) => nearestIn(samples, -1),
  string_agg: (samples, [separator = ',']) =>
    orNull(samples, () => {
      // What stands inside of a string stays as it was spelled.
      const texts = [...samples]
        .sort(byTime)
        .map(({ value, text }) => (typeof value === 'string' ? text : JSON.stringify(text)).slice(1, -1));
      return `"${texts.join(JSON.stringify(separator).slice(1, -1))}"`;
    }),
  bool_and: (samples) => orNull(samples, () => samples.every(({ value }) => value === true)),
  bool_or: (samples) => orNull(samples, () => samples.some(({ value }) => value === true)),
  bit_and: (samples) => orNull(samples, () => integersOf(samples).reduce((a, b) => a & b)),
  bit_or: (samples) => orNull(samples, () => integersOf(samples).reduce((a, b) => a | b)),
  bit_xor: (samples) => orNull(samples, () => integersOf(samples).reduce((a, b) => a ^ b)),
  weighted_mean: weightedMean,
  covar_pop: ofPairs((y, x) => spelled(centralMoment(y, x))),
  covar_samp: ofPairs((y, x) =>
    y.length < 2 ? undefined : spelled(over(times(centralMoment(y, x), n(y.length)), n(y.length - 1))),
  ),
  regr_count: (samples) => String(samples.length),
  regr_slope: ofPairs((y, x) => (isZero(centralMoment(x, x)) ? undefined : spelled(slopeOf(y, x)))),
  regr_intercept: ofPairs((y, x) =>
    isZero(centralMoment(x, x)) ? undefined : spelled(minus(meanOf(y), times(slopeOf(y, x), meanOf(x)))),
  ),
  regr_r2: ofPairs((y, x) => {
    if (isZero(centralMoment(x, x))) return undefined;
    if (isZero(centralMoment(y, y))) return '1';
    const square = times(centralMoment(x, y), centralMoment(x, y));
    return spelled(over(square, times(centralMoment(x, x), centralMoment(y, y))));
  }),
  corr: ofPairs((y, x) => {
    if (isZero(centralMoment(x, x)) || isZero(centralMoment(y, y))) return undefined;
    const together = centralMoment(x, y);
    const square = over(times(together, together), times(centralMoment(x, x), centralMoment(y, y)));
    return String(nearestRoot(square) * (together.numerator < 0n ? -1 : 1) + 0);
  }),
  skewness: ofShape(3, (values) => {
    const { length } = values;
    return skewness(values, over(n(length * (length - 1)), n((length - 2) ** 2)));
  }),
  skewness_pop: ofShape(1, (values) => skewness(values, n(1))),
  kurtosis: ofShape(4, (values) => {
    const { length } = values;
    const adjusted = plus(times(n(length + 1), excess(values)), n(6));
    return spelled(times(adjusted, over(n(length - 1), n((length - 2) * (length - 3)))));
  }),
  kurtosis_pop: ofShape(1, (values) => spelled(excess(values))),
  var_pop: (samples) =>
    orNull(samples, () => spelled(centralMoment(samples.map(fraction), samples.map(fraction)))),
  stddev_pop: (samples) =>
    orNull(samples, () =>
      Math.sqrt(nearestDouble(centralMoment(samples.map(fraction), samples.map(fraction)))),
    ),
  histogram,
  bins: (samples, [from, to, count]) =>
    histogram(
      samples,
      Array.from(
        { length: Number(count) + 1 },
        (_, i) =>
          // The tests write whole numbers, whose weighted sums are exact.
          (Number(from) * (Number(count) - i) + Number(to) * i) / Number(count),
      ),
    ),
  sample,
  variance: (samples) => (samples.length < 2 ? 'null' : spelled(exactVariance(samples))),
  stddev,
};

/** The result of an aggregate over one field or two. What is null or missing in one is skipped, but by null_count. */
export function referenceAggregate(
  name: string,
  samples: readonly Sample[],
  literals: readonly unknown[] = [],
): string {
  return references[name]!(
    samples.filter(
      ({ value, second }) => name === 'null_count' || (value !== null && second?.value !== null),
    ),
    literals,
  );
}

/** The result of `count()`, without a field: the number of events. */
export const referenceCountOfEvents = (samples: readonly Sample[]): string => String(samples.length);

import type { FunctionDefinition } from '../function.ts';
import { doubleValue, integerValue, type NumberValue } from '../number-value.ts';
import { INTEGER_TYPE, NUMBER_TYPE } from '../type.ts';

/** Digits before or behind the point beyond which rounding changes no number, or leaves nothing of it. */
const FARTHEST = 1100;

export const round: FunctionDefinition = {
  name: 'round',
  form: 'both',
  usage: 'round(X[, DIGITS])',
  summary:
    'round to an integer or to DIGITS behind the point, halves away from zero, as it is written in decimals',
  example: ['round(2.675, 2)', '2.68'],
  parameters: [NUMBER_TYPE, INTEGER_TYPE],
  optional: 1,
  result: NUMBER_TYPE,
  resultOf: (types) => (types.length === 1 ? INTEGER_TYPE : NUMBER_TYPE),
  call(x: NumberValue, digits: NumberValue = 0) {
    const places = Math.max(-FARTHEST, Math.min(Number(digits), FARTHEST));
    if (typeof x === 'bigint' || Number.isSafeInteger(x))
      return places >= 0 ? x : integerValue(roundInteger(BigInt(x), -places));
    if (places === 0 && Math.abs(x) < HALVES_END) return doubleValue(roundHalves(x));
    return roundDouble(x, places);
  },
};

/** From here on doubles have no halves. */
const HALVES_END = 2 ** 52;

/** Math.round takes halves up, and so -0.5 to -0. */
const roundHalves = (x: number): number => {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
};

/** Rounds to a multiple of 10^zeros, halves away from zero. */
function roundInteger(x: bigint, zeros: number): bigint {
  const unit = 10n ** BigInt(zeros);
  const half = unit / 2n;
  return ((x < 0n ? x - half : x + half) / unit) * unit;
}

/** Rounds the shortest decimal spelling of a double, which is what a user sees of it: 2.675 to 2.68, not to 2.67. */
function roundDouble(x: number, places: number): number {
  const [mantissa, exponent] = x.toExponential().split('e') as [string, string];
  const digits = BigInt(mantissa.replace('.', ''));
  // x is digits × 10^-scale
  const scale = mantissa.replace('-', '').length - (mantissa.includes('.') ? 2 : 1) - Number(exponent);
  if (scale <= places) return x;
  const rounded = roundInteger(digits, scale - places);
  return doubleValue(Number(`${rounded}e${-scale}`));
}

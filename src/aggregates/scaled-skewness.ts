import { exactRoot, quotientOf, timesBinary } from './binary.ts';
import type { Moments } from './exact-moments.ts';
import type { Rational } from './rational.ts';

/**
 * √(over / under)·g₁ for g₁ = m₃ / m₂^(3/2), the skewness of a population, as the root of its square with its
 * sign, which rounds once. Undefined when all values are equal.
 */
export function scaledSkewness(
  { second, third }: Moments,
  over: bigint,
  under: bigint,
): Rational | undefined {
  if (second.mantissa === 0n) return undefined;
  const square = quotientOf(timesBinary(third, third), timesBinary(timesBinary(second, second), second));
  const size = exactRoot({
    numerator: square.numerator * over,
    denominator: square.denominator * under,
    exponent: square.exponent,
  });
  return third.mantissa < 0n ? { ...size, numerator: -size.numerator } : size;
}

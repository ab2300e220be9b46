/** A finite number as the decimal fraction of its shortest spelling: 0.07 is 7/100, not the double beside it. */
export interface Decimal {
  readonly numerator: bigint;
  /** A power of ten. */
  readonly denominator: bigint;
}

export function decimalOf(value: number): Decimal {
  const [digits = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  const numerator = BigInt(whole + fraction);
  const places = fraction.length - Number(exponent);
  return places < 0
    ? { numerator: numerator * 10n ** BigInt(-places), denominator: 1n }
    : { numerator, denominator: 10n ** BigInt(places) };
}

import fc from 'fast-check';

// JSON texts of values, spelled in many ways. None is past the range of doubles unless it is an integer.

const smallInteger = fc.integer({ min: -20, max: 20 }).map(String);
const safeInteger = fc.maxSafeInteger().map(String);
const bigInteger = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String);
const hugeInteger = fc
  .tuple(fc.bigInt({ min: -9n, max: 9n }), fc.integer({ min: 300, max: 420 }))
  .map(([digit, zeros]) => (digit * 10n ** BigInt(zeros)).toString());

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
const nearOne = fc.double({ noNaN: true, min: -1, max: 1 });
const powers = fc
  .tuple(fc.constantFrom(1, -1), fc.integer({ min: -1074, max: 1023 }))
  .map(([sign, exponent]) => sign * 2 ** exponent);
const price = fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100);

/** A spelling that is not an integer's. */
const fractionText = (value: number): string => {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

export const doubleText = fc.oneof(anyDouble, nearOne, powers, price).map(fractionText);
export const integerText = fc.oneof(
  { weight: 4, arbitrary: smallInteger },
  safeInteger,
  bigInteger,
  hugeInteger,
  fc.constant('-0'),
);

/** Integers whose squares add up to about the largest that doubles hold exactly. */
export const squareLimitText = fc.integer({ min: -(2 ** 28), max: 2 ** 28 }).map(String);

/** Numbers that the plain formulas hold too: no sum of their squares is near the limits of a double. */
export const moderateText = fc.oneof(
  smallInteger,
  safeInteger,
  bigInteger,
  price.map(fractionText),
  fc
    .double({ noNaN: true, min: -1e60, max: 1e60 })
    .filter((value) => value === 0 || Math.abs(value) > 1e-60)
    .map(fractionText),
);

/** Lists of numbers, some of which cancel. */
export const numberTexts = (element: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc
    .array(fc.tuple(element, fc.boolean(), fc.boolean()), { maxLength: 24 })
    .map((drawn) =>
      drawn.flatMap(([text, cancelled, missing]) => [
        ...(missing ? ['', 'null'] : []),
        text,
        ...(cancelled ? [negated(text)] : []),
      ]),
    );

const negated = (text: string): string => (text.startsWith('-') ? text.slice(1) : `-${text}`);

const respelled = fc.constantFrom(
  '1',
  '1.0',
  '1e0',
  '10e-1',
  '0',
  '-0',
  '0.0',
  '-0.0',
  '2',
  '2.00',
  '1.10',
  '1.1',
);
const word = fc.constantFrom('a', 'b', 'ab', '', 'é', '\u{1f30a}', '\uffff', 'a"b', 'line\n');
const stringText = fc.tuple(word, fc.boolean()).map(([text, escaped]) => {
  const plain = JSON.stringify(text);
  return escaped ? plain.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`) : plain;
});
const composite = fc.constantFrom('[]', '[1]', '[1.0]', '[1,2]', '{}', '{"a":1}', '{"a":1.0}', '{"b":[]}');

/** Values of every type, most of which occur more than once. */
export const valueTexts: fc.Arbitrary<string[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: respelled },
    { weight: 2, arbitrary: smallInteger },
    bigInteger,
    price.map(fractionText),
    { weight: 3, arbitrary: stringText },
    fc.constantFrom('true', 'false'),
    composite,
    fc.constantFrom('', 'null'),
  ),
  { maxLength: 24 },
);

import { parse } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computed } from './computed.ts';

/** Members by the type that the library gives them: its integers are bigint, a double always has a fraction here. */
interface Members {
  readonly i: bigint;
  readonly j: bigint;
  readonly x: number;
  readonly y: number;
  readonly s: string;
  readonly t: string;
  readonly p: boolean;
  readonly q: boolean;
}

const integer = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n),
);
const double = fc.integer({ min: -1000, max: 1000 }).map((each) => each + 0.5);
const word = fc.constantFrom('', 'a', 'ab', 'é', '😀', '\uffff', 'a b', '"', '\\', '\n');

const members: fc.Arbitrary<Members> = fc.record({
  i: integer,
  j: integer,
  x: double,
  y: double,
  s: word,
  t: word,
  p: fc.boolean(),
  q: fc.boolean(),
});

/** Expressions of each type that mean the same here and in CEL: no quotient of integers, no two types in one operation. */
const { truth } = fc.letrec<{ truth: string; whole: string; real: string; text: string }>((tie) => ({
  whole: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('i', 'j', '0', '1', '7', '9007199254740993'),
    fc
      .tuple(tie('whole'), fc.constantFrom('+', '-', '*', '%'), tie('whole'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('whole').map((each) => `-(${each})`),
    tie('text').map((each) => `size(${each})`),
    fc.tuple(tie('truth'), tie('whole'), tie('whole')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
  ),
  real: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x', 'y', '0.5', '1e3', '2.25'),
    fc
      .tuple(tie('real'), fc.constantFrom('+', '-', '*'), tie('real'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    // The library's quotient by zero is infinite; ours is none.
    fc.tuple(tie('real'), fc.constantFrom('0.7', '2.5')).map(([a, b]) => `(${a} / ${b})`),
  ),
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('s', 't', '"a"', "'b'", '"\\u00e9"', 'r"\\n"', '"\\x41\\101"'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
  ),
  truth: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('p', 'q', 'true', 'false'),
    ...(['whole', 'real'] as const).map((type) =>
      fc
        .tuple(tie(type), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie(type))
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    ),
    fc
      .tuple(tie('text'), fc.constantFrom('==', '!='), tie('text'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc
      .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
      .map(([a, name, b]) => `${a}.${name}(${b})`),
    fc
      .tuple(tie('truth'), fc.constantFrom('&&', '||'), tie('truth'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('truth').map((each) => `!(${each})`),
    fc
      .tuple(tie('whole'), fc.array(tie('whole'), { minLength: 1, maxLength: 3 }))
      .map(([a, all]) => `(${a} in [${all}])`),
    fc
      .tuple(fc.constantFrom('exists', 'all', 'exists_one'), tie('whole'))
      .map(([name, than]) => `[i, j, 3].${name}(each, each > ${than})`),
    fc
      .tuple(tie('whole'), tie('whole'))
      .map(([a, b]) => `([i, 2].map(each, each + ${a}) == [j].filter(each, each < ${b}))`),
  ),
}));

const json = (value: unknown): string => (typeof value === 'bigint' ? String(value) : JSON.stringify(value));

it('a condition comes to what the library makes of it, wherever that defines it', () => {
  let compared = 0;
  fc.assert(
    fc.property(truth, members, (text, event) => {
      let wanted: unknown;
      try {
        wanted = parse(text)(event);
      } catch {
        // Past 64 bits, a division by zero: ours goes on, or rejects.
        return;
      }
      compared++;
      const line = `{${Object.entries(event).map(([name, value]) => `"${name}":${json(value)}`)}}`;
      expect(computed(text, line), `${text} over ${line}`).toBe(json(wanted));
    }),
    { numRuns: 3000 },
  );
  expect(compared).toBeGreaterThan(1500);
});

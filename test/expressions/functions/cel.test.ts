import { evaluate as evaluateCel } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/expressions/value.ts';
import { evaluate } from '../../reference/expression.ts';

/** What the CEL library has, as our values are. */
function plain(value: unknown): Value {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return Array.isArray(value) ? value.map(plain) : (value as Value);
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '/', ' ', '1'), maxLength: 8 });
const part = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 2 });

/** Expressions over the texts s and p and the numbers n and m, on which CEL's library and ours have to agree. */
const SHARED = [
  'size(s)',
  's.size()',
  's.contains(p)',
  's.startsWith(p)',
  's.endsWith(p)',
  's.matches(p)',
  's.indexOf(p)',
  's.lastIndexOf(p)',
  's.substring(n)',
  's.substring(n, m)',
  's.lowerAscii()',
  's.upperAscii()',
  's.trim()',
  's.split(p)',
  's.split(p, n)',
  's.split(p).join("-")',
  's.split(p).join()',
  'size(s.split(p))',
  'int("12")',
  'double("1.5")',
  'string(n)',
  'string(true)',
  'bool("true")',
  'int(1.9)',
  'timestamp("2026-03-29T01:30:00Z").getHours("Europe/Berlin")',
  'timestamp("2026-03-29T01:30:00Z").getDate("Europe/Berlin")',
  'timestamp("2026-03-29T01:30:00Z").getMonth()',
  'timestamp("2026-03-29T01:30:00Z").getFullYear()',
  'timestamp("2026-03-29T01:30:00Z").getDayOfWeek()',
  'timestamp("2026-03-29T01:30:00Z").getDayOfMonth()',
  'timestamp("2026-03-29T01:30:00Z").getDayOfYear()',
  'timestamp("2026-03-29T01:30:09.5Z").getSeconds()',
  'timestamp("2026-03-29T01:30:09.5Z").getMilliseconds()',
  'duration("90m").getHours()',
  'duration("90s").getMinutes()',
  'duration("1h").getSeconds()',
  'duration("1s").getMilliseconds()',
];

describe('where CEL has the function too', () => {
  it.each(SHARED)('%s is what it is there', async (text) => {
    await fc.assert(
      fc.asyncProperty(letters, part, fc.nat(3), fc.nat(3), async (s, p, a, b) => {
        const [n, m] = [Math.min(a, b, s.length), Math.min(Math.max(a, b), s.length)];
        const there = plain(evaluateCel(text, { s, p, n: BigInt(n), m: BigInt(m) }));
        expect(await evaluate(text, { s, p, n, m })).toEqual(there);
      }),
      { numRuns: 50 },
    );
  });
});

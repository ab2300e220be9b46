import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { civilFromDays, daysFromCivil, daysInMonth } from '../../src/time/civil.ts';

const DAY_MS = 86_400_000;
const days = fc.integer({ min: -800_000, max: 3_000_000 });

describe('days and dates', () => {
  it('agree with Date', () => {
    fc.assert(
      fc.property(days, (n) => {
        const date = { year: 0, month: 0, day: 0 };
        civilFromDays(n, date);
        const expected = new Date(n * DAY_MS);
        expect([date.year, date.month, date.day]).toEqual([
          expected.getUTCFullYear(),
          expected.getUTCMonth() + 1,
          expected.getUTCDate(),
        ]);
        expect(daysFromCivil(date.year, date.month, date.day)).toBe(n);
      }),
      { numRuns: 2000 },
    );
  });

  it('know the length of each month', () => {
    for (const year of [0, 1900, 1999, 2000, 2004, 2100]) {
      for (let month = 1; month <= 12; month++) {
        const next = month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1);
        expect(daysInMonth(year, month)).toBe(next - daysFromCivil(year, month, 1));
      }
    }
    expect(daysInMonth(2000, 0)).toBe(0);
    expect(daysInMonth(2000, 13)).toBe(0);
  });
});

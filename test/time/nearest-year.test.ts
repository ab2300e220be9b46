import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NearestYear } from '../../src/time/nearest-year.ts';

const DAY = 86_400_000;

/** Places the dates of a text like `12-31 01-01`, and gives the years. */
function yearsOf(years: NearestYear, dates: string): number[] {
  return dates.split(' ').map((text) => {
    const [month, day] = text.split('-').map(Number);
    return new Date(years.place(month!, day!, 0)).getUTCFullYear();
  });
}

describe('years of times that have none', () => {
  test.each([
    [2025, '12-30 12-31 01-01 01-02', [2025, 2025, 2026, 2026]],
    [2025, '12-31 01-01 12-31 01-01', [2025, 2026, 2025, 2026]],
    [2026, '01-02 12-30 01-01', [2026, 2025, 2026]],
    [2025, '06-01 11-01 03-01 08-01', [2025, 2025, 2026, 2026]],
    // A device whose clock begins anew is in another year for one line.
    [2025, '08-15 01-01 08-15', [2025, 2026, 2025]],
    [2024, '02-28 02-29 03-01', [2024, 2024, 2024]],
    [2023, '12-01 02-29', [2023, 2024]],
  ])('from %i on, %s are of %j', (first, dates, years) => {
    expect(yearsOf(new NearestYear(first), dates)).toEqual(years);
  });

  test('a date that no near year has is none', () => {
    const years = new NearestYear(2025);
    expect(years.place(2, 29, 0)).toBeNaN();
    expect(years.place(4, 31, 0)).toBeNaN();
    expect(yearsOf(years, '03-01')).toEqual([2025]);
    expect(years.place(2, 29, 0)).toBeNaN();
  });

  test('a time with its year tells the years of those behind it', () => {
    const years = new NearestYear(undefined);
    expect(years.known).toBe(false);
    expect(years.take(2020, 12, 31, 5)).toBe(Date.UTC(2020, 11, 31, 0, 0, 0, 5));
    expect(years.known).toBe(true);
    expect(yearsOf(years, '01-01')).toEqual([2021]);
  });

  test('times less than half a year apart come out as they were', () => {
    const steps = fc.array(fc.integer({ min: -181 * DAY, max: 181 * DAY }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 * DAY }), steps, (start, distances) => {
        const years = new NearestYear(new Date(start).getUTCFullYear());
        let at = start;
        for (const distance of [0, ...distances]) {
          at = Math.max(0, at + distance);
          const date = new Date(at);
          expect(years.place(date.getUTCMonth() + 1, date.getUTCDate(), at % DAY)).toBe(at);
        }
      }),
    );
  });
});

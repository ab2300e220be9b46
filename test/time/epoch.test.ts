import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochUnit, readEpoch } from '../../src/time/epoch.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../../src/time/instant.ts';

/** Reads `text` between digits that would change it, were they read. */
function read(text: string, unit: EpochUnit): number {
  const b = Buffer.from(`9${text}9`);
  return readEpoch(b, 1, b.length - 1, unit);
}

/** Nanoseconds, and milliseconds as they are floored, of a count with a fraction. */
const PER_NS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n } as const;

describe('readEpoch', () => {
  it.each([
    ['1431857103', 's', 1_431_857_103_000],
    ['1431857103.25', 's', 1_431_857_103_250],
    ['1431857103.2509999999999', 's', 1_431_857_103_250],
    ['1431857103.999999999', 's', 1_431_857_103_999],
    ['1.431857103e9', 's', 1_431_857_103_000],
    ['1.431857103E+9', 's', 1_431_857_103_000],
    ['14318571030e-1', 's', 1_431_857_103_000],
    ['-1.0001', 's', -1001],
    ['-0.0001', 's', -1],
    ['-0', 's', 0],
    ['-0.0', 'ms', 0],
    ['0e99999999999', 'ms', 0],
    ['1e-99999999999', 'ms', 0],
    ['-1e-99999999999', 'ms', -1],
    ['1431857103250', 'ms', 1_431_857_103_250],
    ['1431857103250.9', 'ms', 1_431_857_103_250],
    ['-1.5', 'ms', -2],
    ['1431857103250999', 'us', 1_431_857_103_250],
    ['1431857103999999999', 'ns', 1_431_857_103_999],
    ['-1', 'ns', -1],
    ['999999', 'ns', 0],
    ['5', 'us', 0],
  ] as const)('reads %s as %s', (text, unit, ms) => {
    expect(read(text, unit)).toBe(ms);
  });

  it.each([
    '',
    '-',
    '.5',
    '1.',
    '1e',
    '1e+',
    '+1',
    '1.2.3',
    '1_000',
    '0x10',
    ' 1',
    '1 ',
    'Infinity',
    '--1',
    '1e5x',
  ])('refuses %s', (text) => {
    for (const unit of ['s', 'ms', 'us', 'ns'] as const) expect(read(text, unit)).toBeNaN();
  });

  it('refuses what is outside of the years 0000 to 9999', () => {
    expect(read(String(MAX_INSTANT), 'ms')).toBe(MAX_INSTANT);
    expect(read(String(MAX_INSTANT + 1), 'ms')).toBeNaN();
    expect(read(String(MIN_INSTANT), 'ms')).toBe(MIN_INSTANT);
    expect(read(String(MIN_INSTANT - 1), 'ms')).toBeNaN();
    expect(read(`${MIN_INSTANT}.5`, 'ms')).toBeNaN();
    expect(read('1431857103250', 's')).toBeNaN();
    expect(read('9'.repeat(400), 'ns')).toBeNaN();
    expect(read('1e400', 's')).toBeNaN();
    expect(read('-1e400', 's')).toBeNaN();
  });

  it('floors every count exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_167_219_200_000_000_000n, max: 253_402_300_799_999_999_999n }),
        fc.constantFrom(...(['s', 'ms', 'us', 'ns'] as const)),
        (nanoseconds, unit) => {
          const negative = nanoseconds < 0n;
          const digits = String(negative ? -nanoseconds : nanoseconds).padStart(19, '0');
          const places = String(PER_NS[unit]).length - 1;
          const whole = digits.slice(0, digits.length - places);
          const text = `${negative ? '-' : ''}${whole}${places === 0 ? '' : `.${digits.slice(-places)}`}`;
          const floored = nanoseconds / 1_000_000n - (negative && nanoseconds % 1_000_000n !== 0n ? 1n : 0n);
          expect(read(text, unit)).toBe(Number(floored));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import {
  formatDuration,
  isoDuration,
  parseDuration,
  parseSignedDuration,
  readIsoDuration,
} from '../../src/time/duration.ts';

const lengths = fc.oneof(
  fc.nat(100_000),
  fc.nat(Number.MAX_SAFE_INTEGER),
  fc.nat(1000).map((n) => n * 60_000),
  fc.nat(1000).map((n) => n * 86_400_000),
);

/** The error that parsing throws. */
function refusal(text: string, parse = parseDuration): TidemarkError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

function readIso(text: string): number {
  const b = Buffer.from(`P1${text}0S`);
  return readIsoDuration(b, 2, b.length - 2);
}

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['1h30m', 5_400_000],
    ['1d12h', 129_600_000],
    ['1w2d3h4m5s6ms', 604_800_000 + 172_800_000 + 10_800_000 + 240_000 + 5_006],
    ['1s500ms', 1500],
    ['90m', 5_400_000],
    ['1.5s', 1500],
    ['0.5h', 1_800_000],
    ['1.5d', 129_600_000],
    ['0.001s', 1],
    ['1.50000000000000000s', 1500],
    ['2.0ms', 2],
    ['0.0000000125w', 7.56],
    ['0', 0],
    ['0s', 0],
    ['00', 0],
    ['PT1H', 3_600_000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P1DT12H', 129_600_000],
    ['PT0.5S', 500],
    ['PT0,5S', 500],
    ['P1W', 604_800_000],
    ['PT36H', 129_600_000],
    ['P0D', 0],
  ])('reads %s', (text, ms) => {
    if (Number.isInteger(ms)) expect(parseDuration(text)).toBe(ms);
    else expect(refusal(text).message).toBe(`${text} is not a whole number of milliseconds`);
  });

  it.each([
    ['30', 'a duration needs a unit: 30s, 5m, 1h30m (not 30)', undefined],
    ['1.5', 'a duration needs a unit: 30s, 5m, 1h30m (not 1.5)', undefined],
    ['', 'a duration is missing', /with its unit/],
    ['-5m', 'a duration cannot be negative: -5m', undefined],
    ['-0s', 'a duration cannot be negative: -0s', undefined],
    ['1mo', 'months and years have no fixed length: 1mo', /window calendar/],
    ['2months', 'months and years have no fixed length: 2months', /window calendar/],
    ['1y', 'months and years have no fixed length: 1y', /window calendar/],
    ['P1M', 'months and years have no fixed length: P1M', /window calendar/],
    ['P1Y2M', 'months and years have no fixed length: P1Y2M', /window calendar/],
    ['5min', 'no duration: 5min', /^write 5m: /],
    ['5M', 'no duration: 5M', /^write 5m: /],
    ['10 seconds', 'no duration: 10 seconds', /^write 10s: /],
    ['1h 30m', 'no duration: 1h 30m', /1h30m$/],
    ['30m1h', 'units of a duration go from large to small, each once: 30m1h', /1h30m/],
    ['1h2h', 'units of a duration go from large to small, each once: 1h2h', /1h30m/],
    ['5x', 'no duration: 5x', /ms s m h d w/],
    ['500us', 'no duration: 500us', /ms s m h d w/],
    ['h', 'no duration: h', /ms s m h d w/],
    ['abc', 'no duration: abc', /ms s m h d w/],
    ['1.5ms', '1.5ms is not a whole number of milliseconds', /ms/],
    ['0.0001s', '0.0001s is not a whole number of milliseconds', /ms/],
    ['1.00000000000000001h', '1.00000000000000001h is not a whole number of milliseconds', /ms/],
    ['9007199254740993ms', 'a duration is too long: 9007199254740993ms', undefined],
    ['PT', 'no duration: PT', /PT1H30M/],
    ['P', 'no duration: P', /PT1H30M/],
    ['PT1.5H30M', 'no duration: PT1.5H30M', /PT1H30M/],
    ['+-5m', 'no duration: +-5m', /ms s m h d w/],
  ])('refuses %s', (text, message, hint) => {
    const error = refusal(text);
    expect(error.code).toBe('usage');
    expect(error.message).toBe(message);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
  });

  it('takes a sign where one is wanted', () => {
    expect(parseSignedDuration('-5m')).toBe(-300_000);
    expect(parseSignedDuration('+5m')).toBe(300_000);
    expect(parseSignedDuration('-PT1H')).toBe(-3_600_000);
    expect(parseSignedDuration('-0s')).toBe(0);
    expect(refusal('--5m', parseSignedDuration).message).toBe('no duration: --5m');
  });

  it('reads a decimal exactly or not at all', () => {
    const units: [string, bigint][] = [
      ['ms', 1n],
      ['s', 1000n],
      ['m', 60_000n],
      ['h', 3_600_000n],
      ['d', 86_400_000n],
      ['w', 604_800_000n],
    ];
    fc.assert(
      fc.property(
        fc.nat(9999),
        fc.oneof(fc.stringMatching(/^\d{1,4}$/), fc.stringMatching(/^\d{1,14}$/)),
        fc.constantFrom(...units),
        (whole, fraction, [unit, ms]) => {
          const text = `${whole}.${fraction}${unit}`;
          const scale = 10n ** BigInt(fraction.length);
          const product = BigInt(`${whole}${fraction}`) * ms;
          if (product % scale === 0n) expect(parseDuration(text)).toBe(Number(product / scale));
          else expect(refusal(text).message).toContain('whole number');
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [500, '500ms'],
    [1500, '1s500ms'],
    [50_000, '50s'],
    [5_400_000, '1h30m'],
    [129_600_000, '1d12h'],
    [604_800_000, '7d'],
    [-300_000, '-5m'],
  ])('writes %d as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is read back by parseDuration', () => {
    fc.assert(
      fc.property(lengths, fc.boolean(), (ms, negative) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
        const signed = negative && ms > 0 ? -ms : ms;
        expect(parseSignedDuration(formatDuration(signed))).toBe(signed);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isoDuration', () => {
  it.each([
    [0, 'PT0S'],
    [500, 'PT0.5S'],
    [1, 'PT0.001S'],
    [5_400_000, 'PT1H30M'],
    [86_400_000, 'P1D'],
    [129_600_000, 'P1DT12H'],
    [60_250, 'PT1M0.25S'],
    [-300_000, '-PT5M'],
  ])('writes %d as %s', (ms, text) => {
    expect(isoDuration(ms)).toBe(text);
  });

  it('is read back by readIsoDuration and by parseDuration', () => {
    fc.assert(
      fc.property(lengths, (ms) => {
        expect(readIso(isoDuration(ms))).toBe(ms);
        expect(parseDuration(isoDuration(ms))).toBe(ms);
        if (ms > 0) expect(readIso(isoDuration(-ms))).toBe(-ms);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '1H',
    'PT1',
    'PT1H1H',
    'PT1M1H',
    'P1H',
    'PT1D',
    'P1DT1HT1M',
    'PT.5S',
    'PT1.S',
    'PT1.5M1S',
    'P1M',
    'P1Y',
    'PT0.0001S',
    'pt1h',
    '--PT1H',
    'PT1H ',
    'PT99999999999999999999H',
  ])('readIsoDuration refuses %s', (text) => {
    expect(readIso(text)).toBeNaN();
  });

  it('readIsoDuration reads only bytes of the span', () => {
    const b = Buffer.from('PT1H30M');
    for (const end of [0, 1, 2, 3, 5, 6]) expect(readIsoDuration(b, 0, end)).toBeNaN();
    expect(readIsoDuration(b, 0, 4)).toBe(3_600_000);
  });
});

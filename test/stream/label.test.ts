import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch, UNMERGED } from '../../src/stream/batch.ts';
import { readWindowLabel, type WindowSpan, writeWindowLabel } from '../../src/stream/label.ts';

function written({ start, end, every, count }: WindowSpan): string {
  const batch = new Batch(1, 0);
  const row = batch.addEvent(0, 0, 0, 1);
  batch.windowStart[row] = start;
  batch.windowEnd[row] = end;
  batch.windowEvery[row] = every;
  batch.windowCount[row] = count;
  const out = new ByteWriter(1);
  writeWindowLabel(out, batch, row);
  return out.toString();
}

/** undefined: it is no label. */
function read(text: string): WindowSpan | undefined {
  const span = { start: 0, end: 0, every: 0, count: 0 };
  const bytes = Buffer.from(`"${text}"`);
  return readWindowLabel(bytes, 1, bytes.length - 1, span) ? span : undefined;
}

const at = (text: string): number => Date.parse(text);

describe('a label', () => {
  const SPANS: [string, WindowSpan][] = [
    [
      '2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z',
      { start: at('2015-05-17T10:05Z'), end: at('2015-05-17T10:10Z'), every: 0, count: 1 },
    ],
    ['1969-12-31T23:59:59.999Z/1970-01-01T00:00:00.000Z', { start: -1, end: 0, every: 0, count: 1 }],
    ['R3/1969-12-31T23:59:50.000Z/PT15S/PT5S', { start: -10_000, end: 5000, every: 5000, count: 3 }],
    ['R2/1970-01-01T00:00:00.000Z/P1DT12H/PT0.001S', { start: 0, end: 129_600_000, every: 1, count: 2 }],
    ['C3/1970-01-01T00:00:00.000Z/PT2H/PT1H', { start: 0, end: 7_200_000, every: -3_600_000, count: 3 }],
    [
      '2015-05-17T10:05:03.250Z/PT30M',
      {
        start: at('2015-05-17T10:05:03.250Z'),
        end: at('2015-05-17T10:35:03.250Z'),
        every: 0,
        count: UNMERGED,
      },
    ],
    [
      '0000-01-01T00:00:00.000Z/9999-12-31T23:59:59.999Z',
      { start: -62_167_219_200_000, end: 253_402_300_799_999, every: 0, count: 1 },
    ],
  ];

  it.each(SPANS)('%s is written and read', (text, span) => {
    expect(written(span)).toBe(text);
    expect(read(text)).toEqual(span);
  });

  it.each([
    ['2015-05-17T10:05:00Z/2015-05-17T10:10:00Z', SPANS[0]![1]],
    ['2015-05-17T12:05:00+02:00/2015-05-17T10:10:00.0Z', SPANS[0]![1]],
    ['R1/2015-05-17T10:05:00Z/PT300S/PT60S', { ...SPANS[0]![1], every: 60_000 }],
    ['R3/1969-12-31T23:59:50Z/PT0.25M/PT5.000S', SPANS[2]![1]],
  ])('%s is read', (text, span) => {
    expect(read(text)).toEqual(span);
  });

  it.each([
    '',
    '/',
    'today',
    '2015-05-17T10:05:00.000Z',
    '2015-05-17T10:05:00.000Z/',
    '/2015-05-17T10:05:00.000Z',
    '2015-05-17T10:05:00.000Z/2015-05-17T10:05:00.000Z',
    '2015-05-17T10:05:00.000Z/2015-05-17T10:04:59.999Z',
    '2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000',
    '2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z/PT5M',
    '2015-05-17T10:05:00.000Z/PT0S',
    '2015-05-17T10:05:00.000Z/-PT5S',
    '2015-05-17T10:05:00.000Z/P1M',
    'PT5M/2015-05-17T10:05:00.000Z',
    'R/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'R0/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'R-2/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'R2.5/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'R9999999999/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'R2/2015-05-17T10:05:00.000Z/PT10S',
    'R2/2015-05-17T10:05:00.000Z/PT10S/PT0S',
    'R2/2015-05-17T10:05:00.000Z/PT0S/PT5S',
    'R2/2015-05-17T10:05:00.000Z/2015-05-17T10:05:10.000Z/PT5S',
    'C0/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    'C2/2015-05-17T10:05:00.000Z/PT10S',
    'C2/2015-05-17T10:05:00.000Z/PT10S/PT0S',
    'D2/2015-05-17T10:05:00.000Z/PT10S/PT5S',
    `2015-05-17T10:05:00.000Z/PT${'0'.repeat(70)}5S`,
    '2015-05-17T10:05:00.000Z/２015-05-17T10:10:00.000Z',
  ])('%j is none', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('is read as it was written', () => {
    const instant = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 - 2e12 });
    const length = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 1e12 }));
    fc.assert(
      fc.property(
        instant,
        length,
        length,
        fc.oneof(fc.constantFrom(1, UNMERGED), fc.integer({ min: 2, max: 1e6 })),
        (start, size, every, count) => {
          const span = { start, end: start + size, every: count > 1 ? every : 0, count };
          expect(read(written(span))).toEqual(span);
        },
      ),
      { numRuns: 500 },
    );
  });
});

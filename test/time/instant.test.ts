import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import {
  INSTANT_LENGTH,
  instantText,
  MAX_INSTANT,
  MIN_INSTANT,
  readInstant,
  writeInstant,
} from '../../src/time/instant.ts';

/** Reads `text` between bytes that would continue it, were they read. */
function read(text: string): number {
  const b = Buffer.from(`19${text}09:30Z`);
  return readInstant(b, 2, 2 + Buffer.byteLength(text));
}

const instants = fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT });
const nearby = fc.integer({ min: -3_000_000_000_000, max: 3_000_000_000_000 });

describe('readInstant', () => {
  it.each([
    ['2015-05-17T10:05:03.000Z', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17T10:05:03Z', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17t10:05:03z', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17t10:05:03.250z', Date.UTC(2015, 4, 17, 10, 5, 3, 250)],
    ['2015-05-17 10:05:03Z', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17T10:05:03.1Z', Date.UTC(2015, 4, 17, 10, 5, 3, 100)],
    ['2015-05-17T10:05:03.12Z', Date.UTC(2015, 4, 17, 10, 5, 3, 120)],
    ['2015-05-17T10:05:03.123999999999999999Z', Date.UTC(2015, 4, 17, 10, 5, 3, 123)],
    ['2015-05-17T12:05:03+02:00', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17T12:05:03.5+02:00', Date.UTC(2015, 4, 17, 10, 5, 3, 500)],
    ['2015-05-16T23:35:03-10:30', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['2015-05-17T10:05:03-00:00', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['1970-01-01T00:00:00.000Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['1969-12-31T23:59:59.9980001Z', -2],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['0000-01-01T00:00:00.000Z', MIN_INSTANT],
    ['0000-02-29T00:00:00.000Z', MIN_INSTANT + 59 * 86_400_000],
    ['9999-12-31T23:59:59.999Z', MAX_INSTANT],
    ['1990-12-31T23:59:60Z', Date.UTC(1991, 0, 1)],
    ['1990-12-31T23:59:60.000Z', Date.UTC(1991, 0, 1)],
    ['1990-12-31T15:59:60-08:00', Date.UTC(1991, 0, 1)],
    ['2016-12-31T23:59:60.5Z', Date.UTC(2017, 0, 1, 0, 0, 0, 500)],
  ])('reads %s', (text, ms) => {
    expect(read(text)).toBe(ms);
  });

  it.each([
    '',
    '2015-05-17',
    '2015-05-17T10:05Z',
    '2015-05-17T10:05:03',
    '2015-05-17T10:05:03.000',
    '2015-05-17T10:05:03.Z',
    '2015-05-17T10:05:03,5Z',
    '2015-05-17T10:05:03+0200',
    '2015-05-17T10:05:03+02',
    '2015-05-17T10:05:03+24:00',
    '2015-05-17T10:05:03+02:60',
    '2015-05-17T10:05:03 +02:00',
    '2015-05-17T10:05:03.000ZZ',
    '2015-05-17T10:05:03.000Z ',
    '2015-05-17_10:05:03.000Z',
    '2015-13-17T10:05:03.000Z',
    '2015-00-17T10:05:03.000Z',
    '2015-02-30T10:05:03.000Z',
    '2015-02-29T10:05:03.000Z',
    '1900-02-29T10:05:03.000Z',
    '2015-04-31T10:05:03.000Z',
    '2015-05-00T10:05:03.000Z',
    '2015-05-17T24:00:00.000Z',
    '2015-05-17T10:60:03.000Z',
    '2015-05-17T10:05:61.000Z',
    '2015-05-17T10:05:60.000Z',
    '2015-05-17T10:05:60Z',
    '1990-12-31T23:59:60-08:00',
    '2015-05-17T10:05:03.0x0Z',
    '2015-05-17T10:05:03.0/0Z',
    '2015-05-17T10:05:03.0:0Z',
    '2015-05-1:T10:05:03.000Z',
    '2015-05-17T1/:05:03.000Z',
    '2015/05/17T10:05:03.000Z',
    '2015-05-17T10-05-03.000Z',
    '+002015-05-17T10:05:03Z',
    '-001-05-17T10:05:03.000Z',
    '２015-05-17T10:05:03.000Z',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '9999-12-31T23:59:60Z',
    '"2015-05-17T10:05:03.000Z"',
  ])('refuses %s', (text) => {
    expect(read(text)).toBeNaN();
  });

  it('reads only bytes of the span', () => {
    const b = Buffer.from('2015-05-17T10:05:03.123Z');
    for (let end = 0; end < b.length; end++) expect(readInstant(b, 0, end)).toBeNaN();
    for (let start = 1; start <= b.length; start++) expect(readInstant(b, start, b.length)).toBeNaN();
    const offset = Buffer.from('2015-05-17T10:05:03.123+02:00');
    for (let end = 0; end < offset.length; end++) expect(readInstant(offset, 0, end)).toBeNaN();
  });

  it('refuses or reads as Date does, whatever one byte of it becomes', () => {
    fc.assert(
      fc.property(nearby, fc.nat(23), fc.nat(255), (ms, at, byte) => {
        const b = Buffer.from(new Date(ms).toISOString());
        b[at] = byte;
        const text = b.toString('latin1');
        const canonical = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\.\d{3}[Zz]$/.test(text);
        const expected = canonical ? Date.parse(text.replace(' ', 'T').toUpperCase()) : Number.NaN;
        // Date takes 30 February and hour 24 for the day after.
        const same = !Number.isNaN(expected) && new Date(expected).toISOString().slice(0, 19);
        const valid = same === text.slice(0, 19).replace(' ', 'T').toUpperCase();
        expect(readInstant(b, 0, b.length)).toBe(valid ? expected : Number.NaN);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads every offset and precision as the sum of its parts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MIN_INSTANT / 1000 + 86_400, max: Math.floor(MAX_INSTANT / 1000) - 86_400 }),
        fc.integer({ min: -1439, max: 1439 }),
        fc.stringMatching(/^\d{0,12}$/),
        (second, offset, fraction) => {
          const local = new Date((second + offset * 60) * 1000).toISOString().slice(0, 19);
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
          const zone = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
          const text = `${local}${fraction === '' ? '' : `.${fraction}`}${zone}`;
          expect(read(text)).toBe(second * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3)));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('writeInstant', () => {
  it('writes what Date writes, of every year that it can', () => {
    fc.assert(
      fc.property(fc.oneof(instants, nearby), (ms) => {
        expect(instantText(ms)).toBe(new Date(ms).toISOString());
      }),
      { numRuns: 2000 },
    );
  });

  it('writes every day from 1890 to 2110 as Date does', () => {
    for (let ms = Date.UTC(1890, 0, 1) - 1; ms < Date.UTC(2110, 0, 1); ms += 86_400_000) {
      const text = instantText(ms);
      if (text !== new Date(ms).toISOString()) expect(text).toBe(new Date(ms).toISOString());
    }
  });

  it('is read back as the same instant', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(read(instantText(ms))).toBe(ms);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes 24 bytes and no other', () => {
    const b = Buffer.alloc(INSTANT_LENGTH + 2, 0x78);
    writeInstant(b, 1, 1_431_857_103_000);
    expect(b.toString()).toBe('x2015-05-17T10:05:03.000Zx');
  });

  it.each([MIN_INSTANT - 1, MAX_INSTANT + 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'throws for %d, and writes the next instant right',
    (ms) => {
      expect(() => instantText(ms)).toThrow(TidemarkError);
      expect(instantText(0)).toBe('1970-01-01T00:00:00.000Z');
    },
  );
});

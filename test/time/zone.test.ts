import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { ianaZone } from '../../src/time/iana-zone.ts';
import { fixedZone, loadZone, parseZoneName, Zone } from '../../src/time/zone.ts';

const NAMES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Monrovia',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Toronto',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Europe/Dublin',
] as const;
const zones = new Map(NAMES.map((name) => [name, ianaZone(name)]));

/** Instants near and far from changes of the clocks, in ms. */
const spread = fc.oneof(
  fc.integer({ min: Date.UTC(1850, 0), max: Date.UTC(2150, 0) }),
  fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2040, 0) }).map((ms) => ms - (ms % 1_800_000)),
);

const plain = (local: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();

function refusal(run: () => unknown): TidemarkError {
  try {
    run();
  } catch (error) {
    if (error instanceof TidemarkError) return error;
  }
  throw new Error('it did not throw a TidemarkError');
}

describe('a zone of the IANA database', () => {
  it('has the offsets of Temporal', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), spread, (name, ms) => {
        const expected =
          Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name).offsetNanoseconds;
        expect(zones.get(name)!.offsetAt(ms)).toBe(expected / 1e6);
      }),
      { numRuns: 500 },
    );
  });

  it('turns local time into instants as Temporal with the disambiguation compatible', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), spread, (name, local) => {
        const expected = plain(local).toZonedDateTime(name, { disambiguation: 'compatible' });
        expect(zones.get(name)!.toInstant(local)).toBe(expected.epochMilliseconds);
      }),
      { numRuns: 500 },
    );
  });

  it('does so around every change of the clocks', () => {
    const wrong: string[] = [];
    for (const name of NAMES) {
      const zone = ianaZone(name);
      let at = Temporal.Instant.fromEpochMilliseconds(Date.UTC(1965, 0)).toZonedDateTimeISO(name);
      for (;;) {
        const before = at.offsetNanoseconds / 1e6;
        const next = at.getTimeZoneTransition('next');
        if (next === null || next === undefined || next.year > 2030) break;
        at = next;
        const ms = at.epochMilliseconds;
        for (const offset of [before, at.offsetNanoseconds / 1e6]) {
          for (const distance of [-1_800_000, -1, 0, 900_000, 3_600_000]) {
            const local = ms + offset + distance;
            const expected = plain(local).toZonedDateTime(name).epochMilliseconds;
            if (zone.toInstant(local) !== expected) wrong.push(`${name} ${plain(local)}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('takes the earlier instant of a local time whatever was converted before', () => {
    const berlin = zones.get('Europe/Berlin')!;
    const twice = Date.UTC(2024, 9, 27, 2, 30);
    for (const before of [
      Date.UTC(2024, 6),
      Date.UTC(2024, 9, 27, 1),
      Date.UTC(2024, 11),
      Date.UTC(2025, 6),
    ]) {
      berlin.offsetAt(before);
      expect(berlin.toInstant(twice)).toBe(Date.UTC(2024, 9, 27, 0, 30));
    }
  });

  it('begins a day as Temporal does', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), spread, (name, ms) => {
        const day = Math.floor(ms / 86_400_000) * 86_400_000;
        const expected = plain(day).toPlainDate().toZonedDateTime(name);
        expect(zones.get(name)!.startOf(day)).toBe(expected.epochMilliseconds);
      }),
      { numRuns: 500 },
    );
  });

  it('begins a day whose midnight is skipped at the change', () => {
    const saoPaulo = zones.get('America/Sao_Paulo')!;
    expect(saoPaulo.startOf(Date.UTC(2018, 10, 4))).toBe(Date.UTC(2018, 10, 4, 3));
    // Clocks went from 23:30 to 00:30.
    const toronto = zones.get('America/Toronto')!;
    expect(toronto.startOf(Date.UTC(1919, 2, 31))).toBe(Date.UTC(1919, 2, 31, 4, 30));
  });

  it('asks for a stretch of one offset only once', () => {
    let asked = 0;
    const zone = new Zone('test', (ms) => {
      asked++;
      const from = Math.floor(ms / 1e10) * 1e10;
      return { from, to: from + 1e10, offset: ((from / 1e10) % 2) * 3_600_000 };
    });
    for (let round = 0; round < 3; round++) {
      for (let ms = 0; ms < 1e11; ms += 1e8) zone.offsetAt((ms * 7) % 1e11);
    }
    expect(asked).toBe(10);
  });
});

describe('fixedZone', () => {
  it.each([
    ['UTC', 'UTC', 0],
    ['utc', 'UTC', 0],
    ['Z', 'UTC', 0],
    ['GMT', 'UTC', 0],
    ['+02:00', '+02:00', 7_200_000],
    ['+0530', '+05:30', 19_800_000],
    ['-09:30', '-09:30', -34_200_000],
    ['-05', '-05:00', -18_000_000],
    ['-00:00', '+00:00', 0],
  ])('takes %s', (text, name, offset) => {
    const zone = fixedZone(text)!;
    expect(zone.name).toBe(name);
    expect(zone.offsetAt(1_431_857_103_000)).toBe(offset);
    expect(zone.toInstant(1_431_857_103_000)).toBe(1_431_857_103_000 - offset);
    expect(zone.startOf(-1)).toBe(-1 - offset);
  });

  it.each(['', '+', '+2', '+2:00', '+24:00', '+02:60', '02:00', 'Europe/Berlin', '+02:00:00'])(
    'leaves %s',
    (text) => {
      expect(fixedZone(text)).toBeUndefined();
    },
  );
});

describe('a zone by name', () => {
  it('is there at once for UTC and offsets, and as a promise for places', async () => {
    expect(loadZone('UTC')).toBeInstanceOf(Zone);
    expect(loadZone('+02:00')).toBeInstanceOf(Zone);
    const berlin = loadZone('Europe/Berlin');
    expect(berlin).toBeInstanceOf(Promise);
    expect((await berlin).offsetAt(Date.UTC(2024, 6, 1))).toBe(7_200_000);
    expect((await berlin).name).toBe('Europe/Berlin');
  });

  it.each([
    ['Berlin', 'unknown time zone: Berlin', 'did you mean Europe/Berlin?'],
    ['new york', 'unknown time zone: new york', 'did you mean America/New_York?'],
    ['America/Berlin', 'unknown time zone: America/Berlin', 'did you mean Europe/Berlin?'],
    ['Mars/Olympus', 'unknown time zone: Mars/Olympus', 'a zone is Europe/Berlin, UTC or +02:00'],
    ['+2', 'unknown time zone: +2', 'a zone is Europe/Berlin, UTC or +02:00'],
    ['', "unknown time zone: ''", 'a zone is Europe/Berlin, UTC or +02:00'],
  ])('is refused where there is none: %s', (text, message, hint) => {
    for (const run of [() => parseZoneName(text), () => loadZone(text)]) {
      const error = refusal(run);
      expect([error.code, error.message, error.hint]).toEqual(['usage', message, hint]);
    }
  });

  it('is checked without its rules', () => {
    expect(parseZoneName('Europe/Berlin')).toBe('Europe/Berlin');
    expect(parseZoneName('z')).toBe('UTC');
    expect(parseZoneName('+0200')).toBe('+02:00');
  });
});

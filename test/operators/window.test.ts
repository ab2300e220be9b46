import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Window } from '../../src/operators/window.ts';
import { fixedZone, loadZone, type Zone } from '../../src/time/zone.ts';
import type { Assigner } from '../../src/windows/assigner.ts';
import { calendarAssigner } from '../../src/windows/calendar-assigner.ts';
import { cumulatingWindows } from '../../src/windows/cumulating.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { globalWindow } from '../../src/windows/global.ts';
import { sessionWindows } from '../../src/windows/session.ts';
import { slidingWindows } from '../../src/windows/sliding.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { brief, ev, fixed, sliding, stream } from './brief.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { drained, event, type Generated, generated, header, shown } from './streams.ts';

const zones = new Map<string, Zone>([
  ['UTC', fixedZone('UTC')!],
  ['+05:30', fixedZone('+05:30')!],
  ['Europe/Berlin', await loadZone('Europe/Berlin')],
]);

function assignerOf(window: WindowKind): Assigner {
  switch (window.kind) {
    case 'global':
      return globalWindow();
    case 'fixed':
      return fixedWindows(window.size, window.offset);
    case 'sliding':
      return slidingWindows(window.size, window.every, window.offset);
    case 'cumulate':
      return cumulatingWindows(window.size, window.every, window.offset);
    case 'session':
      return sessionWindows(window.gap);
    case 'calendar':
      return calendarAssigner(window.unit, window.timezone, zones.get(window.timezone)!);
  }
}

const windowed =
  (window: WindowKind): MakeOperator =>
  (context) =>
    new Window(assignerOf(window), context);

const calendars: fc.Arbitrary<Generated> = fc
  .record({
    times: fc.array(fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2030, 0) }), { maxLength: 20 }),
    unit: fc.constantFrom('hour', 'day', 'week', 'month', 'quarter', 'year'),
    timezone: fc.constantFrom(...zones.keys()),
  })
  .map(({ times, unit, timezone }) => ({
    items: [header(), ...times.map((time) => event(time, '')), ...drained],
    window: { kind: 'calendar', unit, timezone },
  }));

const instant = (text: string, members = ''): Item => event(Date.parse(text), members);

describe('window', () => {
  it('equals the plain reference for windows of every kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(generated, calendars), feedings, async ({ items, window }, feeding) => {
        const outcome = await run(windowed(window), printItems(items), feeding);
        expect(output(outcome)).toBe(printItems(stampWindows(items, window)));
      }),
      { numRuns: 300 },
    );
  });

  it('replaces windows that events had', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(generated.map(({ items, window }) => stampWindows(items, window))),
        generated,
        feedings,
        async (items, { window }, feeding) => {
          const outcome = await run(windowed(window), printItems(items), feeding);
          expect(output(outcome)).toBe(printItems(stampWindows(items, window)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    ['day', '2024-03-31T12:00Z', '2024-03-30T23:00:00.000Z/2024-03-31T22:00:00.000Z'],
    ['week', '1969-12-31T12:00Z', '1969-12-28T23:00:00.000Z/1970-01-04T23:00:00.000Z'],
    ['month', '2024-10-31T22:59:59.999Z', '2024-09-30T22:00:00.000Z/2024-10-31T23:00:00.000Z'],
    ['quarter', '2024-12-31T23:00Z', '2024-12-31T23:00:00.000Z/2025-03-31T22:00:00.000Z'],
  ] as const)('stamps the %s of Berlin that %s is in', async (unit, time, label) => {
    const window: WindowKind = { kind: 'calendar', unit, timezone: 'Europe/Berlin' };
    const outcome = await run(windowed(window), printItems([header(), instant(time), ...drained]));
    expect(output(outcome)).toContain(`"@w":"${label}"`);
  });

  it('tells the stream of its windows, and leaves everything else in the header alone', async () => {
    const text = printItems([header(false), ...drained]);
    const outcome = await run([windowed(fixed(300)), windowed(sliding(600, 60))], text);
    const [first] = output(outcome).split('\n');
    expect(first).toBe(
      '{"@stream":{"version":1,"commands":["source","window","window"],"bounded":false,"watermark":{"delay":"PT5S","every":"PT1S"},"windowing":{"kind":"sliding","size":"PT10M","every":"PT1M","offset":"PT0S"},"branch":""}}',
    );
  });

  it('puts a result into the same window again when it is windowed by the same size', async () => {
    const results = stream(fixed(10), ev(9.999, '"n":1'), ev(19.999, '"n":2'));
    const outcome = await run(windowed(fixed(10)), results);
    expect(brief(output(outcome))).toEqual(['9.999 [0,10) "n":1', '19.999 [10,20) "n":2']);
  });

  it.each([
    [fixed(3600), '9999-12-31T23:30:00Z'],
    [fixed(86_400 * 7), '0000-01-01T00:00:00Z'],
    [sliding(3600, 60), '0000-01-01T00:30:00Z'],
    [sliding(3600, 60), '9999-12-31T23:00:30Z'],
    [{ kind: 'session', gap: 3_600_000 }, '9999-12-31T23:30:00Z'],
  ] as [WindowKind, string][])(
    'leaves out and tells an event whose window cannot be written: %j %s',
    async (window, time) => {
      const text = printItems([
        header(),
        instant('2024-01-01T00:00Z'),
        instant(time),
        instant(time),
        ...drained,
      ]);
      const outcome = await run(windowed(window), text);
      expect(output(outcome).match(/"@t":"[^"]*"/g)).toEqual(['"@t":"2024-01-01T00:00:00.000Z"']);
      expect(outcome.counters.get('rejected')).toBe(2);
      expect(outcome.notices.join('\n')).toContain(
        'line 3: the window of the event reaches past the years 0000 to 9999',
      );
      expect(outcome.notices.join('\n')).toContain('2 events were left out in all');
    },
  );

  it('takes the first and the last windows that can be written', async () => {
    const text = printItems([
      header(),
      instant('0000-01-01T00:00Z'),
      instant('9999-12-31T22:59:59.999Z'),
      ...drained,
    ]);
    expect(output(await run(windowed(fixed(3600)), text))).toContain(
      '"@w":"9999-12-31T22:00:00.000Z/9999-12-31T23:00:00.000Z"',
    );
  });
});

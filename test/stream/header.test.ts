import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { firesTwice } from '../../src/stream/firing-rules.ts';
import { headerJson, PLAIN_HEADER, parseHeader } from '../../src/stream/header.ts';
import type { Header, Windowing } from '../../src/stream/marker.ts';
import { triggers } from './triggers.ts';

const duration = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 10_000 }).map((seconds) => seconds * 1000),
  fc.integer({ min: 1, max: 1e12 }),
);
const offset = fc.oneof(
  fc.constant(0),
  duration,
  duration.map((ms) => -ms),
);

const windowing: fc.Arbitrary<Windowing> = fc.oneof(
  fc.constant<Windowing>({ kind: 'global' }),
  fc.record({ kind: fc.constant('fixed' as const), size: duration, offset }),
  fc.record({ kind: fc.constant('sliding' as const), size: duration, every: duration, offset }),
  fc.record({ kind: fc.constant('session' as const), gap: duration }),
  fc.record({
    kind: fc.constant('calendar' as const),
    unit: fc.constantFrom('hour', 'day', 'week', 'month', 'quarter', 'year'),
    timezone: fc.constantFrom('UTC', '+02:00', 'Europe/Berlin'),
  }),
  fc.record({
    kind: fc.constant('calendar' as const),
    unit: fc.constant('week' as const),
    timezone: fc.constant('UTC'),
    offset: fc.constantFrom(21_600_000, -1),
    weekStart: fc.constantFrom('tuesday', 'sunday'),
  }),
  fc.record({ kind: fc.constant('cumulate' as const), size: duration, every: duration, offset: duration }),
);

const firing: fc.Arbitrary<Firing> = fc
  .record({
    trigger: triggers,
    lateness: fc.oneof(fc.constant(0), duration),
    mode: fc.constantFrom(undefined, 'discard' as const, 'accumulate' as const),
    onTime: fc.constantFrom('always' as const, 'if-any' as const),
    closing: fc.constantFrom('always' as const, 'if-any' as const),
  })
  .map((given) => ({
    ...given,
    mode: given.mode ?? (firesTwice(given.trigger, true) ? 'discard' : undefined),
  }));

const KNOWN = ['version', 'commands', 'bounded', 'watermark', 'windowing', 'panes', 'branch'];

/** What JSON can say: it has no -0. */
const value = fc.jsonValue().map((each): unknown => JSON.parse(JSON.stringify(each)));

/** Names that sort as JavaScript sorts them anyway, so that printing keeps their order. */
const other = fc
  .dictionary(fc.stringMatching(/^[a-z_é@]{1,8}$/), value, { maxKeys: 3 })
  .map((members) => Object.fromEntries(Object.entries(members).filter(([name]) => !KNOWN.includes(name))));

const headers: fc.Arbitrary<Header> = fc.record(
  {
    version: fc.constant(1 as const),
    commands: fc.array(fc.constantFrom('source', 'window', 'combine', 'x"y'), { maxLength: 4 }),
    bounded: fc.boolean(),
    watermark: fc.record({ delay: duration, every: duration }, { requiredKeys: [] }),
    windowing,
    firing,
    panes: fc.constantFrom('each-once', 'replacing'),
    branch: fc.constantFrom('', 'late', 'ü'),
    other,
  },
  { requiredKeys: ['version', 'commands', 'bounded', 'watermark', 'windowing', 'branch', 'other'] },
);

function refused(text: string): TidemarkError {
  try {
    parseHeader(text);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const LATE: Firing = {
  trigger: { kind: 'after-watermark', late: { kind: 'each' } },
  lateness: 3_600_000,
  mode: 'discard',
  onTime: 'always',
  closing: 'if-any',
};

describe('a header', () => {
  it('is read as it was printed, with members of later versions in it', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const text = headerJson(header);
        expect(parseHeader(text)).toEqual(header);
        expect(headerJson(parseHeader(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{ kind: 'global' }, '{"kind":"global"}'],
    [{ kind: 'fixed', size: 300_000, offset: 0 }, '{"kind":"fixed","size":"PT5M","offset":"PT0S"}'],
    [{ kind: 'fixed', size: 86_400_000, offset: -1500 }, '{"kind":"fixed","size":"P1D","offset":"-PT1.5S"}'],
    [
      { kind: 'sliding', size: 600_000, every: 60_000, offset: 0 },
      '{"kind":"sliding","size":"PT10M","every":"PT1M","offset":"PT0S"}',
    ],
    [{ kind: 'session', gap: 90 }, '{"kind":"session","gap":"PT0.09S"}'],
    [
      { kind: 'calendar', unit: 'day', timezone: 'Asia/Tokyo' },
      '{"kind":"calendar","unit":"day","timezone":"Asia/Tokyo"}',
    ],
    [
      { kind: 'calendar', unit: 'week', timezone: 'UTC', offset: -3_600_000, weekStart: 'sunday' },
      '{"kind":"calendar","unit":"week","timezone":"UTC","offset":"-PT1H","weekStart":"sunday"}',
    ],
  ] as [Windowing, string][])('spells durations in ISO 8601: %j', (given, spelled) => {
    expect(headerJson({ ...PLAIN_HEADER, windowing: given })).toBe(
      `{"version":1,"commands":[],"bounded":true,"watermark":{},"windowing":${spelled},"branch":""}`,
    );
  });

  it('has a mode where windows fire more than once', () => {
    for (const trigger of ['repeat(count(2))', 'never or-finally each', 'count(2) or-finally each-of(each)'])
      expect(
        refused(
          `{"version":1,"windowing":{"kind":"fixed","size":"PT1M","offset":"PT0S","trigger":"${trigger}"}}`,
        ).message,
      ).toContain(`its windows fire more than once (${trigger}), and it has no mode`);
  });

  it('says in its windowing how windows fire, and leaves out what is the default', () => {
    const windowing = { kind: 'session', gap: 90 } as const;
    const written = (given: Partial<Firing>): unknown =>
      (JSON.parse(headerJson({ ...PLAIN_HEADER, windowing, firing: { ...LATE, ...given } })) as Header)
        .windowing;
    expect(written({})).toEqual({
      kind: 'session',
      gap: 'PT0.09S',
      trigger: 'after-watermark(late: each)',
      lateness: 'PT1H',
      mode: 'discard',
    });
    expect(written({ lateness: 0, mode: undefined, onTime: 'if-any', closing: 'always' })).toEqual({
      kind: 'session',
      gap: 'PT0.09S',
      trigger: 'after-watermark(late: each)',
      on_time: 'if-any',
      closing: 'always',
    });
  });

  it('needs no more than its version', () => {
    expect(parseHeader('{"version":1}')).toEqual(PLAIN_HEADER);
    expect(parseHeader('{"bounded":false,"version":1,"watermark":{"delay":"PT1M"}}')).toEqual({
      ...PLAIN_HEADER,
      bounded: false,
      watermark: { delay: 60_000 },
    });
  });

  it.each([
    ['[]', 'its value is no object'],
    ['null', 'its value is no object'],
    ['1', 'its value is no object'],
    ['{}', 'version undefined is not known here (1 is)'],
    ['{"version":2}', 'version 2 is not known here (1 is)'],
    ['{"version":"1"}', 'version "1" is not known here (1 is)'],
    ['{"version":1,"windowing":"fixed"}', 'its windowing is no object'],
    ['{"version":1,"windowing":{"kind":"lunar"}}', 'windowing "lunar" is not known here'],
    ['{"version":1,"windowing":{"kind":"fixed","size":300}}', '300 is no duration'],
    ['{"version":1,"windowing":{"kind":"session","gap":"5m"}}', '"5m" is no duration'],
    ['{"version":1,"watermark":{"delay":"P1M"}}', '"P1M" is no duration'],
    [
      '{"version":1,"windowing":{"kind":"global","trigger":"soon"}}',
      "'soon' is no trigger, at character 1 of 'soon'",
    ],
    ['{"version":1,"windowing":{"kind":"global","trigger":{}}}', 'trigger {} is no text'],
    [
      '{"version":1,"windowing":{"kind":"global","trigger":"each","mode":"retract"}}',
      'mode "retract" is not known here',
    ],
    ['{"version":1,"panes":"some"}', 'panes "some" is not known here'],
  ])('is refused with what is wrong: %s', (text, why) => {
    const { code, message, hint } = refused(text);
    expect(message).toBe(`the @stream line cannot be read: ${why}`);
    expect([code, hint]).toEqual([
      'failed',
      'all commands of a pipe must be of the same version of tidemark',
    ]);
  });
});

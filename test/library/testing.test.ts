import { describe, expect, expectTypeOf, it } from 'vitest';
import { combine, enrich, filter, map, source, throttle, window } from '../../src/index.ts';
import { testPipeline, VirtualClock } from '../../src/testing.ts';

const at = (time: string): string => `2026-01-01T${time}Z`;

describe('a pipeline under test', () => {
  it('gives its results by window, and says which step has brought them about', async () => {
    const result = await testPipeline(
      [window.fixed('1m'), combine({ n: 'count', most: 'max(price)' }, { by: ['user'] })],
      [
        { time: at('00:00:10'), value: { user: 'a', price: 3 } },
        { time: at('00:01:10'), value: { user: 'b', price: 4 } },
        { watermark: at('00:01:00') },
        { time: at('00:00:50'), value: { user: 'a', price: 9 } },
        { time: new Date(at('00:01:20')), value: { user: 'a', price: 5 } },
      ],
    );
    expect(result.windows).toEqual([
      {
        start: '2026-01-01T00:00:00.000Z',
        end: '2026-01-01T00:01:00.000Z',
        values: [{ user: 'a', n: 1, most: 3 }],
      },
      {
        start: '2026-01-01T00:01:00.000Z',
        end: '2026-01-01T00:02:00.000Z',
        values: [
          { user: 'a', n: 1, most: 5 },
          { user: 'b', n: 1, most: 4 },
        ],
      },
    ]);
    expect(result.events.map(({ step }) => step)).toEqual([2, 5, 5]);
    expect(result.notices).toMatchObject([{ stage: 'combine', message: expect.stringContaining('late') }]);
    expect(result.metrics.at(1)).toMatchObject({ stage: 'window', counters: { events_in: 4 } });
    expectTypeOf(result.windows[0]!.values[0]!.user).toBeString();
    expectTypeOf(result.windows[0]!.values[0]!.n).toBeNumber();
  });

  it('calls timers when the watermark passes them', async () => {
    const absent = map<{ gone: unknown }>(
      {
        process(_event, context) {
          context.timer('gone', context.time + 60_000);
          return undefined;
        },
        onTimer: (_name, { key }) => ({ gone: key }),
      },
      { by: 'user' },
    );
    const result = await testPipeline(
      [absent],
      [
        { time: at('00:00:00'), value: { user: 'a' } },
        { watermark: at('00:00:59') },
        { time: at('00:01:00'), value: { user: 'b' } },
        { watermark: at('00:01:01') },
      ],
    );
    expect(result.events).toMatchObject([
      { step: 3, time: Date.parse(at('00:01:00')), value: { gone: { user: 'a' } } },
      { step: 4, value: { gone: { user: 'b' } } },
    ]);
  });

  it('waits for no real time: a call that is tried again is so when the script goes on', async () => {
    const clock = new VirtualClock(at('12:00:00'));
    const calls: number[] = [];
    const begun = performance.now();
    const result = await testPipeline(
      [
        enrich(
          (_: { readonly id: number }) => {
            calls.push(clock.now());
            if (calls.length < 3) throw Object.assign(new Error('busy'), { retryAfter: 3_600_000 });
            return calls.length;
          },
          { as: 'tries', retry: 5 },
        ),
      ],
      [
        { time: at('00:00:00'), value: { id: 1 } },
        { advance: '59m' },
        { advance: '1m' },
        { advance: '90m' },
        { time: at('00:00:01'), value: { id: 2 } },
      ],
      { clock },
    );
    expect(calls.slice(0, 3).map((time) => (time - Date.parse(at('12:00:00'))) / 60_000)).toEqual([
      0, 60, 120,
    ]);
    expect(result.events).toMatchObject([
      { step: 3, value: { id: 1, tries: 3 } },
      { value: { id: 2, tries: 4 } },
    ]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('throttles by the clock of the script', async () => {
    const clock = new VirtualClock();
    const event = { time: at('00:00:00'), value: {} };
    const script = [event, event, event];
    const { events } = await testPipeline([throttle('1/m')], script, { clock });
    expect(events).toHaveLength(3);
    expect(clock.now()).toBeGreaterThanOrEqual(120_000);
  });

  it('with a source of its own has the clock for the times of arrival', async () => {
    const clock = new VirtualClock(at('12:00:00'));
    const records = (async function* () {
      yield { n: 1 };
      await clock.advance('90s');
      yield { n: 2 };
    })();
    const { windows } = await testPipeline(
      [source(records, { time: 'arrival', delay: '0s' }), window.fixed('1m'), combine({ n: 'sum(n)' })],
      { clock },
    );
    expect(windows).toEqual([
      { start: '2026-01-01T12:00:00.000Z', end: '2026-01-01T12:01:00.000Z', values: [{ n: 1 }] },
      { start: '2026-01-01T12:01:00.000Z', end: '2026-01-01T12:02:00.000Z', values: [{ n: 2 }] },
    ]);
  });

  it('keeps members whose names look like metadata, and bigints', async () => {
    const value = { '@t': 'mine', id: 18446744073709551615n };
    const { events } = await testPipeline([filter('true')], [{ time: 0, value }]);
    expect(events).toEqual([{ time: 0, window: null, pane: null, value, step: 0 }]);
  });

  it('refuses what is no time', async () => {
    await expect(testPipeline([filter('true')], [{ time: 'soon', value: {} }])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining("'soon' is no time"),
    });
  });

  it('tells which step of the script is none', async () => {
    const wrong = (step: unknown) =>
      testPipeline([window.fixed('1m')], [{ time: 0, value: {} }, step as never]);
    for (const step of [{ n: 1 }, { time: 0 }, { time: 0, value: 'x' }, { tick: '1m' }])
      await expect(wrong(step)).rejects.toThrow(
        'step 1 of the script is no event, no watermark, and no time that goes by',
      );
    await expect(wrong({ advance: '1 hour' })).rejects.toMatchObject({
      message: 'no duration: 1 hour',
      where: expect.stringContaining('step 1 of the script'),
    });
    await expect(wrong({ time: 'noon', value: {} })).rejects.toThrow(
      "step 1 of the script: 'noon' is no time",
    );
  });
});

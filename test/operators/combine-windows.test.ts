import { describe, expect, it } from 'vitest';
import { LATE } from '../../src/operators/operator.ts';
import { printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, sliding, stream, wm } from './brief.ts';
import { type Call, combineWith } from './combine-calls.ts';
import { type Outcome, output, run } from './harness.ts';
import { drained, event, header } from './streams.ts';

const COUNT: Call = { by: [], aggregates: ['n = count'] };
const BY_KEY: Call = { by: ['k'], aggregates: ['n = count'] };

const combined = (call: Call, text: string): Promise<Outcome> => run(combineWith(call), text);

/** The lines of the main output, in short. */
const results = async (call: Call, text: string): Promise<string[]> =>
  brief(output(await combined(call, text)));

describe('combine', () => {
  it('puts an event at the end of a window into the next one', async () => {
    expect(await results(COUNT, stream(fixed(10), ev(0), ev(9.999), ev(10), ev(19), ev(20)))).toEqual([
      '9.999 [0,10) "n":2',
      '19.999 [10,20) "n":2',
      '29.999 [20,30) "n":1',
    ]);
  });

  it('groups instants before 1970 by the same rule', async () => {
    expect(await results(COUNT, stream(fixed(10), ev(-0.001), ev(-10), ev(-10.001), ev(0)))).toEqual([
      '-10.001 [-20,-10) "n":1',
      '-0.001 [-10,0) "n":2',
      '9.999 [0,10) "n":1',
    ]);
  });

  it('writes what a watermark completes before the watermark, and nothing else', async () => {
    const text = stream(fixed(10), ev(3), ev(12), ev(25), wm(9.999), wm(10), wm(21), ev(22));
    expect(await results(COUNT, text)).toEqual([
      'W 9.999',
      '9.999 [0,10) "n":1',
      'W 10',
      '19.999 [10,20) "n":1',
      'W 21',
      '29.999 [20,30) "n":2',
    ]);
  });

  it('fires windows that are complete together by their end, then their start, then the key', async () => {
    const text = printItems([
      header(),
      ...[
        [5, 10, '"k":2'],
        [0, 10, '"k":2'],
        [0, 10, '"k":1'],
        [0, 5, '"k":3'],
        [5, 10, '"k":1'],
      ].map(([start, end, members]) => ({
        ...event(Number(start) * 1000, String(members)),
        windows: {
          kind: 'intervals' as const,
          intervals: [{ start: Number(start) * 1000, end: Number(end) * 1000 }],
        },
      })),
      ...drained,
    ]);
    expect(await results(BY_KEY, text)).toEqual([
      '4.999 [0,5) "k":3,"n":1',
      '9.999 [0,10) "k":1,"n":1',
      '9.999 [0,10) "k":2,"n":1',
      '9.999 [5,10) "k":1,"n":1',
      '9.999 [5,10) "k":2,"n":1',
    ]);
  });

  it('counts an event behind the watermark on time as long as its window is open', async () => {
    const outcome = await combined(COUNT, stream(fixed(10), wm(9.999), ev(0), ev(9)));
    expect(brief(output(outcome))).toEqual(['W 9.999', '9.999 [0,10) "n":2']);
    expect(output(outcome, LATE)).toBe('');
  });

  it('never opens a window again: from its end on an event is late, and goes out as it came', async () => {
    const outcome = await combined(COUNT, stream(fixed(10), ev(3), wm(10), ev(9.999, '"big":1.0'), ev(10)));
    expect(brief(output(outcome))).toEqual(['9.999 [0,10) "n":1', 'W 10', '19.999 [10,20) "n":1']);
    expect(brief(output(outcome, LATE))).toEqual(['9.999 [0,10) "big":1.0']);
    expect(outcome.counters.get('late')).toBe(1);
  });

  describe('in sliding windows', () => {
    it('counts an event in each window that holds it', async () => {
      expect(await results(COUNT, stream(sliding(10, 5), ev(3), ev(7)))).toEqual([
        '4.999 [-5,5) "n":1',
        '9.999 [0,10) "n":2',
        '14.999 [5,15) "n":1',
      ]);
    });

    it('takes sizes that are no multiple of the distance, whatever window comes first', async () => {
      for (const events of [
        [5, 7, 11],
        [7, 5, 11],
        [11, 7, 5],
      ]) {
        expect(await results(COUNT, stream(sliding(10, 6), ...events.map((time) => ev(time))))).toEqual([
          '9.999 [0,10) "n":2',
          '15.999 [6,16) "n":2',
        ]);
      }
    });

    it('counts an event only where it is not late, and tells the windows that it missed', async () => {
      const outcome = await combined(COUNT, stream(sliding(10, 5), ev(8), wm(10), ev(6), ev(4), ev(-1)));
      expect(brief(output(outcome))).toEqual(['9.999 [0,10) "n":1', 'W 10', '14.999 [5,15) "n":2']);
      expect(brief(output(outcome, LATE))).toEqual(['6 [0,10)', '4 R2 from -5', '-1 R2 from -10']);
      expect(outcome.counters.get('late')).toBe(3);
    });

    it('counts an event only in the windows that dedup has left to it', async () => {
      const text = printItems([
        header(),
        ...[
          [3, -5, 2, '"k":1'],
          [6, 5, 1, '"k":1'],
          [7, 0, 2, '"k":2'],
        ].map(([time, first, count, members]) => ({
          ...event(Number(time) * 1000, String(members)),
          windows: {
            kind: 'intervals' as const,
            intervals: Array.from({ length: Number(count) }, (_, i) => ({
              start: (Number(first) + 5 * i) * 1000,
              end: (Number(first) + 5 * i + 10) * 1000,
            })),
          },
        })),
        ...drained,
      ]);
      const expected = ['4.999 [-5,5) "n":1', '9.999 [0,10) "n":2', '14.999 [5,15) "n":2'];
      expect(await results(COUNT, text)).toEqual(expected);
      // Also where nothing but the labels says that they are sliding.
      const lines = text.split('\n').slice(1, -3);
      for (const turned of [lines, [...lines].reverse()])
        expect(await results(COUNT, turned.join('\n'))).toEqual(expected);
    });
  });

  describe('in sessions', () => {
    it('keeps events apart that are a whole gap apart', async () => {
      expect(await results(COUNT, stream(session(10), ev(0), ev(10), ev(19.999)))).toEqual([
        '9.999 [0,10) "n":1',
        '29.998 [10,29.999) "n":2',
      ]);
    });

    it('merges two that an event joins, in any order, each key by itself', async () => {
      const events = [ev(0, '"k":1'), ev(18, '"k":1'), ev(9, '"k":1'), ev(5, '"k":2')];
      for (const order of [events, [...events].reverse()]) {
        expect(await results(BY_KEY, stream(session(10), ...order))).toEqual([
          '14.999 [5,15) "k":2,"n":1',
          '27.999 [0,28) "k":1,"n":3',
        ]);
      }
    });

    it('merges an event with what is open before it is judged: so it is late by itself and counts', async () => {
      const outcome = await combined(COUNT, stream(session(10), ev(15), wm(18), ev(7), ev(4)));
      expect(brief(output(outcome))).toEqual(['W 18', '24.999 [4,25) "n":3']);
      expect(output(outcome, LATE)).toBe('');
    });

    it('lets a late event bridge two open ones', async () => {
      const outcome = await combined(
        COUNT,
        stream(session(10), ev(1), ev(20), wm(10.5), ev(10.5), wm(11), ev(0)),
      );
      expect(brief(output(outcome))).toEqual(['W 10.5', 'W 11', '29.999 [0,30) "n":4']);
    });

    it('does not open a closed one again', async () => {
      const outcome = await combined(COUNT, stream(session(10), ev(0), wm(10), ev(0), ev(0.001), ev(5)));
      expect(brief(output(outcome))).toEqual(['9.999 [0,10) "n":1', 'W 10', '14.999 [0.001,15) "n":2']);
      expect(brief(output(outcome, LATE))).toEqual(['0 [0+PT10S']);
    });
  });

  describe('in the global window', () => {
    it('gives a result when the stream is complete, at the latest time in it', async () => {
      const text = stream(
        GLOBAL_WINDOW,
        ev(7, '"k":1'),
        wm(9),
        ev(3, '"k":2'),
        ev(5, '"k":1'),
        ev(4, '"k":2'),
      );
      expect(await results(BY_KEY, text)).toEqual(['W 9', '7 "k":1,"n":2', '4 "k":2,"n":2']);
    });

    it('gives nothing for a stream without events', async () => {
      expect(await results(COUNT, stream(GLOBAL_WINDOW))).toEqual([]);
    });
  });

  it('refuses events in windows of another kind than those before, and names the line', async () => {
    const single = { start: 0, end: 10_000 };
    const windows = [
      { kind: 'intervals' as const, intervals: [single] },
      { kind: 'session' as const, ...single },
      { kind: 'global' as const },
    ];
    for (const first of windows) {
      for (const second of windows) {
        if (first === second) continue;
        const items = [first, second].map((one) => ({ ...event(0, ''), windows: one }));
        await expect(combined(COUNT, printItems([header(), ...items, ...drained]))).rejects.toMatchObject({
          code: 'failed',
          line: 3,
          message: 'the event is in windows of another kind than those before it',
        });
      }
    }
  });

  it('refuses sliding windows of another size or distance than those before', async () => {
    const kinds = [sliding(10, 5), sliding(20, 5), sliding(10, 2), sliding(20, 10)];
    for (const first of kinds) {
      for (const second of kinds) {
        if (first === second) continue;
        const [, one] = stream(first, ev(0)).split('\n');
        const [, two] = stream(second, ev(0)).split('\n');
        const refused = combined(COUNT, [printItems([header()]).trim(), one, two, ''].join('\n'));
        await expect(refused).rejects.toMatchObject({
          line: 3,
          message: expect.stringContaining('another kind'),
        });
      }
    }
  });
});

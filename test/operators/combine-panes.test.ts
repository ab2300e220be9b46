import { describe, expect, it } from 'vitest';
import { CombineByFiring } from '../../src/operators/combine-by-firing.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { LATE } from '../../src/operators/operator.ts';
import type { StateSummary } from '../../src/state/snapshot.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, sliding, stream, wm } from './brief.ts';
import { type Call, combineOptions } from './combine-calls.ts';
import {
  all,
  any,
  atEnd,
  combineFiring,
  count,
  delay,
  EACH,
  eachOf,
  every,
  firing,
  NEVER,
  orFinally,
  repeat,
} from './firing-calls.ts';
import { type MakeOperator, type Outcome, output, run } from './harness.ts';
import { withFiring } from './paned-streams.ts';
import { drained, header } from './streams.ts';

const COUNT: Call = { by: [], aggregates: ['n = count', 'total = sum(v)'] };
const BY_KEY: Call = { by: ['k'], aggregates: ['n = count'] };

const tick = (seconds: number): Item => ({ kind: 'tick', time: seconds * 1000 });
const v = (seconds: number, value: number): Item => ev(seconds, `"v":${value}`);

/** Panes in short: `early 0 first` and so on in place of `@pane`, ticks as `T 3`. */
const short = (text: string): string[] =>
  brief(
    text.replace(
      /"@pane":\{"index":(\d+),"timing":"([a-z-]+)","first":(true|false),"last":(true|false)\}/g,
      (_, index, timing, first, last) =>
        `<${timing} ${index}${first === 'true' ? ' first' : ''}${last === 'true' ? ' last' : ''}>`,
    ),
  ).map((line) => {
    const [, at] = /^\{"@tick":"(.*)"\}$/.exec(line) ?? [];
    return at === undefined ? line : `T ${Date.parse(at) / 1000}`;
  });

const fired = (call: Call, how: Firing, window: WindowKind, ...items: readonly Item[]): Promise<Outcome> =>
  run(combineFiring(call, how), stream(window, ...items));

const panes = async (how: Firing, window: WindowKind, ...items: readonly Item[]): Promise<string[]> =>
  short(output(await fired(COUNT, how, window, ...items)));

describe('combine under a trigger', () => {
  it('fires early panes as events come, on time at the end, and late ones as long as the window is open', async () => {
    const how = firing(atEnd({ early: count(2), late: EACH }), { lateness: 5000 });
    const items = [v(1, 1), v(2, 2), v(3, 4), wm(10), v(4, 8), v(5, 16), wm(15), v(6, 32)];
    expect(await panes(how, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <early 0 first>,"n":2,"total":3',
      '9.999 [0,10) <on-time 1>,"n":1,"total":4',
      'W 10',
      '9.999 [0,10) <late 2>,"n":1,"total":8',
      '9.999 [0,10) <late 3>,"n":1,"total":16',
      'W 15',
    ]);
    expect(await panes({ ...how, mode: 'accumulate' }, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <early 0 first>,"n":2,"total":3',
      '9.999 [0,10) <on-time 1>,"n":3,"total":7',
      'W 10',
      '9.999 [0,10) <late 2>,"n":4,"total":15',
      '9.999 [0,10) <late 3>,"n":5,"total":31',
      'W 15',
    ]);
    const outcome = await fired(COUNT, how, fixed(10), ...items);
    expect(brief(output(outcome, LATE))).toEqual(['6 [0,10) "v":32']);
    expect(outcome.counters.get('late')).toBe(1);
    expect(outcome.notices).toEqual([
      '1 event was late: its window had just closed (--delay 6s at the source, or --lateness 6s at tm window, would have kept it)',
    ]);
  });

  it('writes the pane on time also where nothing has come since the one before, unless it is told not to', async () => {
    const how = firing(atEnd({ early: EACH }));
    const items = [v(1, 1), wm(10)];
    expect(await panes(how, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <early 0 first>,"n":1,"total":1',
      '9.999 [0,10) <on-time 1 last>,"n":0,"total":null',
      'W 10',
    ]);
    expect(await panes({ ...how, mode: 'accumulate' }, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <early 0 first>,"n":1,"total":1',
      '9.999 [0,10) <on-time 1 last>,"n":1,"total":1',
      'W 10',
    ]);
    expect(await panes({ ...how, onTime: 'if-any' }, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <early 0 first>,"n":1,"total":1',
      'W 10',
    ]);
  });

  it('writes a closing pane where something is left, or where it is to be always', async () => {
    const how = firing(atEnd({ late: count(2) }), { lateness: 5000 });
    const items = [v(1, 1), wm(10), v(2, 2), wm(15)];
    expect(await panes(how, fixed(10), ...items)).toEqual([
      '9.999 [0,10) <on-time 0 first>,"n":1,"total":1',
      'W 10',
      '9.999 [0,10) <late 1 last>,"n":1,"total":2',
      'W 15',
    ]);
    expect(await panes({ ...how, closing: 'always' }, fixed(10), v(1, 1), wm(10), wm(15))).toEqual([
      '9.999 [0,10) <on-time 0 first>,"n":1,"total":1',
      'W 10',
      '9.999 [0,10) <late 1 last>,"n":0,"total":null',
      'W 15',
    ]);
  });

  it('writes one pane, which is on time and the last, where a watermark passes the end and the lateness at once', async () => {
    const how = firing(atEnd({ late: EACH }), { lateness: 5000, closing: 'always' });
    expect(await panes(how, fixed(10), v(1, 1), wm(20))).toEqual([
      '9.999 [0,10) <on-time 0 first last>,"n":1,"total":1',
      'W 20',
    ]);
  });

  it('opens a window behind its end as long as that is not closed: its panes are late from the first on', async () => {
    const how = firing(atEnd({ late: EACH }), { lateness: 5000 });
    expect(await panes(how, fixed(10), wm(12), v(1, 1), v(2, 2))).toEqual([
      'W 12',
      '9.999 [0,10) <late 0 first>,"n":1,"total":1',
      '9.999 [0,10) <late 1>,"n":1,"total":2',
    ]);
  });

  it('fires at the tick that passes a multiple, before it, where something has come', async () => {
    const how = firing(atEnd({ early: every(10) }));
    const items = [tick(3), v(1, 1), tick(9), v(2, 2), tick(10), tick(25), v(3, 4), tick(29), tick(30)];
    expect(await panes(how, fixed(10), ...items)).toEqual([
      'T 3',
      'T 9',
      '9.999 [0,10) <early 0 first>,"n":2,"total":3',
      'T 10',
      'T 25',
      'T 29',
      '9.999 [0,10) <early 1>,"n":1,"total":4',
      'T 30',
      '9.999 [0,10) <on-time 2 last>,"n":0,"total":null',
    ]);
  });

  it('fires so long behind the tick before the first event of a pane', async () => {
    const how = firing(repeat(delay(5)), { onTime: 'if-any' });
    expect(
      await panes(how, fixed(10), tick(3), v(1, 1), tick(7), v(2, 2), tick(8), v(3, 4), tick(13)),
    ).toEqual([
      'T 3',
      'T 7',
      '9.999 [0,10) <early 0 first>,"n":2,"total":3',
      'T 8',
      '9.999 [0,10) <early 1>,"n":1,"total":4',
      'T 13',
    ]);
  });

  it('fires each key in each window by itself, and panes of one moment by end, start and key', async () => {
    const how = firing(atEnd({ early: every(10) }));
    const k = (seconds: number, key: number): Item => ev(seconds, `"k":${key}`);
    const outcome = await fired(
      BY_KEY,
      how,
      fixed(10),
      k(11, 2),
      k(1, 9),
      k(12, 10),
      k(2, 1),
      tick(10),
      k(3, 1),
    );
    expect(short(output(outcome))).toEqual([
      '9.999 [0,10) <early 0 first>,"k":1,"n":1',
      '9.999 [0,10) <early 0 first>,"k":9,"n":1',
      '19.999 [10,20) <early 0 first>,"k":2,"n":1',
      '19.999 [10,20) <early 0 first>,"k":10,"n":1',
      'T 10',
      '9.999 [0,10) <on-time 1 last>,"k":1,"n":1',
      '9.999 [0,10) <on-time 1 last>,"k":9,"n":0',
      '19.999 [10,20) <on-time 1 last>,"k":2,"n":0',
      '19.999 [10,20) <on-time 1 last>,"k":10,"n":0',
    ]);
  });

  it('takes nothing more for a key whose trigger is finished', async () => {
    const how = firing(count(2), { mode: undefined });
    const outcome = await fired(COUNT, how, fixed(10), v(1, 1), v(2, 2), v(3, 4), v(11, 8), v(4, 16));
    expect(short(output(outcome))).toEqual([
      '9.999 [0,10) "n":2,"total":3',
      '19.999 [10,20) "n":1,"total":8',
    ]);
    expect(brief(output(outcome, LATE))).toEqual(['3 [0,10) "v":4', '4 [0,10) "v":16']);
    expect(outcome.counters.get('finished')).toBe(2);
    expect(outcome.notices[0]).toMatch(/^2 events were left out: the trigger was finished in the window/);
  });

  it('tells of those at the first, and once a minute, where the input has no end', async () => {
    const how = firing(count(1), { mode: undefined });
    const items = [v(1, 1), v(1, 2), v(1, 3), wm(61), v(62, 4), v(63, 5), v(64, 6)];
    const open = stream(fixed(60), ...items).replace('"bounded":true', '"bounded":false');
    const { notices } = await run(combineFiring(COUNT, how), open);
    expect(notices.map((notice) => notice.replace(/:.*/, ''))).toEqual([
      '1 event was left out',
      '3 events were left out',
      '4 events were left out',
    ]);
  });

  it('keeps groups in memory where there are no files for them, and says nothing of it', async () => {
    const how = firing(atEnd({ early: EACH }));
    const items = Array.from({ length: 200 }, (_, i) => ev(i / 100, `"k":${i}`));
    const text = stream(fixed(10), ...items);
    const little = await run(combineFiring(BY_KEY, how, { memory: 1024 }), text);
    expect(little).toEqual(await run(combineFiring(BY_KEY, how), text));
  });

  it('saves what it holds also for who has asked for its state before the header', async () => {
    let open: StateSummary | undefined;
    const make: MakeOperator = (context) => {
      const combine = new CombineByFiring(combineOptions(BY_KEY), context);
      const { state } = combine;
      return {
        onBatch: (input, batch) => combine.onBatch(input, batch),
        onMarker: (input, marker) => {
          if (marker.kind === 'barrier') open = state.summary?.();
          return combine.onMarker(input, marker);
        },
      };
    };
    const items = [ev(1, '"k":1'), ev(2, '"k":2'), wm(3), { kind: 'barrier' as const, epoch: 1 }];
    const all = stampWindows([header(), ...items, ...drained], fixed(10));
    await run(make, printItems(withFiring(all, firing(atEnd({ early: EACH })))));
    expect(open).toEqual({ keys: 2, windows: 1, watermark: 3000 });
  });

  it('gives no partial results', async () => {
    const how = firing(atEnd({ early: EACH }));
    const partial: MakeOperator = (context) => combinePart(combineOptions(COUNT), context);
    const merging: MakeOperator = (context) => new CombineParts(combineOptions(COUNT), context);
    const text = printItems(withFiring(stampWindows([header(), ...drained], fixed(10)), how));
    await expect(run(partial, text)).rejects.toThrow('partial results are of windows that fire once');
    const parts = text.replace(
      '"branch"',
      '"partial":{"by":[],"aggregates":["n = count()","total = sum(v)"]},"branch"',
    );
    await expect(run(merging, parts)).rejects.toThrow('partial results are of windows that fire once');
  });

  it('is late for each window by itself', async () => {
    const how = firing(atEnd({ late: EACH }), { lateness: 2000 });
    const outcome = await fired(COUNT, how, sliding(10, 5), v(8, 1), wm(12), v(7, 2), v(2, 4));
    expect(short(output(outcome))).toEqual([
      '9.999 [0,10) <on-time 0 first last>,"n":1,"total":1',
      'W 12',
      '14.999 [5,15) <on-time 0 first last>,"n":2,"total":3',
    ]);
    expect(brief(output(outcome, LATE))).toEqual(['7 [0,10) "v":2', '2 R2 from -5 "v":4']);
  });

  it('counts in sliding windows by key and window', async () => {
    const how = firing(repeat(count(2)), { onTime: 'if-any' });
    expect(await panes(how, sliding(10, 5), v(6, 1), v(8, 2), v(12, 4))).toEqual([
      '9.999 [0,10) <early 0 first>,"n":2,"total":3',
      '14.999 [5,15) <early 0 first>,"n":2,"total":3',
      '14.999 [5,15) <on-time 1 last>,"n":1,"total":4',
      '19.999 [10,20) <on-time 0 first last>,"n":1,"total":4',
    ]);
  });

  it('fires in the global window, at the latest time in it', async () => {
    const how = firing(repeat(count(2)), { mode: 'accumulate' });
    expect(await panes(how, GLOBAL_WINDOW, v(7, 1), wm(9), v(3, 2), v(20, 4))).toEqual([
      'W 9',
      '7 <early 0 first>,"n":2,"total":3',
      '20 <on-time 1 last>,"n":3,"total":7',
    ]);
  });

  it('fires as composites say', async () => {
    const lates = { lateness: 60_000, onTime: 'if-any' as const };
    const events = [1, 2, 3, 4, 5, 6].map((at) => v(at, 1));
    const counts = async (trigger: Firing['trigger']): Promise<string[]> =>
      (await panes(firing(trigger, lates), fixed(10), ...events)).map((line) =>
        line.replace(/^.*?(<.*>),"n":(\d+).*$/, '$1 $2'),
      );
    expect(await counts(eachOf(count(1), count(3)))).toEqual(['<early 0 first> 1', '<early 1 last> 3']);
    expect(await counts(repeat(any(count(4), count(2))))).toEqual([
      '<early 0 first> 2',
      '<early 1> 2',
      '<early 2> 2',
    ]);
    expect(await counts(repeat(all(count(2), count(3))))).toEqual(['<early 0 first> 3', '<early 1> 3']);
    expect(await counts(orFinally(repeat(count(2)), count(5)))).toEqual([
      '<early 0 first> 2',
      '<early 1> 2',
      '<early 2 last> 1',
    ]);
    expect(await counts(NEVER)).toEqual(['<on-time 0 first last> 6']);
  });

  describe('in sessions', () => {
    it('fires what is left where a late event has made a session longer, and counts its panes anew', async () => {
      const how = firing(atEnd({ late: EACH }), { lateness: 60_000 });
      const items = [v(0, 1), wm(11), v(8, 2), wm(18), v(3, 4)];
      expect(await panes(how, session(10), ...items)).toEqual([
        '9.999 [0,10) <on-time 0 first>,"n":1,"total":1',
        'W 11',
        '17.999 [0,18) <on-time 0 first>,"n":1,"total":2',
        'W 18',
        '17.999 [0,18) <late 1>,"n":1,"total":4',
      ]);
      expect(await panes({ ...how, mode: 'accumulate' }, session(10), ...items)).toEqual([
        '9.999 [0,10) <on-time 0 first>,"n":1,"total":1',
        'W 11',
        '17.999 [0,18) <on-time 0 first>,"n":2,"total":3',
        'W 18',
        '17.999 [0,18) <late 1>,"n":3,"total":7',
      ]);
    });

    it('adds up what two sessions wait for when an event joins them', async () => {
      const how = firing(atEnd({ early: count(4) }));
      const items = [v(0, 1), v(1, 2), v(18, 4), v(9, 8), v(20, 16)];
      expect(await panes(how, session(10), ...items)).toEqual([
        '27.999 [0,28) <early 0 first>,"n":4,"total":15',
        '29.999 [0,30) <on-time 0 first last>,"n":1,"total":16',
      ]);
    });
  });
});

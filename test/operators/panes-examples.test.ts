import { describe, expect, it } from 'vitest';
import { ev, tick, wm } from './brief.ts';
import type { Call } from './combine-calls.ts';
import { fired, leftOut, panes } from './firing-examples.ts';

const COUNT: Call = { by: [], aggregates: ['n = count'] };
const SUM: Call = { by: [], aggregates: ['sum = sum(v)'] };
const BY_KEY: Call = { by: ['k'], aggregates: ['n = count'] };

/** An event with a value. */
const v = (seconds: number, value: number): ReturnType<typeof ev> => ev(seconds, `"v":${value}`);
/** An event of a key. */
const k = (seconds: number, key: string): ReturnType<typeof ev> => ev(seconds, `"k":"${key}"`);

describe('late events', () => {
  it('fire their window again at once, until the watermark has passed its end by the lateness', async () => {
    const items = [ev(1), wm(10), ev(2), wm(14.999), ev(3), wm(15), ev(4)];
    expect(await panes('fixed 10s --lateness 5s --mode accumulate', COUNT, items)).toEqual([
      '9.999 [0,10) #0 on-time "n":1',
      'W 10',
      '9.999 [0,10) #1 late "n":2',
      'W 14.999',
      '9.999 [0,10) #2 late "n":3',
      'W 15',
    ]);
    expect(await leftOut('fixed 10s --lateness 5s --mode accumulate', COUNT, items)).toEqual(['4 [0,10)']);
  });

  it('open a window that had no event before its end', async () => {
    expect(await panes('fixed 10s --lateness 5s --mode discard', COUNT, [wm(12), ev(9), ev(8)])).toEqual([
      'W 12',
      '9.999 [0,10) #0 late "n":1',
      '9.999 [0,10) #1 late "n":1',
    ]);
  });

  it('count in those of their sliding windows that are open, and go out with the others', async () => {
    const items = [ev(12), wm(21), ev(13)];
    const line = 'sliding 10s --every 5s --lateness 5s --mode discard';
    expect(await panes(line, COUNT, items)).toEqual([
      '14.999 [5,15) #0 on-time last "n":1',
      '19.999 [10,20) #0 on-time "n":1',
      'W 21',
      '19.999 [10,20) #1 late "n":1',
    ]);
    expect(await leftOut(line, COUNT, items)).toEqual(['13 [5,15)']);
  });

  it('are judged at the edge to the millisecond, also before 1970', async () => {
    const line = 'fixed 10s --lateness 2s --mode discard';
    expect(await panes(line, COUNT, [wm(-8.001), ev(-10.001), wm(-8), ev(-10.001)])).toEqual([
      'W -8.001',
      '-10.001 [-20,-10) #0 late "n":1',
      'W -8',
    ]);
    expect(await leftOut(line, COUNT, [wm(-8), ev(-10.001)])).toEqual(['-10.001 [-20,-10)']);
  });

  it('come to days as long as their zone has them: 23 hours where clocks went forward', async () => {
    const hour = 3600;
    const midnight = Date.UTC(2026, 2, 28, 23) / 1000;
    const line = 'calendar day --timezone Europe/Berlin --lateness 1h --mode accumulate';
    const at = (hours: number): number => midnight + hours * hour;
    const items = [ev(at(22.9)), wm(at(23)), ev(at(1)), wm(at(24)), ev(at(2))];
    expect(await panes(line, COUNT, items)).toEqual([
      `${at(23) - 0.001} [${midnight},${at(23)}) #0 on-time "n":1`,
      `W ${at(23)}`,
      `${at(23) - 0.001} [${midnight},${at(23)}) #1 late "n":2`,
      `W ${at(24)}`,
    ]);
  });
});

describe('sessions', () => {
  it('that a late event bridges become one, with all that they held', async () => {
    const line = 'session 10s --lateness 1m --mode accumulate';
    const items = [k(0, 'a'), k(14, 'a'), wm(30), k(7, 'a'), wm(100)];
    expect(await panes(line, BY_KEY, items)).toEqual([
      '9.999 [0,10) #0 on-time "k":"a","n":1',
      '23.999 [14,24) #0 on-time "k":"a","n":1',
      'W 30',
      // It is another window now: its panes begin anew.
      '23.999 [0,24) #0 late "k":"a","n":3',
      'W 100',
    ]);
  });

  it('hold only what was not written yet, where panes discard', async () => {
    const line = 'session 10s --lateness 1m --mode discard';
    const items = [k(0, 'a'), k(14, 'a'), wm(30), k(7, 'a'), wm(100)];
    expect(await panes(line, BY_KEY, items)).toEqual([
      '9.999 [0,10) #0 on-time "k":"a","n":1',
      '23.999 [14,24) #0 on-time "k":"a","n":1',
      'W 30',
      '23.999 [0,24) #0 late "k":"a","n":1',
      'W 100',
    ]);
  });

  it('that are over are on time once more when they grow past the watermark', async () => {
    const line = 'session 10s --lateness 1m --mode accumulate';
    expect(await panes(line, BY_KEY, [k(0, 'a'), wm(12), k(9, 'a'), wm(19)])).toEqual([
      '9.999 [0,10) #0 on-time "k":"a","n":1',
      'W 12',
      '18.999 [0,19) #0 on-time "k":"a","n":2',
      'W 19',
    ]);
  });

  it('add up what their triggers had counted', async () => {
    const line = "session 10s --trigger 'repeat(count(3))' --mode accumulate";
    const items = [k(0, 'a'), k(15, 'a'), k(8, 'a'), k(16, 'a')];
    expect(await panes(line, BY_KEY, items)).toEqual([
      // [0,10) and [15,25) are joined by [8,18): three events.
      '24.999 [0,25) #0 early "k":"a","n":3',
      // It has grown to [0,26), and is another window.
      '25.999 [0,26) #0 on-time last "k":"a","n":4',
    ]);
  });

  it('keep the number of their pane while events fall into them', async () => {
    const line = 'session 10s --early each --mode accumulate';
    expect(await panes(line, BY_KEY, [k(0, 'a'), k(9, 'a'), k(5, 'a'), k(4, 'a')])).toEqual([
      '9.999 [0,10) #0 early "k":"a","n":1',
      '18.999 [0,19) #0 early "k":"a","n":2',
      '18.999 [0,19) #1 early "k":"a","n":3',
      '18.999 [0,19) #2 early "k":"a","n":4',
      '18.999 [0,19) #3 on-time last "k":"a","n":4',
    ]);
  });
});

describe('triggers', () => {
  it('count per key and window', async () => {
    const line = "fixed 10s --early 'count 2' --mode discard";
    const items = [k(1, 'a'), k(2, 'b'), k(3, 'a'), k(11, 'b'), k(4, 'b'), k(5, 'a')];
    expect(await panes(line, BY_KEY, items)).toEqual([
      '9.999 [0,10) #0 early "k":"a","n":2',
      '9.999 [0,10) #0 early "k":"b","n":2',
      '9.999 [0,10) #1 on-time last "k":"a","n":1',
      // Nothing has come since: the pane on time is written all the same.
      '9.999 [0,10) #1 on-time last "k":"b","n":0',
      '19.999 [10,20) #0 on-time last "k":"b","n":1',
    ]);
    const rest = await panes(`${line} --on-time if-any`, BY_KEY, items);
    expect(rest.filter((each) => each.includes('"b"'))).toEqual([
      '9.999 [0,10) #0 early "k":"b","n":2',
      '19.999 [10,20) #0 on-time last "k":"b","n":1',
    ]);
  });

  it('of processing time fire at ticks: every at multiples, delay behind the first event of a pane', async () => {
    const items = [tick(0), ev(1), tick(4), ev(2), tick(9), tick(10), tick(19), ev(3), tick(21), tick(40)];
    expect(await panes("fixed 10s --early 'every 10s' --mode discard", COUNT, items)).toEqual([
      '9.999 [0,10) #0 early "n":2',
      '9.999 [0,10) #1 early "n":1',
      '9.999 [0,10) #2 on-time last "n":0',
    ]);
    expect(await panes("fixed 10s --early 'delay 4s' --mode discard", COUNT, items)).toEqual([
      '9.999 [0,10) #0 early "n":1',
      '9.999 [0,10) #1 early "n":1',
      '9.999 [0,10) #2 early "n":1',
      '9.999 [0,10) #3 on-time last "n":0',
    ]);
  });

  it('that are finished leave out what comes then, and say so', async () => {
    const line = "fixed 10s --trigger 'count(2) or-finally after-watermark'";
    const items = [ev(1), ev(2), ev(3), ev(11), wm(10)];
    const outcome = await fired(line, COUNT, items);
    // It fires once, so panes need no numbers.
    expect(await panes(line, COUNT, items)).toEqual(['9.999 [0,10) "n":2', 'W 10', '19.999 [10,20) "n":1']);
    expect(await leftOut(line, COUNT, items)).toEqual(['3 [0,10)']);
    expect(outcome.notices).toHaveLength(1);
    expect(outcome.notices[0]).toContain('1 event was left out: the trigger was finished in the window');
  });

  it('each-of: one behind the other, and the rest when the window is closed', async () => {
    const line = "fixed 10s --trigger 'each-of(count(1), count(3), never)' --mode accumulate";
    const items = [1, 2, 3, 4, 5, 6].map((seconds) => ev(seconds));
    expect(await panes(line, COUNT, items)).toEqual([
      '9.999 [0,10) #0 early "n":1',
      '9.999 [0,10) #1 early "n":4',
      '9.999 [0,10) #2 on-time last "n":6',
    ]);
  });

  it('any: the first of them begins all anew', async () => {
    const line = "fixed 1m --trigger 'repeat(any(count(3), delay(5s)))' --mode discard";
    const items = [tick(0), ev(1), tick(4), ev(2), tick(5), ev(3), ev(4), ev(5), tick(9), ev(6), tick(14)];
    expect(await panes(line, COUNT, items)).toEqual([
      '59.999 [0,60) #0 early "n":2',
      '59.999 [0,60) #1 early "n":3',
      '59.999 [0,60) #2 early "n":1',
      '59.999 [0,60) #3 on-time last "n":0',
    ]);
  });

  it('all: when the last of them would', async () => {
    const line = "fixed 1m --trigger 'repeat(all(count(2), delay(5s)))' --mode discard";
    const items = [tick(0), ev(1), tick(6), ev(2), ev(3), tick(7), ev(4), tick(20)];
    expect(await panes(line, COUNT, items)).toEqual([
      // Two events are there, and five seconds have passed since the first.
      '59.999 [0,60) #0 early "n":2',
      '59.999 [0,60) #1 early "n":2',
      '59.999 [0,60) #2 on-time last "n":0',
    ]);
  });

  it('or-finally: goes on until the other fires, which counts over all panes', async () => {
    const line = "fixed 1m --trigger 'repeat(count(2)) or-finally count(5)' --mode discard";
    const items = [1, 2, 3, 4, 5, 6].map((seconds) => ev(seconds));
    expect(await panes(line, COUNT, items)).toEqual([
      '59.999 [0,60) #0 early "n":2',
      '59.999 [0,60) #1 early "n":2',
      '59.999 [0,60) #2 early last "n":1',
    ]);
    expect(await leftOut(line, COUNT, items)).toEqual(['6 [0,60)']);
  });

  it('or-finally: the second one fires where both would, and may do so more than once', async () => {
    const line = "fixed 1m --trigger 'count(1) or-finally each' --mode accumulate --on-time if-any";
    expect(await panes(line, COUNT, [ev(1), ev(2), ev(3)])).toEqual([
      '59.999 [0,60) #0 early "n":1',
      '59.999 [0,60) #1 early "n":2',
      '59.999 [0,60) #2 early "n":3',
    ]);
  });

  it('never: all that there is, when the window is closed', async () => {
    const items = [ev(1), wm(10), ev(2), wm(13), ev(3), wm(15), ev(4)];
    expect(await panes('fixed 10s --trigger never --lateness 5s', COUNT, items)).toEqual([
      'W 10',
      'W 13',
      '9.999 [0,10) "n":3',
      'W 15',
    ]);
  });

  it('write a closing pane where it is asked for, also without events', async () => {
    const line = 'fixed 10s --lateness 5s --mode discard --closing always';
    expect(await panes(line, COUNT, [ev(1), wm(10), wm(15)])).toEqual([
      '9.999 [0,10) #0 on-time "n":1',
      'W 10',
      '9.999 [0,10) #1 late last "n":0',
      'W 15',
    ]);
  });
});

// The questions that "Streaming 101" and "The Dataflow Model" put to sums over two minutes, put to a market stall: kilograms of
// apples sold, by when they were sold. The till's messages come late when the network is down.
describe('the apples of a market stall', () => {
  const at = (minutes: number): number => minutes * 60;
  const sold = (minutes: number, kilograms: number): ReturnType<typeof ev> => v(at(minutes), kilograms);
  /** As they come: two minutes are [0,2), [2,4), [4,6). One of [0,2) is a minute late, one of [2,4) much more. */
  const messages = [
    tick(at(0)),
    sold(0.3, 4),
    sold(1.2, 7),
    tick(at(1)),
    sold(2.1, 1),
    tick(at(2)),
    wm(at(2)),
    sold(2.8, 5),
    sold(1.9, 2),
    tick(at(3)),
    sold(4.5, 6),
    wm(at(4)),
    tick(at(4)),
    sold(5.5, 3),
    wm(at(6)),
    tick(at(5)),
    sold(3.3, 9),
  ];
  const [A, B, C] = ['119.999 [0,120)', '239.999 [120,240)', '359.999 [240,360)'];
  const sums = async (line: string): Promise<string[]> =>
    (await panes(line, SUM, messages)).map((each) => each.replace('"sum":', ''));
  const ofWindow = async (line: string, window: string): Promise<string[]> =>
    (await sums(line)).filter((each) => each.startsWith(window)).map((each) => each.slice(window.length + 1));

  it('what was sold in all', async () => {
    expect(await sums('global')).toEqual(['W 120', 'W 240', 'W 360', '330 37']);
  });

  it('when the watermark says that two minutes are complete; what comes later is lost', async () => {
    expect(await sums('fixed 2m')).toEqual([`${A} 11`, 'W 120', `${B} 6`, 'W 240', `${C} 9`, 'W 360']);
    expect(await leftOut('fixed 2m', SUM, messages)).toEqual(['114 [0,120) "v":2', '198 [120,240) "v":9']);
  });

  it('first as soon as there is something, then when it is complete, then for each that was late', async () => {
    const line = "fixed 2m --early 'every 1m' --late 'count 1' --lateness 10m --mode accumulate";
    expect(await ofWindow(line, A)).toEqual(['#0 early 11', '#1 on-time 11', '#2 late 13']);
    expect(await ofWindow(line, B)).toEqual(['#0 early 1', '#1 early 6', '#2 on-time 6', '#3 late 15']);
    expect(await ofWindow(line, C)).toEqual(['#0 early 6', '#1 on-time 9']);
  });

  it('the same without what was told before: the numbers add up', async () => {
    const line = "fixed 2m --early 'every 1m' --late 'count 1' --lateness 10m --mode discard";
    expect(await ofWindow(line, A)).toEqual(['#0 early 11', '#1 on-time null', '#2 late 2']);
    expect(await ofWindow(line, B)).toEqual(['#0 early 1', '#1 early 5', '#2 on-time null', '#3 late 9']);
    expect(await ofWindow(line, C)).toEqual(['#0 early 6', '#1 on-time 3']);
  });

  it('for as long as it matters: two minutes are closed when the watermark is a minute past them', async () => {
    const line = "fixed 2m --early 'every 1m' --late 'count 1' --lateness 1m --mode accumulate";
    expect(await ofWindow(line, A)).toEqual(['#0 early 11', '#1 on-time 11', '#2 late 13']);
    expect(await leftOut(line, SUM, messages)).toEqual(['198 [120,240) "v":9']);
  });

  it('at the third message of each two minutes', async () => {
    const line = "fixed 2m --trigger 'repeat(count(3))' --lateness 10m --mode accumulate";
    expect(await ofWindow(line, A)).toEqual(['#0 late 13']);
    expect(await ofWindow(line, B)).toEqual(['#0 late 15']);
  });

  it('as it is known by the clock: two minutes behind the first message, in the one window', async () => {
    const line = "global --trigger 'repeat(delay(2m))' --mode discard";
    expect((await sums(line)).filter((each) => !each.startsWith('W'))).toEqual([
      '126 #0 early 12',
      '270 #1 early 13',
      '330 #2 on-time last 12',
    ]);
  });

  it('in spells of business, a minute apart', async () => {
    const line = "session 1m --early 'every 1m' --late each --lateness 10m --mode accumulate";
    const spells = (await sums(line)).filter((each) => !each.startsWith('W'));
    expect(spells).toEqual([
      // 0.3 to 2.2 minutes, one message on the way of which the next is known already.
      '131.999 [18,132) #0 early 11',
      '185.999 [18,186) #0 early 12',
      '227.999 [18,228) #0 early 19',
      '227.999 [18,228) #1 on-time 19',
      '329.999 [270,330) #0 early 6',
      '329.999 [270,330) #1 on-time 6',
      // A minute behind the one before is a spell of its own.
      '389.999 [330,390) #0 early 3',
      // What was late makes the first spell longer, which is over all the same.
      '257.999 [18,258) #0 late 28',
      '389.999 [330,390) #1 on-time last 3',
    ]);
  });
});

describe('the examples of Beam', () => {
  it('every three of a key in ten minutes, with all before or without', async () => {
    const items = [9, 2, 7, 4, 4, 6, 1, 8, 5].map((value, i) => v(i * 30, value));
    const call: Call = { by: [], aggregates: ['all = list(v)'] };
    const line = "fixed 10m --trigger 'repeat(count(3))' --on-time if-any";
    expect(await panes(`${line} --mode accumulate`, call, items)).toEqual([
      '599.999 [0,600) #0 early "all":[9,2,7]',
      '599.999 [0,600) #1 early "all":[9,2,7,4,4,6]',
      '599.999 [0,600) #2 early "all":[9,2,7,4,4,6,1,8,5]',
    ]);
    expect(await panes(`${line} --mode discard`, call, items)).toEqual([
      '599.999 [0,600) #0 early "all":[9,2,7]',
      '599.999 [0,600) #1 early "all":[4,4,6]',
      '599.999 [0,600) #2 early "all":[1,8,5]',
    ]);
  });

  it('one minute behind the first element, again and again, and for each late one within two days', async () => {
    const line =
      "fixed 1h --trigger 'after-watermark(early: delay(1m), late: count(1))' --lateness 2d --mode discard";
    const items = [
      tick(0),
      ev(60),
      tick(30),
      ev(61),
      tick(60),
      ev(62),
      tick(90),
      wm(3600),
      ev(63),
      ev(64),
      wm(3600 + 2 * 86_400),
      ev(65),
    ];
    expect(await panes(line, COUNT, items)).toEqual([
      '3599.999 [0,3600) #0 early "n":2',
      '3599.999 [0,3600) #1 on-time "n":1',
      'W 3600',
      '3599.999 [0,3600) #2 late "n":1',
      '3599.999 [0,3600) #3 late "n":1',
      `W ${3600 + 2 * 86_400}`,
    ]);
    expect(await leftOut(line, COUNT, items)).toEqual(['65 [0,3600)']);
  });

  it('sessions of each key, merged as they come', async () => {
    const line = 'session 10m --lateness 0s';
    const items = [k(0, 'ann'), k(300, 'bob'), k(540, 'ann'), k(1500, 'ann'), k(840, 'bob'), k(1080, 'ann')];
    expect(await panes(line, BY_KEY, items)).toEqual([
      '1439.999 [300,1440) "k":"bob","n":2',
      '2099.999 [0,2100) "k":"ann","n":4',
    ]);
  });
});

// Prices that were offered, as Flink shows its windows on bids.
describe('the examples of Flink', () => {
  const OFFERS: Call = { by: [], aggregates: ['price = sum(p)'] };
  const offer = (time: string, price: number): ReturnType<typeof ev> => {
    const [hours, minutes] = time.split(':').map(Number) as [number, number];
    return ev(hours * 3600 + minutes * 60, `"p":${price}`);
  };
  const offers = [
    offer('9:03', 3),
    offer('9:08', 6),
    offer('9:01', 1),
    offer('9:14', 5),
    offer('9:11', 2),
    offer('9:19', 8),
  ];
  const clock = (seconds: string): string => {
    const minutes = Math.round(Number(seconds) / 60);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  };
  const rows = async (line: string, items = offers): Promise<string[]> =>
    (await panes(line, OFFERS, items)).map((each) => {
      const [, start, end, rest] = /\[(\d+),(\d+)\)(.*)$/.exec(each)!;
      return `${clock(start!)} ${clock(end!)}${rest!.replace('"price":', '')}`;
    });

  it('tumbling', async () => {
    expect(await rows('fixed 10m')).toEqual(['9:00 9:10 10', '9:10 9:20 15']);
  });

  it('hopping', async () => {
    expect(await rows('sliding 10m --every 5m')).toEqual([
      '8:55 9:05 4',
      '9:00 9:10 10',
      '9:05 9:15 13',
      '9:10 9:20 15',
      '9:15 9:25 8',
    ]);
  });

  it('cumulating', async () => {
    expect(await rows('cumulate 10m --every 5m')).toEqual([
      '9:00 9:05 4',
      '9:00 9:10 10',
      '9:10 9:15 7',
      '9:10 9:20 15',
    ]);
  });

  it('session', async () => {
    expect(await rows('session 4m')).toEqual(['9:01 9:07 4', '9:08 9:18 13', '9:19 9:23 8']);
  });

  it('allowed lateness: a late element fires its window again, with all in it', async () => {
    const at = (time: string): ReturnType<typeof wm> => wm(offerTime(time));
    const items = [...offers.slice(0, 3), at('9:10'), offer('9:09', 7), at('9:13'), offer('9:02', 9)];
    const written = (await panes('fixed 10m --lateness 3m --mode accumulate', OFFERS, items)).filter(
      (each) => !each.startsWith('W'),
    );
    expect(written.map((each) => each.replace(/^.*\) /, ''))).toEqual([
      '#0 on-time "price":10',
      '#1 late "price":17',
    ]);
    expect(await leftOut('fixed 10m --lateness 3m --mode accumulate', OFFERS, items)).toHaveLength(1);
  });

  const offerTime = (time: string): number => {
    const [hours, minutes] = time.split(':').map(Number) as [number, number];
    return hours * 3600 + minutes * 60;
  };

  it('a count trigger in the global window', async () => {
    const written = await panes(
      "global --trigger 'repeat(count(4))' --mode discard --on-time if-any",
      OFFERS,
      offers,
    );
    expect(written.map((each) => each.replace(/^\S+ /, ''))).toEqual([
      '#0 early "price":15',
      '#1 on-time last "price":10',
    ]);
  });
});

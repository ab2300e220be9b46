import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { nearestWord } from '../../src/expressions/suggestion.ts';
import type { Trigger } from '../../src/stream/firing.ts';
import { parseTrigger } from '../../src/stream/trigger-parser.ts';
import { triggerText } from '../../src/stream/trigger-text.ts';
import { triggers } from './triggers.ts';

const count = (n: number): Trigger => ({ kind: 'count', count: n });
const every = (seconds: number): Trigger => ({ kind: 'every', period: seconds * 1000 });
const complete: Trigger = { kind: 'after-watermark' };

function refusal(text: string): { message: string; at: number; hint: string | undefined } {
  try {
    parseTrigger(text, nearestWord);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    expect(error.code).toBe('usage');
    const [, message = '', at, quoted] = /^(.*), at character (\d+) of '(.*)'$/s.exec(error.message) ?? [];
    expect(quoted).toBe(text);
    return { message, at: Number(at), hint: error.hint };
  }
  throw new Error(`${text} is read`);
}

describe('a trigger', () => {
  it('is read as it was printed', () => {
    fc.assert(
      fc.property(triggers, (trigger) => {
        expect(parseTrigger(triggerText(trigger))).toEqual(trigger);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read the same however it is spaced', () => {
    const space = fc.stringMatching(/^[ \n\t]{0,2}$/);
    fc.assert(
      fc.property(triggers, space, (trigger, blank) => {
        const spaced = triggerText(trigger).replaceAll(/[(),:]/g, (sign) => `${blank}${sign}${blank}`);
        expect(parseTrigger(`${blank}${spaced}${blank}`)).toEqual(trigger);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, Trigger]>([
    ['after-watermark', complete],
    ['after-watermark()', complete],
    [
      'after-watermark(early: every(10s), late: count(1))',
      { kind: 'after-watermark', early: every(10), late: count(1) },
    ],
    ['after-watermark(late: each,)', { kind: 'after-watermark', late: { kind: 'each' } }],
    ['repeat(count(100))', { kind: 'repeat', of: count(100) }],
    ['any(count(1), every(PT1M))', { kind: 'any', of: [count(1), every(60)] }],
    ['all( count 1 , delay 0 )', { kind: 'all', of: [count(1), { kind: 'delay', delay: 0 }] }],
    ['each-of(never(), each())', { kind: 'each-of', of: [{ kind: 'never' }, { kind: 'each' }] }],
    ['every 10s', every(10)],
    ['(count 100)', count(100)],
    ['count(100) or-finally after-watermark()', { kind: 'or-finally', of: count(100), until: complete }],
    ['or-finally(count(100), after-watermark)', { kind: 'or-finally', of: count(100), until: complete }],
    [
      'count 1 or-finally count 2 or-finally count 3',
      {
        kind: 'or-finally',
        of: { kind: 'or-finally', of: count(1), until: count(2) },
        until: count(3),
      },
    ],
    [
      'count 1 or-finally (count 2 or-finally count 3)',
      {
        kind: 'or-finally',
        of: count(1),
        until: { kind: 'or-finally', of: count(2), until: count(3) },
      },
    ],
  ])('is read from what people write: %s', (text, trigger) => {
    expect(parseTrigger(text)).toEqual(trigger);
  });

  it.each<[string, number, string, string | undefined]>([
    ['', 1, 'a trigger is missing', 'as in after-watermark(early: every(10s), late: each)'],
    [
      'repeat(coutn(3))',
      8,
      "'coutn' is no trigger (did you mean count?)",
      'one of after-watermark, every, delay, count, each, repeat, any, all, each-of, or-finally, never',
    ],
    [
      'each_of(each)',
      1,
      "'each_of' is no trigger (did you mean each-of?)",
      'one of after-watermark, every, delay, count, each, repeat, any, all, each-of, or-finally, never',
    ],
    ['count', 6, 'the value of count is missing', 'write count(100)'],
    ['count()', 7, 'the value of count is missing', 'write count(100)'],
    ['count(0)', 7, "count: '0' is no whole number from 1 on", undefined],
    ['count(10s)', 7, "count: '10s' is no whole number from 1 on", undefined],
    ['every(10)', 7, 'every: a duration needs a unit: 30s, 5m, 1h30m (not 10)', undefined],
    ['every(0s)', 7, 'every: it must be longer than 0', 'each fires at each event'],
    ['100', 1, "'100' is no trigger", 'write count(100)'],
    ['after-watermark(early: 10s)', 24, "'10s' is no trigger", 'write every(10s) or delay(10s)'],
    ['repeat(count(3)', 7, "'(' without its ')'", 'close it'],
    ['repeat(count(3)))', 17, "')' closes nothing", "leave it out, or open it: '('"],
    [
      'any(count(2) delay(5s))',
      14,
      "',' or ')' is missing before 'delay'",
      "put ',' between them, or ')' for the '(' at character 4",
    ],
    ['any(count(2); each)', 13, "';' is not expected here", "write ','"],
    [
      'after-watermark(early: each late: each)',
      29,
      "',' or ')' is missing before 'late'",
      "put ',' between them, or ')' for the '(' at character 16",
    ],
    ['count(2 delay(5s))', 9, "')' is missing before 'delay'", "put ')' for the '(' at character 6"],
    ['repeat(count(2) each)', 17, "')' is missing before 'each'", "put ')' for the '(' at character 7"],
    [
      'repeat(count(2)), each',
      17,
      "',' stands between triggers of any(…), all(…) or each-of(…)",
      'write any(…, …) for the first of several, all(…, …) for all of them',
    ],
    [
      'repeat(count(2)) or-finaly after-watermark',
      18,
      "'or-finaly' is not expected here (did you mean or-finally?)",
      'write repeat(count(100)) or-finally after-watermark',
    ],
    [
      'any(each, count(2) or_finaly never)',
      20,
      "'or_finaly' is not expected here (did you mean or-finally?)",
      'write repeat(count(100)) or-finally after-watermark',
    ],
    ['each sometimes', 6, "'sometimes' is not expected here", undefined],
    ['repeat count(3)', 8, "'(' is missing behind repeat", 'write repeat(count(100))'],
    ['repeat()', 8, 'a trigger is missing in repeat(…)', 'write repeat(count(100))'],
    [
      'repeat(each, never)',
      14,
      'repeat takes one trigger',
      'write repeat(any(…, …)) for the first of several',
    ],
    [
      'or-finally(each)',
      16,
      'or-finally(…) takes two triggers',
      'write repeat(count(100)) or-finally after-watermark',
    ],
    ['each or-finally', 16, 'a trigger is missing at the end', undefined],
    ['each(count(1))', 6, 'each takes nothing', 'each(…) of several is each-of(…)'],
    [
      'each count(1)',
      6,
      "two triggers stand side by side: 'count' is the second",
      'write any(…, …) for the first of several, all(…, …) for all of them',
    ],
    [
      'after-watermark(erly: each)',
      17,
      "'erly' is nothing of after-watermark (did you mean early?)",
      'name when it fires: after-watermark(early: …, late: …)',
    ],
    [
      'after-watermark(each)',
      17,
      "'each' is nothing of after-watermark",
      'name when it fires: after-watermark(early: …, late: …)',
    ],
    [
      'after-watermark(early = each)',
      23,
      "':' is missing behind early",
      'write after-watermark(early: every(10s), late: each)',
    ],
    ['after-watermark(late: each, late: each)', 29, 'late is given twice', undefined],
    [
      'after-watermark(early: any(each, after-watermark))',
      24,
      'after-watermark stands in early, where it has nothing to wait for',
      'write what fires again and again there: every(10s), count(100), each',
    ],
    [
      'early: each',
      1,
      'early stands in after-watermark(…)',
      'write after-watermark(early: every(10s), late: each)',
    ],
    // Of Beam.
    [
      'AfterPane.elementCountAtLeast(3)',
      1,
      "'AfterPane.elementCountAtLeast' is no trigger",
      'write count(100)',
    ],
    ['AfterCount(3)', 1, "'AfterCount' is no trigger", 'write count(100)'],
    ['Repeatedly(count(3))', 1, "'Repeatedly' is no trigger", 'write repeat(…)'],
    ['repeat(AfterFirst.of(each))', 8, "'AfterFirst.of' is no trigger", 'write any(…, …)'],
    [
      'AfterWatermark.pastEndOfWindow()',
      1,
      "'AfterWatermark.pastEndOfWindow' is no trigger",
      'write after-watermark(early: …, late: …)',
    ],
    [
      'after-watermark().withEarlyFirings(each)',
      18,
      "'.withEarlyFirings' is not expected here",
      'write after-watermark(early: …)',
    ],
    ['AfterProcessingTime(60)', 1, "'AfterProcessingTime' is no trigger", 'write delay(5s)'],
    ['each orFinally never', 6, "'orFinally' is not expected here", 'write … or-finally …'],
    // Of Flink and others.
    ['CountTrigger.of(3)', 1, "'CountTrigger.of' is no trigger", 'write count(100)'],
    ['ContinuousEventTimeTrigger', 1, "'ContinuousEventTimeTrigger' is no trigger", 'write every(10s)'],
    [
      'PurgingTrigger.of(x)',
      1,
      "'PurgingTrigger.of' is no trigger",
      'what a pane keeps is told by --mode: write the trigger in it',
    ],
    ['each && never', 6, "'&&' is not expected here", 'write all(…, …)'],
    ['each or never', 6, "'or' is not expected here", 'write any(…, …)'],
  ])('that is wrong is refused with the place: %s', (text, at, message, hint) => {
    expect(refusal(text)).toEqual({ message, at, hint });
  });

  it('is refused where it has more parts than can be kept', () => {
    const many = `any(${Array.from({ length: 31 }, () => 'each').join(', ')})`;
    expect(refusal(many)).toEqual({
      at: 1,
      message: 'the trigger has too many parts',
      hint: 'repeat(repeat(…)) is repeat(…)',
    });
    expect(parseTrigger(many.replace('each, ', '')).kind).toBe('any');
  });

  it('is refused where it is nested without end', () => {
    expect(refusal(`${'repeat('.repeat(60)}each${')'.repeat(60)}`).message).toBe(
      'triggers are nested deeper than 50',
    );
  });
});

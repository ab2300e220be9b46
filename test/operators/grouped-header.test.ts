import { describe, expect, it } from 'vitest';
import { groupedHeader } from '../../src/operators/grouped-header.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import { parseTrigger } from '../../src/stream/trigger-parser.ts';
import { triggerText } from '../../src/stream/trigger-text.ts';

const firing = (trigger: string, mode?: Firing['mode']): Firing => ({
  trigger: parseTrigger(trigger),
  lateness: 5000,
  mode,
  onTime: 'if-any',
  closing: 'always',
});

describe('the header behind a grouping', () => {
  it('is the same where windows fire once', () => {
    expect(groupedHeader(PLAIN_HEADER)).toEqual(PLAIN_HEADER);
    expect(groupedHeader({ ...PLAIN_HEADER, panes: 'each-once' })).toEqual(PLAIN_HEADER);
  });

  it.each([
    ['after-watermark', 'after-watermark'],
    [
      'after-watermark(early: count(100), late: delay(5s))',
      'after-watermark(early: count(1), late: delay(0s))',
    ],
    ['repeat(count(100))', 'repeat(count(1))'],
    ['repeat(any(every(10s), count(7)))', 'repeat(any(every(10s), count(1)))'],
    ['all(delay(1m), each)', 'all(delay(0s), each)'],
    // One is finished before the other, and that cannot be told behind: any fires (as in Beam).
    ['each-of(count(1), repeat(count(10)))', 'repeat(any(count(1), repeat(count(1))))'],
    ['repeat(count(9)) or-finally after-watermark', 'repeat(repeat(count(1)) or-finally after-watermark)'],
    ['repeat(repeat(count(9)) or-finally never)', 'repeat(repeat(count(1)) or-finally never)'],
    ['never', 'never'],
  ])('has a trigger that fires when results come: %s', (before, behind) => {
    const header = groupedHeader({ ...PLAIN_HEADER, firing: firing(before, 'discard') });
    expect(triggerText(header.firing!.trigger)).toBe(behind);
    expect(header.firing).toMatchObject({
      lateness: 5000,
      mode: 'discard',
      onTime: 'if-any',
      closing: 'always',
    });
    expect(header.panes).toBe('each-once');
  });

  it('says nothing of panes where windows fire once at most', () => {
    const header = groupedHeader({ ...PLAIN_HEADER, firing: firing('never') });
    expect(header.panes).toBeUndefined();
  });

  it('says of accumulated panes that they replace each other', () => {
    const header = groupedHeader({ ...PLAIN_HEADER, firing: firing('each', 'accumulate') });
    expect(header.panes).toBe('replacing');
  });
});

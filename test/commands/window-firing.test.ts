import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { windowCommand } from '../../src/commands/window.ts';
import { firingOf } from '../../src/commands/window-firing.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { triggerText } from '../../src/stream/trigger-text.ts';

const FIXED = ['fixed', '10s'];

function firing(words: readonly string[]): Firing | undefined {
  const line = parseCommandLine(windowCommand, words);
  if (line.action !== 'run') throw new Error(line.action);
  return firingOf(line.given);
}

function told(words: readonly string[]): string {
  const found = firing(words);
  if (found === undefined) return 'default';
  const { trigger, lateness, mode, onTime, closing } = found;
  return [triggerText(trigger), lateness, mode, onTime, closing].join('; ');
}

function refusal(words: readonly string[]): [string, string | undefined] {
  try {
    firing(words);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage') return [error.message, error.hint];
    throw error;
  }
  throw new Error(`${words.join(' ')} is taken`);
}

describe('what tm window says of firing', () => {
  it.each<[string[], string]>([
    [[], 'default'],
    [['--lateness', '0s'], 'default'],
    [['--trigger', 'after-watermark()'], 'default'],
    [['--mode', 'discard'], 'default'],
    [['--on-time', 'if-any', '--closing', 'always'], 'default'],
    [
      ['--lateness', '1h', '--mode', 'discard'],
      'after-watermark(late: each); 3600000; discard; always; if-any',
    ],
    [
      ['--early', 'every 10s', '--mode', 'discard'],
      'after-watermark(early: every(10s)); 0; discard; always; if-any',
    ],
    [
      ['--early', 'count 5', '--lateness', '1m', '--mode', 'accumulate'],
      'after-watermark(early: count(5), late: each); 60000; accumulate; always; if-any',
    ],
    [
      ['--late', 'count 5', '--lateness', '1m', '--mode', 'accumulate', '--on-time', 'if-any'],
      'after-watermark(late: count(5)); 60000; accumulate; if-any; if-any',
    ],
    [
      ['--trigger', 'repeat(count(3))', '--mode', 'discard', '--closing', 'always'],
      'repeat(count(3)); 0; discard; always; always',
    ],
    // Fires once: what a pane holds does not matter.
    [['--trigger', 'never', '--lateness', '1h'], 'never; 3600000; ; always; if-any'],
    [
      ['--trigger', 'count(3) or-finally after-watermark', '--mode', 'discard'],
      'count(3) or-finally after-watermark; 0; ; always; if-any',
    ],
  ])('%j', (options, expected) => {
    expect(told([...FIXED, ...options])).toBe(expected);
    expect(told([...options, ...FIXED])).toBe(expected);
  });

  it.each([['sliding', '10s', '--every', '1s'], ['session', '10s'], ['calendar', 'day'], ['global']])(
    'is said of %s windows too',
    (...words) => {
      expect(told([...words, '--early', 'each', '--mode', 'discard'])).toBe(
        'after-watermark(early: each); 0; discard; always; if-any',
      );
    },
  );

  it.each<[string[], string, string]>([
    [
      [...FIXED, '--lateness', '1h'],
      'a window can fire more than once, and --mode does not say what a pane holds',
      '--mode discard: what came since the one before; --mode accumulate: all so far',
    ],
    [
      [...FIXED, '--early', 'each', '--trigger', 'each', '--mode', 'discard'],
      '--trigger and --early exclude each other',
      "write it into the trigger: --trigger 'after-watermark(early: …, late: …)'",
    ],
    [
      [...FIXED, '--late', 'each', '--mode', 'discard'],
      '--late has nothing to fire for: no event is late without --lateness',
      '--lateness 1h',
    ],
    [
      [...FIXED, '--trigger', 'repeat(after-watermark(late: each))', '--mode', 'discard'],
      'late: has nothing to fire for: no event is late without --lateness',
      '--lateness 1h',
    ],
    [
      [...FIXED, '--trigger', 'after-watermark', '--lateness', '1h'],
      "--trigger 'after-watermark' is finished when a window is complete, and --lateness 1h keeps it open for nothing",
      'write after-watermark(late: each)',
    ],
    [
      [...FIXED, '--trigger', 'count(3)'],
      "--trigger 'count(3)' can be finished while a window is open, and what comes then would be lost",
      'write repeat(count(3)); or … or-finally …, where it is to be finished',
    ],
    [
      [...FIXED, '--trigger', 'each-of(each, count(3), delay(1s))', '--early', 'each'],
      '--trigger and --early exclude each other',
      "write it into the trigger: --trigger 'after-watermark(early: …, late: …)'",
    ],
    [
      [...FIXED, '--early', 'after-watermark', '--mode', 'discard'],
      "--early 'after-watermark': after-watermark has nothing to wait for there",
      "write what fires again and again: 'every 10s', 'count 100', each; or all of it with --trigger",
    ],
    [['global', '--lateness', '1h'], '--lateness: no event is late for the global window', 'leave it out'],
    [['global', '--late', 'each'], '--late: no event is late for the global window', 'leave it out'],
    // A merge of sessions begins a finished trigger anew.
    [
      ['session', '10s', '--trigger', 'count(3) or-finally after-watermark'],
      'a window can fire more than once, and --mode does not say what a pane holds',
      '--mode discard: what came since the one before; --mode accumulate: all so far',
    ],
    [
      [...FIXED, '--trigger', 'never or-finally each'],
      'a window can fire more than once, and --mode does not say what a pane holds',
      '--mode discard: what came since the one before; --mode accumulate: all so far',
    ],
  ])('is refused where it makes no sense: %j', (words, message, hint) => {
    expect(refusal(words)).toEqual([message, hint]);
  });

  it.each([
    'any(repeat(each), count(3))',
    'all(count(3), delay(5s))',
    'each-of(count(1), count(3))',
    'each-of(count(1), any(never, delay(1s)))',
  ])('is refused where events would be lost: %s', (trigger) => {
    expect(refusal([...FIXED, '--trigger', trigger, '--mode', 'discard'])[0]).toContain('would be lost');
  });

  it.each([
    'all(count(3), each)',
    'each-of(count(1), repeat(count(3)))',
    'each-of(count(1), never)',
    'each-of(count(1), count(3)) or-finally delay(1s)',
    'repeat(any(count(3), delay(5s)))',
    'any(each, after-watermark)',
  ])('is taken where nothing is lost, or the finish is meant: %s', (trigger) => {
    expect(told([...FIXED, '--trigger', trigger, '--mode', 'discard'])).toContain(trigger);
  });
});

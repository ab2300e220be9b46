import { describe, expect, test } from 'vitest';
import { createReporter } from '../../src/cli/reporter.ts';
import { plain } from '../../src/cli/terminal.ts';
import { TidemarkError } from '../../src/errors.ts';
import { exitCodeOf } from '../../src/runtime/exit-codes.ts';
import type { Reporter } from '../../src/runtime/run-options.ts';

type Options = Parameters<typeof createReporter>[0];

/** What is written to stderr. */
function said(tell: (reporter: Reporter) => void, options: Partial<Options> = {}, style = plain): string {
  let text = '';
  const all: Options = { quiet: false, debug: false, stats: false, ...options };
  tell(createReporter(all, style, (part) => (text += part)));
  return text;
}

describe('errors', () => {
  test('are one line: command, place, what', () => {
    const error = new TidemarkError('failed', 'no JSON', { where: 'a.ndjson', line: 42, column: 7 });
    expect(said((reporter) => reporter.error('window', error))).toBe(
      'tm window: a.ndjson: line 42, column 7: no JSON\n',
    );
  });

  test('stay on their line, and say nothing to the terminal, whatever they quote', () => {
    const error = new TidemarkError('usage', "'a\nb\x1b[2J\x9b' is no number", { hint: 'write\t1' });
    expect(said((reporter) => reporter.error('window', error))).toBe(
      "tm window: 'a\\nb\\u001b[2J\\u009b' is no number\n  hint: write\\t1\n",
    );
  });

  test('leave out the place that is not known', () => {
    const error = new TidemarkError('failed', 'no JSON', { line: 42 });
    expect(said((reporter) => reporter.error('window', error))).toBe('tm window: line 42: no JSON\n');
    expect(said((reporter) => reporter.error('tm', new TidemarkError('usage', 'what')))).toBe('tm: what\n');
  });

  test('have at most one line of hint, faint where it is looked at', () => {
    const error = new TidemarkError('usage', 'no size', { hint: 'write 5m' });
    const style = { ...plain, faint: (text: string) => `<${text}>` };
    expect(said((reporter) => reporter.error('window', error), {}, style)).toBe(
      'tm window: no size\n<  hint: write 5m>\n',
    );
  });

  test('show a usage line as what it is', () => {
    const error = new TidemarkError('usage', 'SIZE is missing', { hint: 'usage: tm window fixed SIZE' });
    expect(said((reporter) => reporter.error('window', error))).toBe(
      'tm window: SIZE is missing\n  usage: tm window fixed SIZE\n',
    );
  });

  test('of ours are told as such, with the way to report them', () => {
    const text = said((reporter) => reporter.error('sink', new TypeError('x is not\n a function')));
    expect(text).toMatch(/^tm sink: internal error: x is not a function\n {2}hint: .*--debug.*\n$/);
    expect(said((reporter) => reporter.error('sink', 'thrown text'))).toMatch(
      /^tm sink: internal error: thrown text\n/,
    );
  });

  test('show a stack with --debug only, and then that of their cause', () => {
    const cause = new Error('the disk');
    const error = new TidemarkError('failed', 'no JSON', { cause });
    expect(said((reporter) => reporter.error('sink', error))).not.toContain('    at ');
    const text = said((reporter) => reporter.error('sink', error), { debug: true });
    expect(text).toMatch(/^tm sink: no JSON\n.*\n {4}at /);
    expect(text).toContain('the disk');
  });

  test('are told with --quiet, too', () => {
    const error = new TidemarkError('cut', 'the input was cut off');
    expect(said((reporter) => reporter.error('sink', error), { quiet: true })).toBe(
      'tm sink: the input was cut off\n',
    );
  });

  test.each([
    ['failed', 1],
    ['usage', 2],
    ['cut', 3],
  ] as const)('%s ends with %i', (code, exit) => {
    expect(exitCodeOf(new TidemarkError(code, 'x'))).toBe(exit);
  });

  test('what is no error of ours ends with 1', () => {
    expect(exitCodeOf(new RangeError('x'))).toBe(1);
    expect(exitCodeOf(undefined)).toBe(1);
  });
});

describe('notices', () => {
  test('are a line and a hint', () => {
    expect(said((reporter) => reporter.notice('combine', '3 events were late', '--delay 50s'))).toBe(
      'tm combine: 3 events were late\n  hint: --delay 50s\n',
    );
  });

  test('are silent with --quiet', () => {
    expect(said((reporter) => reporter.notice('combine', 'x', 'y'), { quiet: true })).toBe('');
  });
});

describe('statistics', () => {
  const counters = new Map([
    ['events_in', 10_000],
    ['events_out', 74],
    ['late', 0],
    ['left_over', 2],
    ['milliseconds', 314],
  ]);

  test('are one line for people', () => {
    expect(said((reporter) => reporter.stats('combine', counters), { stats: 'text' })).toBe(
      'tm combine: 10,000 events in, 74 events out, 0 late, 2 left over, 0.31 s\n',
    );
  });

  test('are one JSON object for programs', () => {
    const text = said((reporter) => reporter.stats('combine', counters), { stats: 'json' });
    expect(text).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(text)).toEqual({ stage: 'combine', ...Object.fromEntries(counters) });
  });

  test('say so when there was nothing to count', () => {
    expect(said((reporter) => reporter.stats('sink', new Map()), { stats: 'text' })).toBe(
      'tm sink: nothing was counted\n',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { windowCommand } from '../../src/commands/window.ts';
import { TidemarkError } from '../../src/errors.ts';

function refusal(line: string): { message: string; hint: string | undefined } {
  try {
    parseCommandLine(windowCommand, line.split(' '));
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return { message: error.message, hint: error.hint };
  }
  throw new Error(`accepted: ${line}`);
}

describe('tm window', () => {
  it.each([
    ['tumbling 5m', 'fixed 5m'],
    ['TUMBLE', 'fixed 5m'],
    ['tumbling 10m 2m', 'sliding 10m --every 2m'],
    ['hopping 10m 1m', 'sliding 10m --every 1m'],
    ['hopping 10m --every 1m', 'sliding 10m --every 1m'],
    ['hopping', 'sliding SIZE --every DURATION'],
    ['sliding 10m 1m', 'sliding 10m --every 1m'],
    ['fixed 10m 1m', 'sliding 10m --every 1m'],
    ['5m', 'fixed 5m'],
    ['10m --every 1m', 'sliding 10m --every 1m'],
    ['5min', 'fixed 5m'],
    ['5 minutes', 'fixed 5m'],
    ['fixed 5 minutes', 'fixed 5m'],
    ['PT5M', 'fixed PT5M'],
    ['fixd 2h', 'fixed 2h'],
    ['minute', 'fixed 1m'],
    ['day', 'calendar day'],
    ['hourly', 'calendar hour'],
    ['day Europe/Berlin', 'calendar day --timezone Europe/Berlin'],
    ['calendar week +02:00', 'calendar week --timezone +02:00'],
    ['sessions 30m', 'session 30m'],
    ['session 30m host', 'session 30m'],
    ['cumulating 1d 1h', 'cumulate 1d --every 1h'],
    ['unbounded', 'global'],
    ['1d --timezone Europe/Berlin', 'calendar day --timezone Europe/Berlin'],
    ['count 50', "global --trigger 'repeat(count(50))' --mode discard"],
  ])('%s is told to be %s', (line, written) => {
    const { message, hint } = refusal(line);
    expect(message).toMatch(/^unknown kind '|is one argument too many$/);
    expect(hint).toBe(`write tm window ${written}`);
    // What is to be written is right.
    if (!/SIZE/.test(written)) {
      const words = [...written.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
      expect(parseCommandLine(windowCommand, words).action).toBe('run');
    }
  });

  it.each([
    [
      'xyz',
      "unknown kind 'xyz': one of fixed, sliding, cumulate, session, calendar, global",
      'usage: tm window KIND …',
    ],
    ['fixed', 'SIZE is missing', 'write tm window fixed 5m'],
    ['calendar', 'UNIT is missing', /^usage: tm window calendar UNIT/],
    ['global 5', "'5' is one argument too many", 'write tm window global'],
    [
      'fixed --size 5m',
      "unknown option '--size'",
      /^SIZE stands without an option before it: tm window fixed SIZE/,
    ],
    [
      'fixed --every 1m 5m',
      "unknown option '--every'",
      'it is an option of tm window sliding and of tm window cumulate',
    ],
    ['fixed 5m --colour red', "unknown option '--colour'", 'tm window fixed --help lists the options'],
  ])('%s is refused with what helps', (line, message, hint) => {
    const told = refusal(line);
    expect(told.message).toBe(message);
    if (typeof hint === 'string') expect(told.hint).toBe(hint);
    else expect(told.hint).toMatch(hint);
  });
});

import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const at = (...times: string[]): string => times.map((time, v) => `{"t":"${time}","v":${v + 1}}\n`).join('');

/** The results of windows: their bounds without zeros and what is in them. */
const results = async (window: string, input: string, options = '') => {
  const { stdout } = await new Folder().run(
    `tm source --time t ${options} -q | tm window ${window} | tm combine n=count 'v = list(v)' -q | tm sink`,
    input,
  );
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
    .map(({ window_start: start, window_end: end, v }) => `${brief(start!)} ${brief(end!)} ${String(v)}`);
};
const brief = (instant: string): string => instant.replace(/:00\.000Z$/, '');

describe('windows that cumulate', () => {
  const EVENTS = at(
    '2026-03-14T09:59:59Z',
    '2026-03-14T10:00:00Z',
    '2026-03-14T10:05:00Z',
    '2026-03-14T10:14:59Z',
    '2026-03-14T10:15:00Z',
  );

  it('start together, and each holds what the one before it held', async () => {
    expect(await results('cumulate 15m --every 5m', EVENTS)).toEqual([
      '2026-03-14T09:45 2026-03-14T10:00 1',
      '2026-03-14T10:00 2026-03-14T10:05 2',
      '2026-03-14T10:00 2026-03-14T10:10 2,3',
      '2026-03-14T10:00 2026-03-14T10:15 2,3,4',
      '2026-03-14T10:15 2026-03-14T10:20 5',
      '2026-03-14T10:15 2026-03-14T10:25 5',
      '2026-03-14T10:15 2026-03-14T10:30 5',
    ]);
  });

  it('are moved by an offset, also before 1970', async () => {
    const input = at('1969-12-31T23:59:59Z', '1970-01-01T00:02:00Z');
    expect(await results('cumulate 10m --every 5m --offset 2m', input)).toEqual([
      '1969-12-31T23:52 1970-01-01T00:02 1',
      '1970-01-01T00:02 1970-01-01T00:07 2',
      '1970-01-01T00:02 1970-01-01T00:12 2',
    ]);
  });

  it('take an event that is late for some of them into the others, and keep the ones that it missed', async () => {
    const folder = new Folder();
    const input = at('2026-03-14T10:01:00Z', '2026-03-14T10:07:00Z', '2026-03-14T10:02:00Z');
    const { stdout } = await folder.run(
      `tm source --time t --delay 0s -q | tm window cumulate 15m --every 5m | tm combine 'v = list(v)' --late-to late -q | tm sink`,
      input,
    );
    expect(stdout.match(/"v":.*/g)).toEqual(['"v":[1]}', '"v":[1,3,2]}', '"v":[1,3,2]}']);
    expect(folder.read('late')).toContain(
      '"@w":"2026-03-14T10:00:00.000Z/2026-03-14T10:05:00.000Z","t":"2026-03-14T10:02:00Z"',
    );
  });

  it('are written to a stream by their start, the size of the first and how they grow', async () => {
    const { stdout } = await new Folder().run(
      'tm source --time t -q | tm window cumulate 15m --every 5m',
      EVENTS,
    );
    expect(stdout.split('\n')[0]).toContain(
      '"windowing":{"kind":"cumulate","size":"PT15M","every":"PT5M","offset":"PT0S"}',
    );
    expect(stdout.match(/"@w":"[^"]*"/g)).toEqual([
      '"@w":"2026-03-14T09:45:00.000Z/2026-03-14T10:00:00.000Z"',
      '"@w":"C3/2026-03-14T10:00:00.000Z/PT5M/PT5M"',
      '"@w":"C2/2026-03-14T10:00:00.000Z/PT10M/PT5M"',
      '"@w":"2026-03-14T10:00:00.000Z/2026-03-14T10:15:00.000Z"',
      '"@w":"C3/2026-03-14T10:15:00.000Z/PT5M/PT5M"',
    ]);
  });

  it('leave to dedup one event of a key in each', async () => {
    const input = '{"t":400,"k":1}\n{"t":100,"k":1}\n{"t":20,"k":1}\n{"t":70,"k":2}\n';
    const { stdout } = await new Folder().run(
      `tm source --time t --time-format epoch-s -q | tm window cumulate 10m --every 1m | tm dedup --by k | tm combine --by k n=count 'first = first(t)' | tm sink`,
      input,
    );
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { n: number; first: number });
    expect(rows.every(({ n }) => n === 1)).toBe(true);
    expect(rows.map(({ first }) => first).join(' ')).toBe(
      '20 100 70 100 70 100 70 100 70 100 70 400 70 400 70 400 70 400 70',
    );
  });
});

describe('windows of a calendar', () => {
  it('begin later by the clock, on days of 23 and 25 hours too', async () => {
    const input = at(
      '2024-03-31T03:59:00Z',
      '2024-03-31T04:00:00Z',
      '2024-10-27T04:59:00Z',
      '2024-10-27T05:00:00Z',
    );
    expect(await results('calendar day --timezone Europe/Berlin --offset 6h', input)).toEqual([
      '2024-03-30T05:00 2024-03-31T04:00 1',
      '2024-03-31T04:00 2024-04-01T04:00 2',
      '2024-10-26T04:00 2024-10-27T05:00 3',
      '2024-10-27T05:00 2024-10-28T05:00 4',
    ]);
  });

  it('are weeks from the day that is asked for', async () => {
    const input = at('2024-03-09T23:59:00Z', '2024-03-10T00:00:00Z');
    expect(await results('calendar week --week-start sunday', input)).toEqual([
      '2024-03-03T00:00 2024-03-10T00:00 1',
      '2024-03-10T00:00 2024-03-17T00:00 2',
    ]);
  });
});

describe('windows that cannot be', () => {
  it.each([
    ['cumulate 15m', 'cumulating windows need --every: how far apart they end\n  hint: --every 1h'],
    ['cumulate 15m --every 4m', '15m is no multiple of --every 4m: the longest window would end between two'],
    [
      'cumulate 15m --every 30m',
      '15m is no multiple of --every 30m: the longest window would end between two',
    ],
    ['cumulate 0s --every 1s', "SIZE '0s': it must be longer than 0\n  hint: as in 30s, 5m, 1h30m"],
    ['session 0', "GAP '0': it must be longer than 0"],
    ['fixed 5', "SIZE '5': a duration needs a unit"],
    [
      'calendar daily',
      "UNIT 'daily' is not one of hour, day, week, month, quarter, year\n  hint: write tm window calendar day",
    ],
    [
      'calendar day --offset 25h',
      '--offset 1d1h is no shorter than a day\n  hint: the same windows: --offset 1h',
    ],
    [
      'calendar hour --offset -1h',
      '--offset -1h is no shorter than an hour\n  hint: the same windows: --offset 0s',
    ],
    [
      'calendar month --offset 28d',
      '--offset 28d is no shorter than a month\n  hint: give less than 28d, the shortest month',
    ],
    [
      'fixed 5m --offset 7m',
      '--offset 7m is no shorter than the size of the windows, 5m\n  hint: the same windows: --offset 2m',
    ],
    [
      'sliding 10m --every 1m --offset -90s',
      '--offset -1m30s is no shorter than --every, 1m\n  hint: the same windows: --offset -30s',
    ],
    [
      'cumulate 1h --every 10m --offset 1h',
      '--offset 1h is no shorter than the longest window, 1h\n  hint: the same windows: --offset 0s',
    ],
    ['sliding 5m --every 10m', '--every is longer than the windows: events between them would be in none'],
    [
      'calendar day --week-start sunday',
      "--week-start is of weeks, and the windows are of the calendar's days",
    ],
    ['calendar week --week-start sun', "--week-start: 'sun' is not one of monday, tuesday"],
    ['calendar day --offset 6', "--offset '6'"],
  ])('are refused: %s', async (window, message) => {
    const { stderr, codes } = await new Folder().run(
      `tm window ${window}`,
      '{"@t":"2020-01-01T00:00:00Z"}\n',
    );
    expect(codes).toEqual([2]);
    expect(stderr).toContain(`tm window: ${message}`);
  });
});

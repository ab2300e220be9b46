import type { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NearestYear } from '../../src/time/nearest-year.ts';
import { fixedZone, loadZone } from '../../src/time/zone.ts';
import { readRfc5424 } from '../reference/syslog.ts';
import { type How, readAll, refusals } from './reading.ts';

const zone = fixedZone('+02:00')!;
const syslog = (text: string | Buffer, how: How = {}) =>
  readAll('syslog', text, { stamps: { zone, years: new NearestYear(2003), needed: true }, ...how });

/** The members that are not null, of the only line. */
function members(line: string, how: How = {}): Record<string, unknown> {
  const reading = syslog(line, how);
  expect(refusals(reading)).toEqual([]);
  const all: Record<string, unknown> = JSON.parse(`{${reading.rows[0]!.members}}`);
  expect(Object.keys(all)).toEqual(NAMES);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

const NAMES = [
  'time',
  'facility',
  'severity',
  'hostname',
  'app_name',
  'proc_id',
  'msg_id',
  'structured_data',
  'message',
];
const AT = '2003-10-11T22:14:15.003Z';
const LOCAL = '2003-10-11T22:14:15+02:00';

describe('RFC 5424', () => {
  const auth = { facility: 'auth', severity: 'crit' };

  test.each([
    [
      `<34>1 ${AT} host su - ID47 - \ufeff'su root' failed`,
      { time: AT, ...auth, hostname: 'host', app_name: 'su', msg_id: 'ID47', message: "'su root' failed" },
    ],
    [
      '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It is time.',
      {
        time: '2003-08-24T05:14:15.000003-07:00',
        facility: 'local4',
        severity: 'notice',
        hostname: '192.0.2.1',
        app_name: 'myproc',
        proc_id: 8710,
        message: '%% It is time.',
      },
    ],
    ['<0>1 - - - - - -', { facility: 'kern', severity: 'emerg' }],
    ['<191>1 - - - - - - ', { facility: 'local7', severity: 'debug' }],
    ['<34>1 - - - p1 - -  two ', { ...auth, proc_id: 'p1', message: ' two ' }],
    ['<34>1 - - - 007 - [a]', { ...auth, proc_id: '007', structured_data: { a: {} } }],
    [
      '<34>1 - - - - - [a@1 x="1" y="\\"\\\\\\]\\n]"][b z=""] m',
      { ...auth, structured_data: { 'a@1': { x: '1', y: '"\\]\\n]' }, b: { z: '' } }, message: 'm' },
    ],
    [
      '<34>1 - - - - - [origin ip="192.0.2.1" n="\\]" ip="192.0.2.129"][9 1="é"][8]',
      {
        ...auth,
        structured_data: { origin: { ip: ['192.0.2.1', '192.0.2.129'], n: ']' }, 9: { 1: 'é' }, 8: {} },
      },
    ],
  ])('%s', (line, expected) => {
    for (const end of ['', '\n', '\r\n']) expect(members(line + end)).toEqual(expected);
  });

  test('the event time is that of the message, in any offset', () => {
    const [row] = syslog('<34>1 2003-08-24T05:14:15.000003-07:00 h a - - -').rows;
    expect(row?.time).toBe(Date.UTC(2003, 7, 24, 12, 14, 15));
    expect(syslog('<34>1 - h a - - -').rows[0]).toMatchObject({ time: Number.NaN, timeText: 'null' });
  });

  test.each([
    [`<192>1 ${AT} h a p m -`, '1:1 the priority is not <0> to <191>'],
    [`<>1 ${AT} h a p m -`, '1:1 the priority is not <0> to <191>'],
    [`<0034>1 ${AT} h a p m -`, '1:1 the priority is not <0> to <191>'],
    ['<34', '1:1 the priority is not <0> to <191>'],
    [`<34>2 ${AT} h a p m -`, '1:5 the version of syslog is not 1'],
    ['<34>1 2003-10-11T25:14:15Z h a p m -', '1:7 the time is not like 2003-10-11T22:14:15.003Z'],
    ['<34>1 ', '1:7 the time is not like 2003-10-11T22:14:15.003Z'],
    ['<34>1 -', '1:8 the hostname is missing'],
    ['<34>1 - ', '1:9 the hostname is missing'],
    ['<34>1 - h  p m -', '1:11 the app name is missing'],
    ['<34>1 - h a', '1:12 the process id is missing'],
    ['<34>1 - h a p', '1:14 the message id is missing'],
    ['<34>1 - h a p m', '1:16 the structured data is missing'],
    ['<34>1 - h a p m message', '1:17 the structured data is missing'],
    ['<34>1 - h a p m -x', '1:18 a blank is missing behind the structured data'],
    ['<34>1 - h a p m []', '1:18 an element of the structured data has no name'],
    ['<34>1 - h a p m [a', "1:19 a ']' of the structured data is missing"],
    ['<34>1 - h a p m [a ]', '1:20 a parameter of the structured data has no name'],
    ['<34>1 - h a p m [a b]', '1:21 a parameter of the structured data has no value in quotes'],
    ['<34>1 - h a p m [a b=c]', '1:21 a parameter of the structured data has no value in quotes'],
    ['<34>1 - h a p m [a b="\\"]', '1:22 a quote of the structured data is not closed'],
    ['<34>1 - h a p m [a][b][a] x', '1:24 an element of the structured data occurs twice'],
  ])('%s is refused: %s', (line, refusal) => {
    const reading = syslog(`${line}\n<34>1 - h a p m -\n`);
    expect(refusals(reading)).toEqual([refusal]);
    expect(reading.rows.map((row) => row.line)).toEqual([2]);
  });
});

describe('RFC 3164, as it is sent and as files have it', () => {
  const rest = { hostname: 'host', app_name: 'sshd', proc_id: 123, message: 'Failed password' };

  test.each([
    ['Oct 11 22:14:15 host sshd[123]: Failed password', { time: LOCAL, ...rest }],
    [
      '<34>Oct 11 22:14:15 host sshd[123]: Failed password',
      { time: LOCAL, facility: 'auth', severity: 'crit', ...rest },
    ],
    [
      '<34> Oct 11 22:14:15 host sshd[123]: Failed password',
      { time: LOCAL, facility: 'auth', severity: 'crit', ...rest },
    ],
    [
      'Oct 11 22:14:15.123456 host sshd[123]: Failed password',
      { time: '2003-10-11T22:14:15.123456+02:00', ...rest },
    ],
    ['Oct 11 1999 22:14:15 host sshd[123]: Failed password', { time: '1999-10-11T22:14:15+02:00', ...rest }],
    [
      '2024-01-02T10:11:12.123456+01:00 host sshd[123]: Failed password',
      { time: '2024-01-02T10:11:12.123456+01:00', ...rest },
    ],
    [
      '<34>2024-01-02T10:11:12Z host sshd[123]: Failed password',
      { time: '2024-01-02T10:11:12Z', facility: 'auth', severity: 'crit', ...rest },
    ],
    ['2024-01-02 10:11:12 host sshd[123]: Failed password', { time: '2024-01-02T10:11:12+02:00', ...rest }],
    ['Oct 11 22:14:15 host sshd[123] Failed password', { time: LOCAL, ...rest }],
    ['Oct 11 22:14:15 sshd[123]: Failed password', { time: LOCAL, ...rest, hostname: undefined }],
    ['Oct 11 22:14:15 su: x: y', { time: LOCAL, app_name: 'su', message: 'x: y' }],
    ['Oct 11 22:14:15 host su:', { time: LOCAL, hostname: 'host', app_name: 'su' }],
    ['Oct 11 22:14:15 host Use the BFG!', { time: LOCAL, hostname: 'host', message: 'Use the BFG!' }],
    [
      'Oct 11 22:14:15 host last message repeated 3 times',
      { time: LOCAL, hostname: 'host', message: 'last message repeated 3 times' },
    ],
    [
      'Oct 11 22:14:15 fe80::1 kernel: [ 1.5] usb',
      { time: LOCAL, hostname: 'fe80::1', app_name: 'kernel', message: '[ 1.5] usb' },
    ],
    [
      'Oct 11 22:14:15 [::1] postfix/smtpd[7]: x',
      { time: LOCAL, hostname: '[::1]', app_name: 'postfix/smtpd', proc_id: 7, message: 'x' },
    ],
    [
      'Oct 11 22:14:15 mac com.apple.launchd[1] (com.x[2]): Exited',
      {
        time: LOCAL,
        hostname: 'mac',
        app_name: 'com.apple.launchd',
        proc_id: 1,
        message: '(com.x[2]): Exited',
      },
    ],
    [
      'Oct 11 22:14:15 h a::b[x-1]: c',
      { time: LOCAL, hostname: 'h', app_name: 'a::b', proc_id: 'x-1', message: 'c' },
    ],
    ['Oct 11 22:14:15 h list[i] = 5', { time: LOCAL, hostname: 'h', message: 'list[i] = 5' }],
    ['Oct 11 22:14:15 h http://x/ is down', { time: LOCAL, hostname: 'h', message: 'http://x/ is down' }],
    ['Oct 11 22:14:15 - a: b', { time: LOCAL, app_name: 'a', message: 'b' }],
    ['Oct 11 22:14:15 h', { time: LOCAL, hostname: 'h' }],
    ['Oct 11 22:14:15', { time: LOCAL }],
    ['Oct 11 22:14:15 h :  x ', { time: LOCAL, hostname: 'h', message: ' x ' }],
    [
      '<166>Jan 01 2024 10:00:00: %ASA-6-302013: Built',
      {
        time: '2024-01-01T10:00:00+02:00',
        facility: 'local4',
        severity: 'info',
        app_name: '%ASA-6-302013',
        message: 'Built',
      },
    ],
    [
      '<166>Jan 01 2024 10:00:00 fw : %ASA-6-302013: Built',
      {
        time: '2024-01-01T10:00:00+02:00',
        facility: 'local4',
        severity: 'info',
        hostname: 'fw',
        app_name: '%ASA-6-302013',
        message: 'Built',
      },
    ],
    [
      '<189>237: *Mar  1 18:46:11.5 UTC: %SYS-5-CONFIG_I: Configured',
      {
        time: '2003-03-01T18:46:11.5+00:00',
        facility: 'local7',
        severity: 'notice',
        app_name: '%SYS-5-CONFIG_I',
        message: 'Configured',
      },
    ],
    [
      '<13>app[5]: no time',
      { facility: 'user', severity: 'notice', app_name: 'app', proc_id: 5, message: 'no time' },
    ],
    ['<13>12 monkeys', { facility: 'user', severity: 'notice', message: '12 monkeys' }],
    [
      '<6>[    0.000000] Linux "x"\\\t',
      { facility: 'kern', severity: 'info', message: '[    0.000000] Linux "x"\\\t' },
    ],
    ['<13>', { facility: 'user', severity: 'notice' }],
  ])('%s', (line, expected) => {
    for (const end of ['', '\n', '\r\n']) {
      const present = Object.entries(expected).filter(([, value]) => value !== undefined);
      expect(members(line + end)).toEqual(Object.fromEntries(present));
    }
  });

  test.each([
    ['\tat java.lang.Thread', '1:1 neither a priority nor a time begins the line'],
    ['Oct 11 22:14 host x', '1:1 neither a priority nor a time begins the line'],
    ['Oct 11 22:14:15host x', '1:1 neither a priority nor a time begins the line'],
    ['123 <34>1 - h a p m -', '1:1 neither a priority nor a time begins the line'],
    ['Feb 30 22:14:15 host x', '1:1 there is no such day'],
    ['<34>Feb 29 22:14:15 host x', '1:5 there is no such day'],
    ['Oct 11 22:14:60 host x', '1:1 there is no such day'],
  ])('%s is refused: %s', (line, refusal) => {
    expect(refusals(syslog(line))).toEqual([refusal]);
  });

  test('times go through New Year, and take the zone that they are in', async () => {
    const berlin = await loadZone('Europe/Berlin');
    const stamps = { zone: berlin, years: new NearestYear(2025), needed: true };
    const lines = [
      'Dec 31 23:59:59 h a: x',
      'Jan  1 00:00:01 h a: x',
      'Dec 31 23:59:58 h a: x',
      'Jul  1 00:00:00 h a: x',
    ];
    const reading = readAll('syslog', lines.join('\n'), { stamps });
    expect(reading.rows.map(({ time }) => new Date(time).toISOString())).toEqual([
      '2025-12-31T22:59:59.000Z',
      '2025-12-31T23:00:01.000Z',
      '2025-12-31T22:59:58.000Z',
      '2026-06-30T22:00:00.000Z',
    ]);
    expect(reading.rows.map(({ timeText }) => timeText.slice(-7, -1))).toEqual([
      '+01:00',
      '+01:00',
      '+01:00',
      '+02:00',
    ]);
  });

  test('without a year there is an error that says what to do, unless no time is asked for', () => {
    const line = 'Oct 11 22:14:15 h a: x';
    expect(() => readAll('syslog', `<1>1 - h a p m -\n${line}`)).toThrow(
      expect.objectContaining({
        message: 'the time Oct 11 22:14:15 has no year',
        line: 2,
        hint: expect.stringContaining('--year'),
      }),
    );
    expect(readAll('syslog', line, { time: 'message' }).rows[0]).toMatchObject({
      timeText: '"x"',
      time: Number.NaN,
    });
    const stamps = { zone, years: new NearestYear(undefined), needed: false };
    expect(readAll('syslog', line, { stamps }).rows[0]?.timeText).toBe('"Oct 11 22:14:15"');
    expect(readAll('syslog', `2003-10-11T22:14:15Z h a: x\n${line}`).rows[1]?.timeText).toBe(
      '"2003-10-11T22:14:15+00:00"',
    );
  });

  test('another member can be the time', () => {
    expect(() => syslog('', { time: 'pid' })).toThrow('syslog has no member pid');
  });
});

describe('laws of syslog', () => {
  const text = (units: string[], maxLength = 8) => fc.string({ unit: fc.constantFrom(...units), maxLength });
  const word = fc.oneof(
    fc.constantFrom('-', 'a', '17', 'é', '007'),
    text(['a', '"', '[', ']', '=', ' ', '1']),
  );
  const parameter = fc
    .tuple(fc.constantFrom('x', 'y', 'z', '1', 'é'), text(['a', '\\', '\\', '"', ']', ' ', 'é', '\t'], 5))
    .map(([name, value]) => ` ${name}="${value}"`);
  const element = fc
    .tuple(fc.constantFrom('a', 'b@1', 'c', '5'), fc.array(parameter, { maxLength: 3 }))
    .map(([id, parameters]) => `[${id}${parameters.join('')}]`);
  const data = fc.oneof(
    fc.constant('-'),
    fc.array(element, { maxLength: 3 }).map((elements) => elements.join('')),
  );
  const time = fc.constantFrom('-', AT, '2003-08-24T05:14:15.000003-07:00');
  const message = fc.oneof(
    fc.constant(''),
    text(['a', ' ', '\\', '"', '\ufeff', '\u0001']).map((value) => ` ${value}`),
  );

  test('RFC 5424: any line gives what its grammar says, or is refused', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        time,
        word,
        word,
        word,
        word,
        data,
        message,
        (pri, at, h, a, p, m, sd, msg) => {
          const line = `<${pri}>1 ${at} ${h} ${a} ${p} ${m} ${sd}${msg}`;
          const expected = readRfc5424(line);
          const reading = syslog(line);
          expect(reading.rejects.length).toBe(expected === undefined ? 1 : 0);
          if (expected !== undefined) expect(JSON.parse(`{${reading.rows[0]!.members}}`)).toEqual(expected);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('whatever is done to a line, it is one record of valid JSON or one reject', () => {
    const lines = [
      `<34>1 ${AT} host app 5 ID [a@1 x="\\]" x="é"][b] \ufeffmessage`,
      '<34>Oct 11 22:14:15 host sshd[123]: Failed "é" \\',
      '<189>237: *Mar  1 2024 18:46:11.5 UTC: %SYS-5-CONFIG_I: Configured',
      '2024-01-02T10:11:12.123456+01:00 host systemd[1]: Started',
    ];
    const damage = fc.tuple(
      fc.nat(80),
      fc.nat(4),
      fc.constantFrom('', '"', '\\', ' ', '-', '[', ']', '<', '>', ':', '\u0001', '\0', '9', '*'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.array(damage, { maxLength: 3 }), (line, damages) => {
        let broken = line;
        for (const [at, drop, insert] of damages)
          broken = broken.slice(0, at) + insert + broken.slice(at + drop);
        if (broken.trim() === '') return;
        const reading = syslog(`${broken}\n${line}\n`);
        expect(reading.rows.filter((row) => row.line === 1).length + reading.rejects.length).toBe(1);
        expect(reading.rows.at(-1)?.line).toBe(2);
        for (const row of reading.rows) {
          const event = JSON.parse(`{${row.members}}`);
          expect(Object.keys(event)).toEqual(NAMES);
          expect(JSON.parse(row.timeText)).toBe(event.time);
          if (event.time !== null && !event.time.includes(':60'))
            expect(Date.parse(event.time)).toBe(row.time);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccessLogReader } from '../../src/formats/access-log-reader.ts';
import { membersOf, readAll, refusals } from './reading.ts';
import { methodsOf, withoutKernel } from './without-kernel.ts';

const PREFIX = '1.2.3.4 - frank [17/May/2015:10:05:03 +0200] ';
const BEGIN = '"host":"1.2.3.4","ident":null,"user":"frank","time":"2015-05-17T10:05:03+02:00",';
const TIME = Date.UTC(2015, 4, 17, 8, 5, 3);

const common = (text: string | Buffer, how = {}) => readAll('common', text, how);
const combined = (text: string | Buffer, how = {}) => readAll('combined', text, how);

describe('common', () => {
  test.each([
    ['"GET /a HTTP/1.1" 200 17', '"method":"GET","path":"/a","protocol":"HTTP/1.1","status":200,"bytes":17'],
    [
      '"GET /a b HTTP/1.0" 304 -',
      '"method":"GET","path":"/a b","protocol":"HTTP/1.0","status":304,"bytes":null',
    ],
    ['"-" 408 -', '"method":null,"path":null,"protocol":null,"status":408,"bytes":null'],
    ['"" 400 0', '"method":null,"path":null,"protocol":null,"request":"","status":400,"bytes":0'],
    ['"GET /" 200 1', '"method":null,"path":null,"protocol":null,"request":"GET /","status":200,"bytes":1'],
    [
      '"GET HTTP/1.1" 400 1',
      '"method":null,"path":null,"protocol":null,"request":"GET HTTP/1.1","status":400,"bytes":1',
    ],
    [
      '"\\x16\\x03" 400 1',
      '"method":null,"path":null,"protocol":null,"request":"\\\\x16\\\\x03","status":400,"bytes":1',
    ],
    [
      '"GET /\\"\\\\\\n HTTP/1.1" 200 1',
      '"method":"GET","path":"/\\"\\\\\\\\n","protocol":"HTTP/1.1","status":200,"bytes":1',
    ],
    [
      '"GET / HTTP/1.1" abc 007',
      '"method":"GET","path":"/","protocol":"HTTP/1.1","status":"abc","bytes":"007"',
    ],
  ])('%s', (rest, members) => {
    for (const end of ['', '\n', '\r\n']) {
      const reading = common(PREFIX + rest + end);
      expect(reading.rejects).toEqual([]);
      expect(membersOf(reading)).toEqual([BEGIN + members]);
      expect(reading.rows[0]?.time).toBe(TIME);
      expect(reading.rows[0]?.timeText).toBe('"2015-05-17T10:05:03+02:00"');
    }
  });

  test('a user may have spaces', () => {
    const reading = common('h i a b [01/Dec/2015:00:00:00 -0130] "GET / HTTP/1.1" 200 1');
    expect(membersOf(reading)[0]).toMatch(
      /^"host":"h","ident":"i","user":"a b","time":"2015-12-01T00:00:00-01:30"/,
    );
  });

  test.each([
    ['', 'h', 1, 'the host is missing'],
    ['', ' - - [', 1, 'the host is missing'],
    ['', 'h ', 3, 'the ident is missing'],
    ['', 'h - frank', 5, 'the user and [time] are missing'],
    ['', 'h - - [17/May/2015:10:05:03]', 8, 'the time is not like [17/May/2015:10:05:03 +0000]'],
    ['', 'h - - [31/Feb/2015:10:05:03 +0000] ', 8, 'the time is not like [17/May/2015:10:05:03 +0000]'],
    [PREFIX, '', 45, 'the request is missing'],
    [PREFIX, 'x', 45, 'the request is missing'],
    [PREFIX, '"GET / HTTP/1.1', 46, 'the quote of the request is not closed'],
    [PREFIX, '"GET / HTTP/1.1"', 62, 'the status is missing'],
    [PREFIX, '"GET / HTTP/1.1" 200', 63, 'the status and bytes are missing'],
    [PREFIX, '"GET / HTTP/1.1" 200 ', 67, 'the bytes are missing'],
    [PREFIX, '"GET / HTTP/1.1" 200 1 "-" "x"', 68, 'something follows the bytes'],
  ])('%s%s is refused at column %i: %s', (prefix, rest, column, reason) => {
    const line = `${prefix}${rest}`;
    const reading = common(`${line}\n${PREFIX}"GET / HTTP/1.1" 200 1\n`);
    expect(reading.rejects.map((reject) => reject.reason)).toEqual([reason]);
    expect(reading.rejects[0]?.column).toBe(column);
    expect(reading.rejects[0]?.text).toBe(line);
    expect(reading.rows.map((row) => row.line)).toEqual([2]);
  });
});

describe('combined', () => {
  const request = `${PREFIX}"GET / HTTP/1.1" 200 1 `;
  const begin = `${BEGIN}"method":"GET","path":"/","protocol":"HTTP/1.1","status":200,"bytes":1,`;

  test.each([
    ['"http://x/" "curl \\"7\\""', '"referer":"http://x/","agent":"curl \\"7\\""'],
    ['"-" "-"', '"referer":null,"agent":null'],
    ['"" ""', '"referer":"","agent":""'],
    ['"-" "curl é', '"referer":null,"agent":"curl é"'],
    ['"-" "', '"referer":null,"agent":""'],
    ['"\\xe4" "a\\', '"referer":"\\\\xe4","agent":"a\\\\"'],
  ])('%s', (rest, members) => {
    for (const end of ['', '\n', '\r\n']) {
      const reading = combined(request + rest + end);
      expect(reading.rejects).toEqual([]);
      expect(membersOf(reading)).toEqual([begin + members]);
    }
  });

  test.each([
    ['', 'the referer is missing'],
    ['"-"', 'the agent is missing'],
    ['"-', 'the quote of the referer is not closed'],
    ['"-" "x" "y"', 'something follows the agent'],
  ])('%s: %s', (rest, reason) => {
    expect(combined(request + rest).rejects.map((reject) => reject.reason)).toEqual([reason]);
  });

  test('bytes that are not UTF-8 are refused with their column', () => {
    expect(refusals(combined(Buffer.from(`${request}"-" "\xe4"`, 'latin1')))).toEqual([
      '1:74 the bytes are not UTF-8 (0xe4)',
    ]);
  });

  test('another member can be the time', () => {
    const [row] = combined(`${request}"-" "2015-05-17T00:00:00Z"`, { time: 'agent' }).rows;
    expect(row?.timeText).toBe('"2015-05-17T00:00:00Z"');
    expect(row?.time).toBeNaN();
    expect(combined(`${request}"-" "x"`, { time: 'time' }).rows[0]?.time).toBe(TIME);
    expect(() => combined('', { time: 'ts' })).toThrow('combined has no member ts');
  });
});

test('members that operators want are found, up to a line that is unusual', () => {
  const lines = [
    `${PREFIX}"GET /a HTTP/1.1" 200 17 "-" "x"`,
    `${PREFIX}"GET /b HTTP/1.1" 404 - "http://x/" "-"`,
    `${PREFIX}"-" 400 0 "-" "-"`,
  ];
  const members = ['agent', 'bytes', 'request', 'none', 'path', 'host', 'time'];
  const { rows } = combined(`${lines.join('\n')}\n`, { members });
  const [host, time] = ['host', 'time'].map((name) =>
    JSON.stringify(JSON.parse(`{${rows[0]!.members}}`)[name]),
  );
  expect(rows.map(({ found }) => found)).toEqual([
    ['"x"', '17', '', '', '"/a"', host, time],
    ['null', 'null', '', '', '"/b"', host, time],
    undefined,
  ]);
});

test('whatever is done to a line, it is one record of valid JSON or one reject', () => {
  const line = `${PREFIX}"GET /a\\"b HTTP/1.1" 200 17 "http://x/" "curl \\\\ é"`;
  const damage = fc.tuple(
    fc.nat(line.length),
    fc.nat(3),
    fc.constantFrom('', '"', '\\', ' ', '-', '[', ']', '\u0001', '\0', '9'),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      let text = line;
      for (const [at, drop, insert] of damages) text = text.slice(0, at) + insert + text.slice(at + drop);
      const reading = combined(`${text}\n${line}\n`);
      expect(reading.rows.filter((row) => row.line === 1).length + reading.rejects.length).toBe(1);
      expect(reading.rows.at(-1)?.line).toBe(2);
      for (const row of reading.rows) {
        const event = JSON.parse(`{${row.members}}`);
        expect(Date.parse(event.time)).toBe(row.time);
        expect(JSON.parse(row.timeText)).toBe(event.time);
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever is done to lines, rows and rejects are those of the slow path', () => {
  const line = `${PREFIX}"GET /a HTTP/1.1" 200 17 "http://x/" "curl 8"\n`;
  const text = line.repeat(4);
  const damage = fc.tuple(
    fc.nat(text.length),
    fc.nat(3),
    fc.constantFrom('', '"', '\\', ' ', '-', '[', '\u0001', '9', 'é', '\u00ff', '\n', '\r', line),
  );
  fc.assert(
    fc.property(
      fc.array(damage, { maxLength: 5 }),
      fc.array(fc.nat(300), { maxLength: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (damages, cuts, capacity, utf8) => {
        let damaged = text;
        for (const [at, drop, insert] of damages) {
          damaged = damaged.slice(0, at) + insert + damaged.slice(at + drop);
        }
        const input = Buffer.from(damaged, utf8 ? 'utf8' : 'latin1');
        const slow = withoutKernel(methodsOf(AccessLogReader), () => combined(input, { maxLine: 150 }));
        const members = ['bytes', 'request', 'agent', 'time'];
        const fast = combined(input, { maxLine: 150, cuts, anywhere: true, capacity, members });
        expect(fast.rejects).toEqual(slow.rejects);
        expect(fast.rows.map((row) => ({ ...row, found: undefined }))).toEqual(slow.rows);
        for (const { found, members: row } of fast.rows) {
          if (found === undefined) continue;
          const event = JSON.parse(`{${row}}`);
          const values = found.map((value) => (value === '' ? undefined : JSON.parse(value)));
          expect(values).toEqual(members.map((name) => event[name]));
        }
      },
    ),
    { numRuns: 500 },
  );
});

const LOG = path.resolve(import.meta.dirname, '../../../shared/data/apache_access.log');
const missing = !existsSync(LOG);
if (missing) console.log(`skipped: the real access log is missing (${LOG})`);

describe.skipIf(missing)('a real access log', () => {
  test('every line is read, with the values that a regular expression finds', () => {
    const bytes = readFileSync(LOG);
    const reading = combined(bytes);
    expect(reading.rejects).toEqual([]);
    expect(reading.rows.length).toBe(10_000);
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    const pattern =
      /^(\S+) (\S+) (.+?) \[([^\]]+)\] "(\S+) (.+) (HTTP\/[\d.]+)" (\d+) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"?$/;
    let sum = 0;
    for (const [k, line] of lines.entries()) {
      const found = pattern.exec(line)!;
      const dash = (text: string) => (text === '-' ? null : text);
      const [, host, ident, user, time, method, target, protocol, status, size, referer, agent] =
        found as unknown as string[];
      const event = JSON.parse(`{${reading.rows[k]!.members}}`);
      expect(event).toEqual({
        host,
        ident: dash(ident!),
        user: dash(user!),
        time: event.time,
        method,
        path: target,
        protocol,
        status: Number(status),
        bytes: size === '-' ? null : Number(size),
        referer: dash(referer!),
        agent: dash(agent!),
      });
      const clf = time!.replace(/^(\d+)\/(\w+)\/(\d+):(.*)$/, '$1 $2 $3 $4');
      expect(reading.rows[k]!.time).toBe(Date.parse(clf));
      expect(Date.parse(event.time)).toBe(Date.parse(clf));
      sum += event.bytes ?? 0;
    }
    const volume = lines.map((line) => Number(/" \d+ (\d+) "/.exec(line)?.[1] ?? 0)).reduce((a, b) => a + b);
    expect(sum).toBe(volume);
  });
});

test.each([
  ['h - - ', '1:5 the user and [time] are missing'],
  [`${PREFIX}"GET / HTTP/1.1"`, '1:62 the status is missing'],
])('what lies behind the last line is never seen: %s', (line, refusal) => {
  for (const behind of ['\n', '[17/May/2015:10:05:03 +0200] "', ' 200 17\n']) {
    expect(refusals(common(line, { behind }))).toEqual([refusal]);
  }
});

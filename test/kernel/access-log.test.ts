import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAll } from '../formats/reading.ts';
import { edited, edits } from '../json/json-text.ts';
import { check, GARBAGE, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, bytes } = kernel;
const MAX_LINE = 1 << 20;
/** Index of the log's own time among the members. */
const OWN_TIME = 3;

const word = fc.oneof(
  fc.constantFrom('-', '127.0.0.1', '::1', 'frank', 'a"b', 'é', 'x\\y', '[x'),
  fc.stringMatching(/^[!-~]{1,20}$/),
);
const two = fc.integer({ min: 0, max: 62 }).map((n) => String(n).padStart(2, '0'));
const time = fc.oneof(
  fc.constantFrom(
    '17/May/2015:10:05:03 +0000',
    '29/Feb/2024:23:59:59 -0130',
    '01/Jan/0000:00:00:00 +0000',
    '31/Dec/9999:23:59:59 -0001',
    '29/Feb/2023:00:00:00 +0000',
  ),
  fc
    .tuple(
      two,
      fc.constantFrom('Jan', 'Feb', 'Sep', 'Oct', 'Dec', 'may', 'Mai'),
      fc.constantFrom('1970', '2015', '0001', '201x'),
      two,
      two,
      two,
      fc.constantFrom('+0000', '-2359', '+2400', '+0060', '0000', 'Z'),
    )
    .map(
      ([day, month, year, hour, minute, second, zone]) =>
        `${day}/${month}/${year}:${hour}:${minute}:${second} ${zone}`,
    ),
);
const request = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^\/[!#-~]{0,60}$/).map((path) => `GET ${path} HTTP/1.1`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'GET / HTTP/1.1',
      'GET /a b HTTP/1.0',
      'POST /é HTTP/2',
      '-',
      '',
      'GET /',
      'GET  HTTP/1.1',
      'GET HTTP/1.1',
      ' / HTTP/1.1',
      'GET / HTTP/',
      'GET / HTTP/1',
      'GET / http/1.1',
      'GET /\\" HTTP/1.1',
      'GET - HTTP/1.1',
      '\\x16',
      'GET / HTTP/1.1 ',
    ),
  },
);
const digits = fc.oneof(
  fc.constantFrom('200', '-', '0', '007', '1234567890123456', '12345678901234567', '1.5', 'x', ''),
  fc.nat().map(String),
);
const quoted = fc.oneof(
  fc.constantFrom('-', '', 'http://x/?q=é', 'curl \\"x\\"', 'a\tb'),
  fc.stringMatching(/^[ !#-~]{0,100}$/),
);
const common = fc
  .tuple(word, word, fc.oneof(word, fc.constant('John Doe')), time, request, digits, digits)
  .map(
    ([host, ident, user, at, what, status, size]) =>
      `${host} ${ident} ${user} [${at}] "${what}" ${status} ${size}`,
  );
const combined = fc
  .tuple(common, quoted, quoted)
  .map(([before, referer, agent]) => `${before} "${referer}" "${agent}"`);
const line = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(combined, common).map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.oneof(combined, common), edits).map(([text, changes]) => edited(text, changes)),
  },
);
const ended = (all: readonly Buffer[]): Buffer =>
  Buffer.concat(all.flatMap((each) => [each, Buffer.from('\n')]));

/** Scans a text from the very end of the memory; writes to where the next may write `room` bytes. */
function scan(
  text: Buffer,
  behind: Buffer,
  { combined: all = true, room = 1 << 16, rows = 100, timeMember = OWN_TIME } = {},
): number {
  const at = placeLast(kernel, text, behind);
  const to = kernel.scratch + kernel.scratchSize;
  bytes.fill(0xa5, to, to + room + 200);
  const taken = call.scanAccessLog(
    to,
    at,
    at + text.length,
    rows,
    MAX_LINE,
    all,
    timeMember,
    0,
    to,
    to + room,
  );
  check(call.accessLogOut.value <= to + room, () => 'more than there is room for');
  check(
    bytes.subarray(to + room, to + room + 200).every((byte) => byte === 0xa5),
    () => 'something is written behind',
  );
  return taken;
}

describe('scanAccessLog', () => {
  it.each(['common', 'combined'])('reads of lines that are %s what is read of them one by one', (format) => {
    const member = fc.constantFrom(undefined, 'time', 'host', 'bytes', 'method', 'path');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), member, (lines, name) => {
        const how = name === undefined ? {} : { time: name };
        const whole = readAll(format, ended(lines), how);
        // A last line without its end is none of the kernel's.
        const single = lines
          .flatMap((each) => each.toString('latin1').split('\n'))
          .map((text) => readAll(format, Buffer.from(text, 'latin1'), how));
        const rows = single.flatMap((reading, index) =>
          reading.rows.map((row) => ({ ...row, line: index + 1 })),
        );
        const rejects = single.flatMap((reading, index) =>
          reading.rejects.map((reject) => ({ ...reject, line: index + 1 })),
        );
        expect(whole).toEqual({ rows, rejects });
      }),
      { numRuns: 1500 },
    );
  });

  it('takes the usual lines', () => {
    const usual = [
      '127.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 17 "-" "curl/8.0"',
      '::1 - frank [17/May/2015:10:05:03 -0700] "POST /a b HTTP/2" 304 - "http://x/" "Mozilla/5.0 (X11; é)"',
      'host.example - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.0" 404 0 "" ""\r',
    ].map((text) => Buffer.from(text));
    for (const behind of GARBAGE) expect(scan(ended(usual), behind)).toBe(usual.length);
    const short = ended(usual.map((each) => each.subarray(0, each.indexOf(' "', each.indexOf('HTTP')))));
    expect(scan(short, GARBAGE[0]!, { combined: false })).toBe(usual.length);
  });

  it('reads and writes nowhere else, whatever the bytes are and however little room there is', () => {
    const random = fc.uint8Array({ maxLength: 120 }).map((array) => Buffer.from(array));
    const room = fc.oneof(fc.nat(2000), fc.constant(1 << 16));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(line, random), { minLength: 1, maxLength: 6 }),
        garbage,
        room,
        fc.boolean(),
        (lines, behind, size, all) => {
          scan(ended(lines), behind, { room: size, combined: all });
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('stops in every line that is cut somewhere', () => {
    const text = '127.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl/8.0"';
    for (let length = 0; length < text.length; length++)
      for (const behind of GARBAGE) {
        expect(scan(Buffer.from(`${text.slice(0, length)}\n`), behind)).toBe(0);
        scan(Buffer.from(`${text.slice(0, length)}\n`), behind, { combined: false });
      }
  });

  it('leaves NUL bytes for a date, even at first', () => {
    const fresh = smallKernel();
    const text = Buffer.from(`a b c [${'\0'.repeat(11)}:10:05:03 +0000] "GET / HTTP/1.1" 200 17\n`);
    const at = placeLast(fresh, text);
    const to = fresh.scratch + fresh.scratchSize;
    expect(
      fresh.call.scanAccessLog(to, at, at + text.length, 10, MAX_LINE, false, OWN_TIME, 0, to, to + 4000),
    ).toBe(0);
  });
});

import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWindowLabel } from '../../src/stream/label.ts';
import { LineScanner } from '../../src/stream/line.ts';
import { readInstant } from '../../src/time/instant.ts';
import { edited, edits, parses, valueText } from '../json/json-text.ts';
import { parseMembers } from '../reference/json.ts';
import { readStreamLine, type StreamLine } from '../reference/stream-line.ts';
import { check, GARBAGE, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns } = kernel;
const MAX_LINE = 1 << 20;
const EVENT = 0;
const WATERMARK = 1;

interface How {
  readonly marked?: boolean;
  readonly maxLine?: number;
  readonly room?: number;
  readonly watermark?: number;
}

/** Scans a text, and holds all that the kernel says to the plain reader of its lines. Returns the lines consumed. */
function expectPlain(text: Buffer, behind: Buffer, how: How = {}): number {
  const { marked = true, maxLine = MAX_LINE, room = 100, watermark = Number.NEGATIVE_INFINITY } = how;
  const at = placeLast(kernel, text, behind);
  const base = at - 100;
  const rows = call.scanLines(base, at, at + text.length, room, watermark, marked, maxLine);
  let mark = watermark;
  let row = 0;
  let lines = 0;
  let from = 0;
  while (row < room && from < text.length) {
    const feed = text.indexOf(10, from);
    const line = text.toString('latin1', from, feed);
    const read = line.length > maxLine ? undefined : readStreamLine(line);
    if (read === undefined || (read.kind === 'watermark' && !marked)) break;
    if (read.kind === 'event' || read.time > mark) {
      check(row < rows, () => `left: ${line}`);
      expectRow(row++, lines, from + 100, read, line);
    }
    if (read.kind === 'watermark') mark = Math.max(mark, read.time);
    lines++;
    from = feed + 1;
  }
  check(rows === row, () => `taken: ${text.subarray(from)}`);
  check(call.linesEnd.value === at + from, () => `an end of ${call.linesEnd.value - at}`);
  check(call.linesRead.value === lines, () => `${call.linesRead.value} lines`);
  check(Object.is(call.linesWatermark.value, mark), () => `the watermark ${call.linesWatermark.value}`);
  return lines;
}

function expectRow(row: number, index: number, offset: number, read: StreamLine, line: string): void {
  check(columns.lineOffset[row] === index, () => `line ${columns.lineOffset[row]}: ${line}`);
  check(columns.time[row] === read.time, () => `another time: ${line}`);
  check(columns.kind[row] === (read.kind === 'event' ? EVENT : WATERMARK), () => `another kind: ${line}`);
  if (read.kind === 'watermark') {
    check(columns.windowCount[row] === 0, () => `windows: ${line}`);
    return;
  }
  const { windows, members } = read;
  const [start, end] = [columns.start[row]! - offset, columns.end[row]! - offset];
  check(start === members[0] && end === members[1], () => `members from ${start} to ${end}: ${line}`);
  check(columns.windowCount[row] === windows.count, () => `${columns.windowCount[row]} windows: ${line}`);
  if (windows.count === 0) return;
  check(columns.windowStart[row] === windows.start, () => `another window: ${line}`);
  check(columns.windowEnd[row] === windows.end, () => `another end of the window: ${line}`);
  if (windows.count > 0)
    check(windows.count === 1 || columns.windowEvery[row] === windows.every, () => `another step: ${line}`);
}

const INSTANTS = [
  '2024-02-29T23:59:59.999Z',
  '1969-12-31T00:00:00.001Z',
  '0000-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
];
const NO_INSTANTS = [
  '2023-02-29T00:00:00.000Z',
  '2024-13-01T00:00:00.000Z',
  '2024-01-01T24:00:00.000Z',
  '2016-12-31T23:59:60.000Z',
  '2024-01-01t00:00:00.000Z',
  '2024-01-01T00:00:00.000z',
  '2024-01-01T00:00:00,000Z',
  '2024-01-01T00:00:0é.00Z',
  '2024-01-01T00:00:00Z',
  '\0\0\0\0\0\0\0\0\0\0T00:00:00.000Z',
];
const instant = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })
      .map((ms) => new Date(ms).toISOString()),
  },
  { weight: 4, arbitrary: fc.constantFrom(...INSTANTS) },
  { weight: 1, arbitrary: fc.constantFrom(...NO_INSTANTS) },
);
const duration = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('PT10S', 'PT1H30M', 'P1D', 'P1DT12H', 'PT0.5S', 'PT1M0.001S', 'P3650000D'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'PT0S',
      'P',
      'PT',
      'P1DT',
      'P1W',
      'PT1.5H',
      'PT1.0005S',
      'P1M',
      'PT1S1M',
      'PT1,5S',
      'PT.5S',
      'PT1.S',
      '-PT1S',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'P999999999999D',
      'P213503982335D',
      'P104249991D',
      'P104249992D',
      'PT9999999999999S',
      'PT99999999999999999999S',
      `PT${'1'.repeat(60)}S`,
    ),
  },
);
const label = fc.oneof(
  fc.tuple(instant, instant).map((both) => both.sort().join('/')),
  fc.tuple(instant, instant).map(([a, b]) => `${a}/${b}`),
  fc.tuple(instant, duration).map((parts) => parts.join('/')),
  fc
    .tuple(
      fc.constantFrom('R', 'R', 'C', 'D'),
      fc.constantFrom('2', '60', '1', '0', '02', '99999999', '123456789', '', '-1'),
      instant,
      duration,
      duration,
    )
    .map(([letter, count, ...rest]) => `${letter}${count}/${rest.join('/')}`),
  fc.constantFrom(
    '',
    'x',
    '/',
    `${INSTANTS[0]}`,
    `${INSTANTS[0]}/`,
    `R2/${INSTANTS[0]}/PT1S`,
    `${INSTANTS[0]}/PT1S/PT1S`,
    '\0'.repeat(49),
  ),
);
const member = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'status', '', 'x@y', 'w', '@x', '@@t', '@@w'), valueText)
      .map(([name, value]) => `"${name}":${value.replaceAll('\n', ' ')}`),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '"mail":"a@b.example"',
      '"to":"@w","x":1',
      '"a":"@pane"',
      '"a":"@t "',
      '"a" : "@"',
      '"a":{"@w":1}',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"@w":"x"',
      '"@pane":{"index":0}',
      '"@t":1',
      '"@pan":1',
      '"@wx":1',
      '"\\u0041":1',
      '"\\u0040w":"x"',
    ),
  },
);
const event = fc
  .tuple(
    instant,
    fc.option(label),
    fc.array(member, { maxLength: 4 }),
    fc.constantFrom('', '', '', '\r', ' ', '\r\r'),
  )
  .map(
    ([time, window, members, end]) =>
      `{${[`"@t":"${time}"`, ...(window === null ? [] : [`"@w":"${window}"`]), ...members].join(',')}}${end}`,
  );
const watermark = instant.map((time) => `{"@watermark":"${time}"}`);
const other = fc.constantFrom(
  '',
  ' ',
  '\r',
  '{}',
  '{"@tick":"2024-02-29T23:59:59.999Z"}',
  '{"@watermark":"end"}',
  '{"@idle":true}',
  '{"@barrier":1}',
  '{"@end":"drained"}',
  '{"a":1,"@t":"2024-02-29T23:59:59.999Z"}',
  ' {"@t":"2024-02-29T23:59:59.999Z"}',
);
const line = fc.oneof(
  { weight: 8, arbitrary: event.map((text) => Buffer.from(text)) },
  { weight: 4, arbitrary: watermark.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: other.map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.oneof(event, watermark), edits).map(([text, changes]) => edited(text, changes)),
  },
);
const lines = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((all) => Buffer.concat(all.flatMap((each) => [each, Buffer.from('\n')])));
const oneLine = (text: string): Buffer => Buffer.from(`${text}\n`, 'latin1');

describe('scanLines', () => {
  it('takes the lines that the plain reader takes, as that reads them, and leaves the others', () => {
    fc.assert(
      fc.property(lines, garbage, fc.boolean(), (text, behind, marked) => {
        expectPlain(text, behind, { marked });
      }),
      { numRuns: 6000 },
    );
  });

  it('is held to a reader that says what the general reader of lines says', () => {
    const scanner = new LineScanner();
    fc.assert(
      fc.property(event, (text) => {
        const bytes = Buffer.from(text);
        const read = readStreamLine(bytes.toString('latin1'));
        // A name of metadata that is escaped is nothing that this reader knows: see the test of metadata.
        if (read?.kind !== 'event' || !parses(text) || text.includes('\\u0040')) return;
        scanner.read(bytes, 0, bytes.length, 1);
        expect(readInstant(bytes, scanner.timeStart + 1, scanner.timeEnd - 1)).toBe(read.time);
        const span = { start: 0, end: 0, every: 0, count: 0 };
        if (scanner.windowEnd > 0) {
          expect(readWindowLabel(bytes, scanner.windowStart + 1, scanner.windowEnd - 1, span)).toBe(true);
        }
        expect(span).toEqual(read.windows);
        expect(scanner.paneEnd).toBe(0);
        const members = [];
        for (let i = 0; i < scanner.count; i += 2)
          members.push(bytes.toString('utf8', scanner.spans[i], scanner.spans[i + 1]));
        expect(parseMembers(bytes.toString('utf8', ...read.members))).toEqual(
          parseMembers(members.join(',')),
        );
      }),
      { numRuns: 4000 },
    );
  });

  it('takes what the printer writes', () => {
    const usual = [
      '{"@t":"2015-05-17T10:05:03.000Z","status":200,"path":"/a?b=\\"c\\"","mail":"a@b.example"}',
      '{"@t":"2015-05-17T10:05:03.000Z"}',
      '{"@watermark":"2015-05-17T10:05:00.000Z"}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","a":"x@y","@type":1}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z"}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:03.000Z/PT30M","a":1}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"R60/2015-05-17T09:06:00.000Z/PT1H/PT1M","a":1}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"C19/2015-05-17T10:00:00.000Z/PT6M/PT1M","a":1}',
      '{"@t":"2015-05-17T10:05:03.000Z","a":1}\r',
    ];
    for (const behind of GARBAGE) expect(expectPlain(oneLine(usual.join('\n')), behind)).toBe(usual.length);
  });

  it.each([
    [
      'a pane behind the members',
      '"@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","a":1,"@pane":{"index":0}',
    ],
    ['a second window', '"@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","a":1,"@w":"x"'],
    [
      'a session and a pane behind the members',
      '"@w":"2015-05-17T10:05:00.000Z/PT1H","a":1,"@pane":{"index":0}',
    ],
    ['a window behind the members', '"a":1,"@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z"'],
    ['one window that is told as many', '"@w":"R1/2015-05-17T10:05:00.000Z/PT1H/PT1M","a":1'],
    ['a second time', '"a":1,"@t":"2015-05-17T10:05:03.000Z"'],
  ])('leaves %s', (_what, members) => {
    expect(expectPlain(oneLine(`{"@t":"2015-05-17T10:05:03.000Z",${members}}`), GARBAGE[1]!)).toBe(0);
  });

  it.each([
    ['a time', '{"@t":"\0\0\0\0\0\0\0\0\0\0T00:00:00.000Z"}'],
    ['a watermark', '{"@watermark":"\0\0\0\0\0\0\0\0\0\0T00:00:00.000Z"}'],
    ['a window', `{"@t":"2015-05-17T10:05:03.000Z","@w":"${'\0'.repeat(49)}"}`],
  ])('takes NUL bytes for %s never, not even at first', (_what, text) => {
    const fresh = smallKernel();
    const at = placeLast(fresh, oneLine(text));
    expect(
      fresh.call.scanLines(at, at, at + text.length + 1, 10, Number.NEGATIVE_INFINITY, true, MAX_LINE),
    ).toBe(0);
  });

  it('stops in every line that is cut somewhere, at every place of a vector', () => {
    for (const whole of [
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","a":"x@y"}\r',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:03.000Z/P1DT1H30M0.25S","a":1}',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"R12345678/2015-05-17T09:06:00.000Z/PT1H/PT1M","a":1}',
      '{"@watermark":"2015-05-17T10:05:00.000Z"}',
    ]) {
      for (let length = 0; length <= whole.length; length++)
        for (const behind of GARBAGE) {
          expectPlain(oneLine(whole.slice(0, length)), behind);
          expectPlain(oneLine(`${whole.slice(0, length)}\n${whole.slice(length)}`), behind);
          expectPlain(oneLine(`${whole.slice(0, length)}}`), behind);
        }
    }
  });

  it('stops in bytes that nobody would write, whatever lies behind them', () => {
    const bytes = fc.oneof(
      fc.constantFrom(...Buffer.from('{}",:/\\@twPTDR0123-. \r\n')),
      fc.integer({ min: 0, max: 255 }),
    );
    const begin = fc.constantFrom(
      '',
      '{"@t":"',
      '{"@t":"2015-05-17T10:05:03.000Z"',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"',
      '{"@t":"2015-05-17T10:05:03.000Z","@w":"R3/2015-05-17T10:05:03.000Z/',
      '{"@watermark":"2015-05-17T',
    );
    fc.assert(
      fc.property(begin, fc.array(bytes, { maxLength: 60 }), garbage, (before, random, behind) => {
        expectPlain(Buffer.concat([Buffer.from(before), Buffer.from(random), Buffer.from('\n')]), behind);
      }),
      { numRuns: 4000 },
    );
  });

  it('leaves a line that is longer than one may be', () => {
    for (const text of [
      '{"@t":"2015-05-17T10:05:03.000Z","a":1}',
      '{"@t":"2015-05-17T10:05:03.000Z"}\r',
      '{"@watermark":"2015-05-17T10:05:00.000Z"}',
    ])
      for (let maxLine = text.length - 2; maxLine < text.length + 2; maxLine++)
        expectPlain(oneLine(text), GARBAGE[0]!, { maxLine });
  });

  it('stops when there is no room for more rows, and passes over low watermarks without taking any', () => {
    const text = oneLine(
      [
        '{"@watermark":"1970-01-01T00:00:01.000Z"}',
        '{"@t":"2015-05-17T10:05:03.000Z"}',
        '{"@watermark":"1970-01-01T00:00:02.000Z"}',
      ].join('\n'),
    );
    for (const watermark of [Number.NEGATIVE_INFINITY, 1000, 2000, Number.POSITIVE_INFINITY])
      for (let room = 0; room < 5; room++) expectPlain(text, GARBAGE[0]!, { room, watermark });
  });
});

import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredNames } from '../../src/formats/declared-names.ts';
import { isMetadataName } from '../../src/json/metadata-name.ts';
import { setDeclared } from '../../src/kernel/declared.ts';
import { setNames } from '../../src/kernel/names.ts';
import { parseSchema } from '../../src/stream/schema-json.ts';
import { edited, edits, valueText } from '../json/json-text.ts';
import { type PlainRecord, readRecord } from '../reference/records.ts';
import { check, GARBAGE, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns } = kernel;

/** The first is the time's; one is longer than eight bytes, one of eight, one is no ASCII, one is a prefix of another. */
const NAMES = ['ts', 'a', 'status', 'eightlet', 'a longer name', 'größe', 'statu', ''].map((name) =>
  Buffer.from(name),
);
/** What is declared of records: a schema that the kernel holds them to. */
const { table: DECLARED } = declaredNames(
  NAMES[0]!,
  NAMES.slice(1),
  parseSchema({
    type: 'object',
    properties: { a: { type: 'string' }, status: { type: 'integer' } },
    required: ['ts'],
  }),
);
const MAX_LINE = 1 << 20;
/** Levels of nesting that the kernel knows. */
const LEVELS = 4096;

/** Types of values by their first byte, as in src/stream/projection.ts. */
const typeOf = (c: string): number => ({ n: 1, f: 2, t: 3, '"': 5, '[': 6, '{': 7 })[c] ?? 4;

/** What a line is to the kernel: a record, or left (undefined). */
function usual(line: Buffer, maxLine: number): PlainRecord | undefined {
  const record = line.length > maxLine ? undefined : readRecord(line);
  if (record === undefined || record.depth > LEVELS) return undefined;
  const left = record.named.some(({ name }) => {
    const bytes = Buffer.from(name, 'latin1');
    return name.includes('\\') || isMetadataName(bytes, 0, bytes.length);
  });
  return left ? undefined : record;
}

/** Scans a text, and holds all that the kernel says to the plain walk of its lines. */
function expectPlain(text: Buffer, behind: Buffer, maxLine = MAX_LINE, room = 100): number {
  const at = placeLast(kernel, text, behind);
  const base = at - 100;
  setNames(NAMES, kernel);
  setDeclared(DECLARED!, kernel);
  columns.fieldType.forEach((column) => {
    column.fill(99);
  });
  const end = at + text.length;
  const rows = call.scanRecords(base, at, end, room, maxLine, NAMES.length - 1, NAMES.length, true);
  let from = 0;
  let row = 0;
  let beyondAscii = false;
  for (; from < text.length && row < room; row++) {
    const feed = text.indexOf(10, from);
    const line = text.subarray(from, feed);
    const record = usual(line, maxLine);
    if (record === undefined) break;
    check(row < rows, () => `left: ${line}`);
    expectRow(row, from + 100, record, line.toString('latin1'));
    beyondAscii ||= line.some((byte) => byte > 127);
    from = feed + 1;
  }
  check(rows === row, () => `taken: ${text.subarray(from)}`);
  check(call.recordsEnd.value === at + from, () => `an end of ${call.recordsEnd.value - at}`);
  if (beyondAscii) check(call.recordsBeyondAscii.value === 1, () => 'not seen to be beyond ASCII');
  return rows;
}

function expectRow(row: number, offset: number, record: PlainRecord, line: string): void {
  const spans = [
    [columns.start, columns.end, record.members],
    [columns.rawStart, columns.rawEnd, record.raw],
  ] as const;
  for (const [start, end, span] of spans) {
    check(start[row] === span[0] + offset && end[row] === span[1] + offset, () => `other spans: ${line}`);
  }
  check(columns.lineOffset[row] === row, () => `another line: ${line}`);
  const texts = (name: string): string[] =>
    record.named.filter((each) => each.name === name).map(({ value: [from, to] }) => line.slice(from, to));
  const fits =
    texts('ts').length > 0 &&
    texts('a').every((text) => text.startsWith('"')) &&
    texts('status').every((text) => /^-?[0-9]+$/.test(text));
  check(columns.form[row] === (fits ? 0 : 1), () => `${fits ? 'doubtful' : 'no doubt'}: ${line}`);
  NAMES.forEach((name, n) => {
    const value = record.named.find((member) => member.name === name.toString('latin1'))?.value;
    const [start, end] = value === undefined ? [0, 0] : [value[0] + offset, value[1] + offset];
    if (n === 0) {
      check(columns.timeStart[row] === start && columns.timeEnd[row] === end, () => `another time: ${line}`);
      return;
    }
    const type = columns.fieldType[n - 1]![row];
    check(
      type === (value === undefined ? 0 : typeOf(line[value[0]]!)),
      () => `${name}, type ${type}: ${line}`,
    );
    if (value === undefined) return;
    const same = columns.fieldStart[n - 1]![row] === start && columns.fieldEnd[n - 1]![row] === end;
    check(same, () => `${name} elsewhere: ${line}`);
  });
}

const space = fc.stringMatching(/^[ \t\r]{0,2}$/);
const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...NAMES.map((each) => each.toString())) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('b', 'stat', 'status2', 'eightlex', 'a longer namE', '@', '@x', '@@', '@tt'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('@t', '@@w', '@pane', '@end', '@tick', '@idle', '@stream', '@barrier'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '@watermark',
      '@watermarK',
      '@barrieR',
      '\\u0061',
      'x\\n',
      'abcdefgh\\/',
      '12345678abcdef\\"',
    ),
  },
);
const value = valueText.map((text) => text.replaceAll('\n', ' '));
const member = fc
  .tuple(space, name, space, space, value, space)
  .map(
    ([before, text, behind, inside, valueOf, after]) =>
      `${before}"${text}"${behind}:${inside}${valueOf}${after}`,
  );
const object = fc
  .tuple(space, fc.array(member, { maxLength: 6 }), space)
  .map(
    ([before, members, behind]) => `${before}{${members.length > 0 ? members.join(',') : before}}${behind}`,
  );
const line = fc.oneof(
  { weight: 6, arbitrary: object.map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.tuple(object, edits).map(([text, changes]) => edited(text, changes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', ' ', '17', '[{}]', '{', '{}', '{} {}', '{}\r', '{}\0')
      .map((text) => Buffer.from(text)),
  },
);
const lines = fc
  .array(line, { minLength: 1, maxLength: 5 })
  .map((all) => Buffer.concat(all.flatMap((each) => [each, Buffer.from('\n')])));

const oneLine = (text: string): Buffer => Buffer.from(`${text}\n`);

describe('scanRecords', () => {
  it('takes the lines that the plain walk takes, says where all is in them, and leaves the others', () => {
    fc.assert(
      fc.property(lines, garbage, (text, behind) => {
        expectPlain(text, behind);
      }),
      { numRuns: 4000 },
    );
  });

  it('reads and stops in bytes that nobody would write, whatever lies behind them', () => {
    const bytes = fc.oneof(
      fc.constantFrom(...Buffer.from('{}[]",:\\u0e-. \t\r\n1tfn@')),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 80 }),
        fc.constantFrom('', '{"a":', '{"a":"', '{"a":[{"b":'),
        garbage,
        (random, before, behind) => {
          expectPlain(Buffer.concat([Buffer.from(before), Buffer.from(random), Buffer.from('\n')]), behind);
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('stops in every line that is cut somewhere, at every place of a vector', () => {
    const whole =
      '{"a":[1,-2.5e+7,{"b":null}],"status":"\\ud83d\\ude00é \\"\\\\","ts":false,"x":true,"a longer name":{}}';
    for (let length = 0; length <= whole.length; length++)
      for (const behind of GARBAGE) expectPlain(oneLine(whole.slice(0, length)), behind);
  });

  it('takes values of 4,096 levels, and leaves deeper ones', () => {
    for (const [open, inside, close] of [
      ['[', '', ']'],
      ['[', '1', ']'],
      ['{"a":', '"x"', '}'],
      ['[{"a": [', '{}', '] , "b":1}]'],
    ] as const) {
      const levels = /[[{]/g;
      const each = open.match(levels)!.length;
      const more = inside.match(levels)?.length ?? 0;
      for (let count = Math.floor(LEVELS / each) - 2; count <= LEVELS / each + 2; count++) {
        const text = oneLine(`{"a":${open.repeat(count)}${inside}${close.repeat(count)},"ts":1}`);
        expect(expectPlain(text, GARBAGE[1]!)).toBe(count * each + more <= LEVELS ? 1 : 0);
      }
    }
  });

  it('leaves a line that is longer than one may be', () => {
    const text = '{"a":1234567}';
    for (const end of ['', ' ', '\r', ' \r'])
      for (let limit = 10; limit < 18; limit++) expectPlain(oneLine(text + end), GARBAGE[0]!, limit);
  });

  it('stops when there is no room for more rows', () => {
    const text = Buffer.from('{"a":1}\n'.repeat(9));
    for (let room = 0; room < 11; room++)
      expect(expectPlain(text, GARBAGE[0]!, MAX_LINE, room)).toBe(Math.min(room, 9));
  });

  it('reads the members of as many rows as a call may have', () => {
    const text = Buffer.from('{"a":1,"status":"x"}\n'.repeat(8192));
    expect(expectPlain(text, GARBAGE[0]!, MAX_LINE, 8192)).toBe(8192);
  });

  it('does not take the usual for unusual', () => {
    const usualLines = [
      '{"ts":"2015-05-17T10:05:03.000Z","status":200,"bytes":17,"path":"/a?b=\\"c\\"","ok":true,"none":null}',
      '{ "ts": "2015-05-17T10:05:03Z", "a": [1, 2.5, -3e8, 0.001, -0, 0], "b": { "c": {} } }\r',
      '{"größe":"naïve 😀","@context":"https://schema.org","@type":"x","a@t":1}',
      '{"text":"\\u0041\\ud83d\\ude00\\ud83d\\n\\/"}',
      '{}',
      '\t{"a":1}',
    ];
    expect(expectPlain(Buffer.from(usualLines.map((each) => `${each}\n`).join('')), GARBAGE[2]!)).toBe(
      usualLines.length,
    );
  });
});

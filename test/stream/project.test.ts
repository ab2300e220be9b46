import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePath } from '../../src/json/path.ts';
import { Batch, SKIPPED, WATERMARK } from '../../src/stream/batch.ts';
import { NOT_A_NUMBER, NumberColumn } from '../../src/stream/numbers.ts';
import { Projection } from '../../src/stream/project.ts';
import {
  ABSENT,
  ARRAY,
  BIG_INTEGER,
  DOUBLE,
  FALSE,
  INTEGER,
  NO_NUMBER,
  NULL,
  NUMBER,
  OBJECT,
  STRING,
  TRUE,
} from '../../src/stream/projection.ts';
import { valueText } from '../json/json-text.ts';
import { find, type Json, parseMembers } from '../reference/json.ts';

/** A batch of events with these members, a watermark before each. */
function batchOf(...members: readonly string[]): Batch {
  const batch = new Batch(64, 16);
  for (const [i, text] of members.entries()) {
    batch.addTime(WATERMARK, i);
    const start = batch.used;
    batch.reserve(text.length * 3);
    batch.used += batch.bytes.write(text, start);
    batch.addEvent(i, start, batch.used, i + 1);
  }
  return batch;
}

function typeOf(json: Json | undefined): number {
  if (json === undefined) return ABSENT;
  const { text, value } = json;
  if (value === null) return NULL;
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  if (typeof value === 'string') return STRING;
  if (typeof value !== 'object') return NUMBER;
  return text.startsWith('[') ? ARRAY : OBJECT;
}

/** Texts of the values that each path has in each event; undefined: absent. */
function projected(fields: readonly string[], batch: Batch): (string | undefined)[][] {
  const projection = new Projection(fields.map(parsePath), 64);
  projection.read(batch);
  return projection.columns.map(({ type, start, end }) =>
    Array.from({ length: batch.rows }, (_, row) => row)
      .filter((row) => batch.kind[row] !== WATERMARK)
      .map((row) => (type[row] === ABSENT ? undefined : batch.bytes.toString('utf8', start[row], end[row]))),
  );
}

const name = fc.constantFrom(
  '"a"',
  '"\\u0061"',
  '"b"',
  '"é"',
  '"\\u00e9"',
  '"ab"',
  '""',
  '"a.b"',
  '"\\"a\\""',
);
const space = fc.constantFrom('', '', ' ', ' \t', '\t', '\r ');
const member = fc
  .tuple(name, space, space, valueText, space)
  .map(([named, before, behind, value, after]) => `${named}${before}:${behind}${value}${after}`);
const members = fc
  .array(member, { maxLength: 6 })
  .chain((all) => space.map((between) => all.join(`,${between}`).trimEnd()));

const FIELDS = ['a', 'é', 'b.a', 'a', 'a[1]', 'a.b', '["a.b"]', 'b[0].a', 'ab', '["\\"a\\""]'];

describe('a projection', () => {
  it('finds what a plain reading of the members finds, however they are spelled', () => {
    fc.assert(
      fc.property(
        fc.array(members, { minLength: 1, maxLength: 5 }),
        fc.shuffledSubarray(FIELDS, { minLength: 1 }),
        (texts, fields) => {
          const batch = batchOf(...texts);
          const projection = new Projection(fields.map(parsePath), 64);
          projection.read(batch);
          for (const [i, field] of fields.entries()) {
            const { type, start, end } = projection.columns[i]!;
            for (const [k, text] of texts.entries()) {
              const expected = find(parseMembers(text), parsePath(field).steps);
              const row = 2 * k + 1;
              expect(type[row]).toBe(typeOf(expected));
              if (expected !== undefined)
                expect(batch.bytes.toString('utf8', start[row], end[row])).toBe(expected.text);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('counts the first of duplicate names, and looks no further than it must', () => {
    expect(
      projected(['a'], batchOf('"a":1,"a":2', '"b":1,"\\u0061":3,"a":4', '"a":5,"b":what is this')),
    ).toEqual([['1', '3', '5']]);
  });

  it('forgets what the batch before had', () => {
    const projection = new Projection([parsePath('a')], 64);
    projection.read(batchOf('"a":1'));
    projection.read(batchOf('"b":1'));
    expect(projection.columns[0]!.type[1]).toBe(ABSENT);
  });

  it('passes over rows that were taken out', () => {
    const batch = batchOf('"a":', '"a":1');
    batch.kind[1] = SKIPPED;
    expect(projected(['a'], batch)).toEqual([[undefined, '1']]);
  });

  it.each([
    ['"b":1,"a"', "expected ':'"],
    ['"b":1,', 'expected a member name in quotes'],
    ['b:1', 'expected a member name in quotes'],
    ['"b":1 "a":2', "expected ',' or '}'"],
    ['"b":tru', 'expected a value'],
    ['"b":', 'expected a value'],
    ['"b', 'a string is not closed'],
    ['"b":[1', 'the list is not closed'],
    ['"\\x":1', 'a backslash that escapes nothing'],
  ])('refuses members that are no JSON, with their line: %s', (text, reason) => {
    expect(() => projected(['a'], batchOf('"a":1', text))).toThrow(
      expect.objectContaining({ code: 'failed', line: 2, message: `the line is no JSON object: ${reason}` }),
    );
  });
});

describe('a column of numbers', () => {
  it.each([
    ['0', INTEGER, 0],
    ['-0', INTEGER, -0],
    ['-17', INTEGER, -17],
    ['999999999999999', INTEGER, 999999999999999],
    ['9007199254740991', INTEGER, 9007199254740991],
    ['-9007199254740991', INTEGER, -9007199254740991],
    ['9007199254740992', BIG_INTEGER, 9007199254740992],
    ['123456789012345678901234567890', BIG_INTEGER, 1.2345678901234568e29],
    [`1${'0'.repeat(400)}`, BIG_INTEGER, Number.POSITIVE_INFINITY],
    [`1${'0'.repeat(1000)}`, NOT_A_NUMBER, Number.POSITIVE_INFINITY],
    ['1.0', DOUBLE, 1],
    ['1e3', DOUBLE, 1000],
    ['-0.1', DOUBLE, -0.1],
    ['1e-400', DOUBLE, 0],
    ['1e308', DOUBLE, 1e308],
    ['1e309', NOT_A_NUMBER, Number.POSITIVE_INFINITY],
    ['-1e309', NOT_A_NUMBER, Number.NEGATIVE_INFINITY],
    ['null', NO_NUMBER, undefined],
    ['"1"', NOT_A_NUMBER, undefined],
    ['true', NOT_A_NUMBER, undefined],
    ['[]', NOT_A_NUMBER, undefined],
    ['{}', NOT_A_NUMBER, undefined],
  ])('holds %s', (text, form, value) => {
    const batch = batchOf(`"a":${text}`, '"b":1');
    const projection = new Projection([parsePath('a')], 64);
    projection.read(batch);
    const column = new NumberColumn(projection.columns[0]!, 64, batch.bytes);
    column.read(batch);
    expect(column.form[1]).toBe(form);
    if (value !== undefined) expect(column.value[1]).toBe(value);
    expect(column.form[3]).toBe(NO_NUMBER);
  });
});

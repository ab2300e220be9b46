import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordBatch } from '../../src/formats/format.ts';
import { createRecordReader } from '../../src/formats/readers.ts';
import { SchemaGuard } from '../../src/formats/schema-guard.ts';
import { parsePath } from '../../src/json/path.ts';
import { kernel } from '../../src/kernel/kernel.ts';
import type { MemberSchema, Schema } from '../../src/stream/schema.ts';
import { parseSchema } from '../../src/stream/schema-json.ts';
import { fitsObject } from '../reference/schema.ts';

interface Guarded {
  /** Lines of the records that fit. */
  readonly kept: number[];
  readonly refused: { line: number; column: number; reason: string }[];
}

/** Who sees whether a record fits: the scan of the records itself, the guard by members that it finds, or alone. */
type By = 'scan' | 'found' | 'guard';

function guard(schema: Schema, text: string, by: By, time?: string): Guarded {
  const members = by === 'found' ? [...schema.members.keys()].filter((name) => name !== time) : [];
  const batch = new RecordBatch(undefined, 1 << 16, kernel().buffers, members.length);
  try {
    const reader = createRecordReader('ndjson', {
      rejects: {
        reject: () => {
          throw new Error('the records of a test are JSON');
        },
      },
      time: time === undefined ? undefined : parsePath(time),
      maxLine: 1 << 20,
      members,
      ...(by === 'scan' ? { schema } : {}),
    });
    const bytes = Buffer.from(text);
    bytes.copy(batch.bytes);
    batch.used = bytes.length;
    reader.read(batch, 0, bytes.length, true);
    const refused: Guarded['refused'] = [];
    const rejects = {
      reject: (line: number, column: number, reason: string) => void refused.push({ line, column, reason }),
    };
    new SchemaGuard(schema, rejects, members, time).keep(batch);
    return { kept: [...batch.line.subarray(0, batch.rows)], refused };
  } finally {
    batch.release();
  }
}

const TYPES = ['boolean', 'integer', 'number', 'string', 'array', 'object', 'null'];
const NAMES = ['a', 'b', 'long name', 'd"'];

const types = fc.subarray(TYPES, { minLength: 1 });
const leaf = fc.record({ type: types });
const value = fc.oneof(
  fc.constant({}),
  leaf,
  fc.record({ type: types, items: leaf }),
  fc.record({
    type: types,
    properties: fc.dictionary(fc.constantFrom(...NAMES), leaf, { noNullPrototype: true }),
    required: fc.subarray(NAMES),
    additionalProperties: fc.boolean(),
  }),
);
const schemas = fc
  .record({
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true }),
    required: fc.subarray(NAMES, { maxLength: 2 }),
    additionalProperties: fc.boolean(),
  })
  .map((json) => parseSchema(json));

const scalar = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(1.5, true, false, null, '', 'x', ', "z": 1'),
);
const object = fc.dictionary(fc.constantFrom(...NAMES, 'e'), scalar, { noNullPrototype: true });
const record = fc.dictionary(
  fc.constantFrom(...NAMES, 'e'),
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), object),
  { noNullPrototype: true },
);

/** The layouts in which programs write JSON, and one in which nobody does. */
const LAYOUTS: readonly ((members: readonly (readonly [string, string])[]) => string)[] = [
  (members) => `{${members.map(([name, text]) => `${name}:${text}`).join(',')}}`,
  (members) => `{${members.map(([name, text]) => `${name}: ${text}`).join(', ')}}`,
  (members) => `{ ${members.map(([name, text]) => `${name} :${text}`).join(' ,')} }`,
  (members) => `{${members.map(([name, text]) => `${name}: ${text}`).join(',')}}`,
];

describe('a schema that is declared of records', () => {
  it('lets through what a plain reading of it lets through, whoever looks', () => {
    fc.assert(
      fc.property(
        schemas,
        fc.array(fc.tuple(record, fc.nat(LAYOUTS.length - 1)), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(undefined, 'a'),
        (schema, records, time) => {
          const lines = records.map(([members, layout]) =>
            LAYOUTS[layout]!(
              Object.entries(members).map(([name, each]) => [JSON.stringify(name), JSON.stringify(each)]),
            ),
          );
          const expected = records.flatMap(([members], index) =>
            fitsObject(schema, members) ? [index + 1] : [],
          );
          for (const by of ['scan', 'found', 'guard'] as const) {
            const { kept, refused } = guard(schema, `${lines.join('\n')}\n`, by, time);
            expect(kept).toEqual(expected);
            expect(refused.map(({ line }) => line)).toEqual(
              records.map((_, index) => index + 1).filter((line) => !expected.includes(line)),
            );
          }
        },
      ),
    );
  });

  const member = (name: string, json: Record<string, unknown>, more: Record<string, unknown> = {}): Schema =>
    parseSchema({ type: 'object', properties: { [name]: json }, ...more });

  it.each<[string, Schema, string, number, string]>([
    [
      'another type',
      member('n', { type: 'string' }),
      '{"n": 7}',
      7,
      'n is an integer, and the schema wants a string',
    ],
    [
      'a fraction',
      member('n', { type: 'integer' }),
      '{"n":1.5}',
      6,
      'n is 1.5, and the schema wants an integer',
    ],
    [
      'a whole number that is spelled as none',
      member('n', { type: 'integer' }),
      '{"n":1.0}',
      6,
      'n is 1.0, and the schema wants an integer, spelled without fraction and exponent ("number" takes both)',
    ],
    [
      'a whole number with an exponent',
      member('n', { type: ['integer', 'null'] }),
      '{"n":1e3}',
      6,
      'n is 1e3, and the schema wants an integer or null, spelled without fraction and exponent ("number" takes both)',
    ],
    [
      'null',
      member('n', { type: ['integer', 'string'] }),
      '{"n":null}',
      6,
      'n is null, and the schema wants an integer or a string',
    ],
    [
      'a member that is missing',
      member('n', {}, { required: ['n'] }),
      '{"m":1}',
      0,
      'n is missing, and the schema requires it',
    ],
    [
      'a member more',
      member('n', {}, { additionalProperties: false }),
      '{"n":1,"m":1}',
      8,
      'the schema has no m',
    ],
    [
      'what is inside of an object',
      member('n', { type: 'object', properties: { m: { type: 'string' } } }),
      '{"n":{"k":[],"m":5}}',
      18,
      'n.m is an integer, and the schema wants a string',
    ],
    [
      'what is inside of a list',
      member('n', { items: { type: 'string' } }),
      '{"n":["a", 5]}',
      12,
      'n[1] is an integer, and the schema wants a string',
    ],
    [
      'a name that the source escapes',
      member('@@t', { type: 'string' }),
      '{"@t":5}',
      0,
      '@t is an integer, and the schema wants a string',
    ],
  ])('says where and why a record does not fit: %s', (_what, schema, text, column, reason) => {
    expect(guard(schema, text, 'scan').refused).toEqual([{ line: 1, column, reason }]);
  });

  it('does not take the first of two equal names for the second', () => {
    const schema = member('n', { type: 'integer' } satisfies Record<string, unknown>);
    expect(guard(schema, '{"n":1,"n":"x"}', 'scan').kept).toEqual([1]);
    expect(guard(schema, '{"n":"x","n":1}', 'scan').kept).toEqual([]);
  });

  it('keeps to itself what a schema does not say', () => {
    const members = new Map<string, MemberSchema>();
    expect(guard({ members, closed: false }, '{"n":1}\n{}', 'scan').kept).toEqual([1, 2]);
    expect(guard({ members, closed: true }, '{"n":1}\n{}', 'scan').kept).toEqual([2]);
  });
});

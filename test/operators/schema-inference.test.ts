import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SchemaInference } from '../../src/operators/schema-inference.ts';
import { Batch } from '../../src/stream/batch.ts';
import type { Schema } from '../../src/stream/schema.ts';
import { parseSchema, schemaJson } from '../../src/stream/schema-json.ts';
import { addEvent } from '../formats/batches.ts';
import { fitsObject } from '../reference/schema.ts';

interface Inferred {
  readonly schema: Schema;
  readonly notices: readonly string[];
}

function infer(members: readonly string[], closed = true): Inferred {
  const notices: string[] = [];
  const inference = new SchemaInference(
    { closed, trustsHeader: false },
    {
      emit: () => undefined,
      emitMarker: () => undefined,
      connected: () => false,
      notice: (message) => notices.push(message),
      count: () => {},
    },
  );
  for (const text of members) {
    const batch = new Batch(1, 16);
    addEvent(batch, { members: text });
    inference.onBatch(0, batch);
  }
  return { schema: inference.schema(), notices };
}

const inferredJson = (...members: string[]): unknown => schemaJson(infer(members, false).schema).properties;

const NAMES = ['a', 'b', 'c', 'long name', 'd"'];
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom(1.5, true, null, 'x', '2026-01-01T00:00:00Z'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { noNullPrototype: true }),
  ),
})).value;
const record = fc.dictionary(fc.constantFrom(...NAMES), json, { noNullPrototype: true });

describe('the schema of what was seen', () => {
  it('is one that all of it fits, and can be read again', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean(), (records, spaced) => {
        const texts = records.map((each) => JSON.stringify(each, null, spaced ? 1 : 0).slice(1, -1));
        const { schema } = infer(texts);
        for (const each of records) expect(fitsObject(schema, each)).toBe(true);
        expect(parseSchema(schemaJson(schema))).toEqual(schema);
      }),
    );
  });

  it('requires what was always there', () => {
    const { schema } = infer(['"a":1,"b":1', '"b":1', '"b":2,"c":{"d":1}', '"b":3,"c":{}']);
    expect([...schema.members].filter(([, { required }]) => required).map(([name]) => name)).toEqual(['b']);
    expect(schema.members.get('c')!.members!.members.get('d')!.required).toBe(false);
  });

  it.each<[string, string[], unknown]>([
    ['an integer as long as no fraction comes', ['"n":1', '"n":-20'], { n: { type: 'integer' } }],
    ['a number from the first fraction on', ['"n":1', '"n":1.0'], { n: { type: 'number' } }],
    ['an exponent, which is a fraction', ['"n":1e3'], { n: { type: 'number' } }],
    ['several types', ['"n":1', '"n":"x"', '"n":null'], { n: { type: ['integer', 'string', 'null'] } }],
    ['nothing of what was always null', ['"n":null', '"n":null'], { n: {} }],
    [
      'times',
      ['"n":"2026-01-01T00:00:00Z"', '"n":"2026-01-01t00:00:00.5+02:00"'],
      { n: { type: 'string', format: 'date-time' } },
    ],
    [
      'texts of which one is no time',
      ['"n":"2026-01-01T00:00:00Z"', '"n":"today"'],
      { n: { type: 'string' } },
    ],
    ['days, which are no times', ['"n":"2026-01-01"'], { n: { type: 'string' } }],
    [
      'elements of lists',
      ['"n":[1]', '"n":[null]', '"n":[]'],
      { n: { type: 'array', items: { type: ['integer', 'null'] } } },
    ],
    ['the first of two equal names', ['"n":1,"n":"x"'], { n: { type: 'integer' } }],
    ['names as they are in records', ['"@@t":1'], { '@t': { type: 'integer' } }],
  ])('knows %s', (_what, members, properties) => {
    expect(inferredJson(...members)).toEqual(properties);
  });

  it('does not grow with the number of names, and says where it gave up', () => {
    const crowd = (from: number): string =>
      Array.from({ length: 500 }, (_, i) => `"k${from + i}":1`).join(',');
    const { schema, notices } = infer(Array.from({ length: 20 }, (_, i) => `"x":1,"m":{${crowd(i * 500)}}`));
    expect(schemaJson(schema)).toEqual({
      type: 'object',
      properties: { x: { type: 'integer' }, m: { type: 'object', properties: {} } },
      required: ['x', 'm'],
      additionalProperties: false,
    });
    expect(notices).toEqual(['m has more different members than a schema can list: they are left out of it']);
  });

  it('looks no deeper than anybody reads', () => {
    const { schema } = infer([`"n":${'['.repeat(5000)}${']'.repeat(5000)}`]);
    expect(JSON.stringify(schemaJson(schema)).length).toBeLessThan(3000);
  });

  it('takes the lines of a stream for no records', () => {
    expect(() => infer(['"@@stream":{"version":1}'])).toThrow('these are no records');
  });
});

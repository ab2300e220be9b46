import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RecordBatch } from '../../src/formats/format.ts';
import { createRecordReader, type ReaderOptions } from '../../src/formats/readers.ts';
import { SchemaGuard } from '../../src/formats/schema-guard.ts';
import { kernel } from '../../src/kernel/kernel.ts';
import { type Schema, TYPE_ANY } from '../../src/stream/schema.ts';
import { parseSchema } from '../../src/stream/schema-json.ts';
import { declaredText, type Field } from '../reference/declared.ts';

/** The records that fit, as lines of JSON, and why others do not. */
interface Typed {
  readonly kept: string[];
  readonly refused: string[];
}

function read(format: string, text: string, schema: Schema, dialect: ReaderOptions['dialect'] = {}): Typed {
  const batch = new RecordBatch(undefined, 1 << 16, kernel().buffers, 0);
  const refused: string[] = [];
  const reject = (line: number, _column: number, reason: string): void =>
    void refused.push(`${line}: ${reason}`);
  try {
    const options = { rejects: { reject }, time: undefined, maxLine: 1 << 20, schema, dialect };
    const reader = createRecordReader(format, options);
    const bytes = Buffer.from(text);
    bytes.copy(batch.bytes);
    batch.used = bytes.length;
    reader.read(batch, 0, bytes.length, true);
    new SchemaGuard(schema, { reject }, [], undefined).keep(batch);
    const kept = Array.from({ length: batch.rows }, (_, row) =>
      batch.bytes.toString('utf8', batch.start[row]!, batch.end[row]!),
    );
    return { kept: kept.map((members) => `{${members}}`), refused };
  } finally {
    batch.release();
  }
}

const schemaOf = (properties: Record<string, unknown>, more: Record<string, unknown> = {}): Schema =>
  parseSchema({ type: 'object', properties, ...more });

describe('fields of csv are typed by what is declared of them', () => {
  test.each<[string, unknown, string, string]>([
    ['a text that is spelled as a number stays one', { type: 'string' }, '007', '"007"'],
    ['a number is a text where a text is declared', { type: 'string' }, '17', '"17"'],
    ['so is true', { type: 'string' }, 'true', '"true"'],
    ['nothing is an empty text', { type: 'string' }, '', '""'],
    ['or null where that may be', { type: ['string', 'null'] }, '', 'null'],
    ['a boolean', { type: 'boolean' }, 'false', 'false'],
    ['a boolean rather than a text', { type: ['boolean', 'string'] }, 'true', 'true'],
    ['a number rather than a text', { type: ['number', 'string'] }, '1e3', '1e3'],
    ['a fraction is no integer, but a text', { type: ['integer', 'string'] }, '1.0', '"1.0"'],
    ['quotes do not matter where no text may be', { type: 'integer' }, '"5"', '5'],
    ['nor around nothing', { type: ['integer', 'null'] }, '""', 'null'],
    ['they do where one may be', { type: ['integer', 'string'] }, '"5"', '"5"'],
    ['a list', { type: 'array' }, '"[1,""a""]"', '[1,"a"]'],
    ['an object over two lines', { type: 'object' }, '"{""a"":\n1}"', '{"a": 1}'],
    ['a time', { type: 'string', format: 'date-time' }, '20260101', '"20260101"'],
    ['where no type is declared the spelling decides', {}, '17', '17'],
  ])('%s', (_what, schema, field, json) => {
    const { kept, refused } = read('csv', `k,n\n1,${field}\n`, schemaOf({ n: schema }));
    expect({ kept, refused }).toEqual({ kept: [`{"k":1,"n":${json}}`], refused: [] });
  });

  test.each<[string, unknown, string, string]>([
    ['a text', { type: 'integer' }, '007', 'n is a string, and the schema wants an integer'],
    ['a fraction', { type: 'integer' }, '1.5', 'n is 1.5, and the schema wants an integer'],
    ['a number', { type: 'boolean' }, '1', 'n is an integer, and the schema wants true or false'],
    ['nothing', { type: 'number' }, '', 'n is null, and the schema wants a number'],
    ['nothing in quotes', { type: 'number' }, '""', 'n is a string, and the schema wants a number'],
    ['what is no list', { type: 'array' }, '"[1,"', 'n is a string, and the schema wants a list'],
    [
      'what is inside of a list',
      { type: 'array', items: { type: 'string' } },
      '[1]',
      'n[0] is an integer, and the schema wants a string',
    ],
  ])('refused is %s', (_what, schema, field, reason) => {
    const { kept, refused } = read('csv', `k,n\n1,${field}\n`, schemaOf({ n: schema }));
    expect({ kept, refused }).toEqual({ kept: [], refused: [`2: ${reason}`] });
  });

  it('keeps what --null says null', () => {
    const schema = schemaOf({ n: { type: 'string' }, m: { type: ['string', 'null'] } });
    const { kept, refused } = read('csv', 'n,m\nx,NA\nNA,x\n', schema, { nulls: ['NA'] });
    expect(kept).toEqual(['{"n":"x","m":null}']);
    expect(refused).toEqual(['3: n is null, and the schema wants a string']);
  });

  it('refuses each row where a column is strange to a closed schema, or one is missing', () => {
    const schema = schemaOf({ n: { type: 'string' } }, { additionalProperties: false, required: ['n'] });
    expect(read('csv', 'n,m\n1,2\n', schema).refused).toEqual(['2: the schema has no m']);
    expect(read('csv', 'n\n1\n', schema)).toEqual({ kept: ['{"n":"1"}'], refused: [] });
    expect(read('csv', 'm\n1\n', schemaOf({}, { required: ['n'] })).refused).toEqual([
      '2: n is missing, and the schema requires it',
    ]);
  });
});

test.each<[string, string, string]>([
  ['tsv', 'n\n007\n', '{"n":"007"}'],
  ['logfmt', 'n=17\n', '{"n":"17"}'],
  ['logfmt', 'n=null\n', '{"n":"null"}'],
  ['logfmt', 'n=\n', '{"n":""}'],
  ['logfmt', 'n\n', '{"n":"true"}'],
  ['regex:(?<n>.*);', '17;\n', '{"n":"17"}'],
])('%s is typed too: %j', (format, text, json) => {
  expect(read(format, text, schemaOf({ n: { type: 'string' } }))).toEqual({ kept: [json], refused: [] });
});

test('the process of syslog is a text where that is declared', () => {
  const line = 'Oct 11 22:14:15 host sshd[123]: text\n';
  const withYear = `<34>1 2003-10-11T22:14:15.003Z host su 17 - - ${line}`;
  const { kept } = read('syslog', withYear, schemaOf({ proc_id: { type: 'string' } }));
  expect(kept[0]).toContain('"proc_id":"17"');
});

describe('laws of declared types', () => {
  const names = ['a', 'a longer name', 'c'];
  const texts = [
    ...['', '0', '7', '007', '-1', '+1', '1.5', '1e3', '-0', 'true', 'false', 'True', 'null', 'x', 'x y'],
    ...[
      '[1,2]',
      '{"a":"b"}',
      '[',
      '{"a":\t1}',
      '["\\n"]',
      `${'9'.repeat(30)}`,
      `${'9'.repeat(30)}.0`,
      `-${'1'.repeat(1000)}`,
    ],
    ...['a "b"', 'a\\b', 'é', 'x'.repeat(40), '9'.repeat(1001)],
  ];
  const field = fc.record({ text: fc.constantFrom(...texts), quoted: fc.boolean() });
  const rows = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 30 });
  const types = fc.array(
    fc
      .integer({ min: 1, max: TYPE_ANY })
      .map(whole)
      .filter((types) => types !== TYPE_ANY),
    {
      minLength: 3,
      maxLength: 3,
    },
  );

  const quotedCsv = ({ text, quoted }: Field): string =>
    quoted || /["\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const isQuotedCsv = ({ text, quoted }: Field): Field => ({ text, quoted: quoted || /["\n,]/.test(text) });
  const goText = (text: string): string => text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\t', '\\t');
  const quotedGo = ({ text, quoted }: Field): string =>
    quoted || /["\t ]/.test(text) ? `"${goText(text)}"` : text;

  interface Format {
    readonly name: string;
    readonly nullIsWord: boolean;
    write(rows: readonly (readonly Field[])[]): string;
    /** How a field stands there. */
    form(field: Field): Field;
  }
  const formats: readonly Format[] = [
    {
      name: 'csv',
      nullIsWord: false,
      write: (all) => [names.join(','), ...all.map((row) => row.map(quotedCsv).join(',')), ''].join('\n'),
      form: isQuotedCsv,
    },
    {
      name: 'tsv',
      nullIsWord: false,
      write: (all) =>
        [
          names.join('\t'),
          ...all.map((row) =>
            row.map(({ text }) => text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t')).join('\t'),
          ),
          '',
        ].join('\n'),
      form: ({ text }) => ({ text, quoted: false }),
    },
    {
      name: 'logfmt',
      nullIsWord: true,
      write: (all) =>
        all.map((row) => `${row.map((each, k) => `${'abc'[k]}=${quotedGo(each)}`).join(' ')}\n`).join(''),
      form: ({ text, quoted }) => ({ text, quoted: quoted || /["\t ]/.test(text) }),
    },
  ];

  test.each(formats)('$name: a field is what it can be of its types, or its record is refused', (format) => {
    fc.assert(
      fc.property(types, rows, fc.boolean(), (declared, all, ragged) => {
        const called = format.name === 'logfmt' ? ['a', 'b', 'c'] : names;
        const schema: Schema = {
          members: new Map(called.map((name, k) => [name, { types: declared[k]!, required: true }])),
          closed: true,
        };
        // A line of tabs alone is blank.
        const lines = all.filter((row) => row.some(({ text, quoted }) => text !== '' || quoted));
        const expected = lines.map((row) =>
          row.map((each, k) => declaredText(format.form(each), declared[k]!, format.nullIsWord)),
        );
        const { kept, refused } = read(format.name, format.write(lines), schema, { ragged });
        expect(kept).toEqual(
          expected
            .filter((row) => !row.includes(undefined))
            .map((row) => `{${row.map((json, k) => `${JSON.stringify(called[k])}:${json}`).join(',')}}`),
        );
        expect(refused).toHaveLength(expected.filter((row) => row.includes(undefined)).length);
      }),
      { numRuns: 300 },
    );
  });
});

/** Types that a schema can say: what may be a fraction may be an integer. */
function whole(types: number): number {
  return (types & 8) === 0 ? types : types | 4;
}

import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { STRING_RESULT } from './result-schema.ts';
import { orderOf, startOf, type ValueList, ValueListAggregate } from './value-list.ts';

const QUOTE = 0x22;
const COMMA = ',';

/** What stands for a text inside of a JSON string. */
const inside = (text: string): string => JSON.stringify(text).slice(1, -1);

class StringAgg extends ValueListAggregate {
  /** The separator as it stands inside of a JSON string. */
  readonly #separator: Buffer;

  constructor(columns: Columns, separator: string) {
    super(columns);
    this.#separator = Buffer.from(inside(separator));
  }

  protected override write(values: ValueList | undefined, out: ByteWriter): void {
    if (values === undefined) {
      out.ascii('null');
      return;
    }
    const order = orderOf(values);
    out.byte(QUOTE);
    for (let i = 0; i < order.length; i++) {
      if (i > 0) out.copy(this.#separator, 0, this.#separator.length);
      writeText(values, order[i]!, out);
    }
    out.byte(QUOTE);
  }
}

/** Writes what a value adds to a string: a string its characters, in their escapes, any other its JSON. */
function writeText(values: ValueList, entry: number, out: ByteWriter): void {
  const { bytes } = values;
  const start = startOf(values, entry);
  const end = values.ends[entry]!;
  if (bytes[start] === QUOTE) out.copy(bytes, start + 1, end - 1);
  else out.utf8(inside(bytes.toString('utf8', start, end)));
}

function check([separator = COMMA]: readonly Literal[]): void {
  if (typeof separator === 'string') return;
  throw usageError(
    `string_agg wants a string between the values, not ${JSON.stringify(separator)}`,
    'write \'string_agg(path, ", ")\'',
  );
}

/** Postgres' `string_agg`, SQL's `listagg`. Every value is held. */
export const stringAgg: AggregateDefinition = {
  name: 'string_agg',
  summary:
    'join every FIELD to one string, by event time, then by position, with SEPARATOR (or a comma) between',
  usage: 'string_agg(FIELD[, SEPARATOR])',
  fields: 1,
  optionalLiterals: 1,
  numeric: false,
  mergedAnew: true,
  gives: STRING_RESULT,
  check,
  create: (columns, [separator = COMMA]) => new StringAgg(columns, String(separator)),
};

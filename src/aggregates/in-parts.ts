import { TidemarkError } from '../errors.ts';
import type { Columns } from '../state/columns.ts';
import { ABSENT } from '../stream/projection.ts';
import { ANY_VALUE } from '../stream/schema.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';

/** The aggregate whose result is its accumulator, as `save` writes it. */
export const saving = (definition: AggregateDefinition): AggregateDefinition => ({
  ...definition,
  // How an accumulator is written may show how it was merged.
  mergedAnew: true,
  gives: () => ANY_VALUE,
  create(columns: Columns, literals: readonly Literal[]): Aggregate {
    const aggregate = definition.create(columns, literals);
    return {
      add: (input, rows, slots, count) => aggregate.add(input, rows, slots, count),
      merge: (into, from) => aggregate.merge(into, from),
      ...continuing(aggregate),
      result: (slot, out) => aggregate.save!(slot, out),
    };
  },
});

/** What an aggregate has for values that are added apart. */
function continuing(aggregate: Aggregate): Pick<Aggregate, 'continueWith' | 'goOn'> {
  if (aggregate.continueWith === undefined) return {};
  return {
    continueWith: (into, from) => aggregate.continueWith!(into, from),
    goOn: (elsewhere) => aggregate.goOn!(elsewhere),
  };
}

/**
 * The aggregate over a field that holds accumulators, which `saving` wrote, instead of values.
 * @param name the member that they are in
 * @param line the line of a row of the batch that is added, for messages
 */
export const loading = (
  definition: AggregateDefinition,
  name: string,
  line: (row: number) => number,
): AggregateDefinition => ({
  ...definition,
  fields: 1,
  optionalFields: 0,
  numeric: false,
  create(columns: Columns, literals: readonly Literal[]): Aggregate {
    const aggregate = definition.create(columns, literals);
    return {
      add: (input, rows, slots, count) => loadAll(aggregate, name, line, input, rows, slots, count),
      merge: (into, from) => aggregate.merge(into, from),
      ...continuing(aggregate),
      result: (slot, out) => aggregate.result(slot, out),
      get loaded() {
        return aggregate.loaded;
      },
      set loaded(position) {
        aggregate.loaded = position;
      },
    };
  },
});

function loadAll(
  aggregate: Aggregate,
  name: string,
  line: (row: number) => number,
  input: AggregateInput,
  rows: Int32Array,
  slots: Int32Array,
  count: number,
): void {
  const { bytes } = input;
  const { type, start, end } = input.values[0]!;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (type[row] === ABSENT) throw notPartial(line(row), `there is no partial result ${name}`);
    try {
      aggregate.load!(slots[i]!, bytes, start[row]!, end[row]!);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      const text = bytes.toString('utf8', start[row]!, Math.min(end[row]!, start[row]! + 40));
      throw notPartial(line(row), `${name} is no partial result: ${text}`);
    }
  }
}

const notPartial = (line: number, message: string): TidemarkError =>
  new TidemarkError('failed', message, {
    line,
    hint: 'it must come from `tm combine --partial` as it was written, with the same arguments',
  });

import { loading, saving } from '../aggregates/in-parts.ts';
import type { Operand } from '../expressions/operand.ts';
import { nameOfPath } from '../json/path.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { type Batch, EVENT, UNMERGED } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { Combine } from './combine.ts';
import type { CombineOptions } from './combine-options.ts';
import type { Operator, OperatorContext, Work } from './operator.ts';
import { expectPartial, partialResults, withoutPartial, withPartial } from './partial-header.ts';

/**
 * Combines a part of the input: its results are accumulators in place of values, and the header says so. What it
 * writes for all parts, `CombineParts` merges to results.
 */
export function combinePart(options: CombineOptions, context: OperatorContext): Combine {
  const { results: _, ...others } = options;
  const partial = partialResults(options.by, options.aggregates);
  const aggregates = options.aggregates.map((aggregate) => ({
    ...aggregate,
    definition: saving(aggregate.definition),
  }));
  return new Combine(
    { ...others, aggregates, parts: '--partial' },
    {
      ...context,
      emitMarker: (output, marker) =>
        context.emitMarker(
          output,
          marker.kind === 'stream' ? { kind: 'stream', header: withPartial(marker.header, partial) } : marker,
        ),
    },
  );
}

const member = (name: string): Operand => ({ text: name, steps: [name] });

/** Merges what `combinePart` wrote, and writes the results. */
export class CombineParts implements Operator {
  readonly #options: CombineOptions;
  readonly #combine: Combine;
  /** Sessions of a part are to be merged with those of other parts, like single events. */
  #sessions = false;
  /** The batch that is read: for the lines of its events. */
  #batch: Batch | undefined;

  constructor(options: CombineOptions, context: OperatorContext) {
    this.#options = options;
    const line = (row: number): number => this.#batch!.line[row]!;
    this.#combine = new Combine(
      {
        ...options,
        parts: '--final',
        by: options.by.map((path) => member(nameOfPath(path))),
        aggregates: options.aggregates.map(({ name, definition, literals }) => ({
          name,
          definition: loading(definition, name, line),
          fields: [member(name)],
          literals,
        })),
      },
      context,
    );
  }

  get state(): OperatorState {
    return this.#combine.state;
  }

  onBatch(input: number, batch: Batch): Work {
    this.#batch = batch;
    if (this.#sessions) {
      for (let row = 0; row < batch.rows; row++)
        if (batch.kind[row] === EVENT && batch.windowCount[row] === 1) batch.windowCount[row] = UNMERGED;
    }
    return this.#combine.onBatch(input, batch);
  }

  onMarker(input: number, marker: Marker): Work {
    if (marker.kind !== 'stream') return this.#combine.onMarker(input, marker);
    const { by, aggregates } = this.#options;
    expectPartial(marker.header, partialResults(by, aggregates));
    this.#sessions = marker.header.windowing.kind === 'session';
    return this.#combine.onMarker(input, { kind: 'stream', header: withoutPartial(marker.header) });
  }
}

import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import { callInWords } from '../expressions/aggregate-argument.ts';
import type { Operand } from '../expressions/operand.ts';
import { nameOfPath } from '../json/path.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { Firing } from '../stream/firing.ts';
import type { Windowing } from '../stream/marker.ts';
import { ComputedResults, type LabelPane, type Result } from './computed-results.ts';
import type { OperatorContext } from './operator.ts';
import { type Order, PaneWriter } from './pane-writer.ts';
import { WINDOWS, windowsInWords } from './state-shape.ts';

/** What `combine` is asked for, however windows fire. */
export interface CombineOptions {
  readonly by: readonly Operand[];
  readonly aggregates: readonly AggregateArgument[];
  /** What is written, where that is not just the results of the aggregates. */
  readonly results?: readonly Result[];
  /** Order of the results of a window; empty: by key. */
  readonly order: readonly Order[];
  /** Results that a window gives at most. */
  readonly limit: number;
  /** No order is needed: the results of a window come in any. */
  readonly unordered?: boolean;
  /** Whether accumulators are written, or read, in place of values. */
  readonly parts?: '--partial' | '--final';
  /** What groups may take in memory, bytes, before they are written to disk; undefined: all that there is. */
  readonly memory?: number;
}

/**
 * Writes the results; tells of those that cannot be computed, of each once.
 * @param label undefined: results are no panes
 */
export function paneWriter(options: CombineOptions, context: OperatorContext, label?: LabelPane): PaneWriter {
  const { by, aggregates, results, order, limit, unordered } = options;
  const names = aggregates.map(({ name }) => name);
  /** Results of which it was told that they cannot be computed for a group. */
  const uncomputed = new Set<string>();
  const tell = (name: string, reason: string): void => {
    context.count('uncomputed', 1);
    if (uncomputed.has(name)) return;
    uncomputed.add(name);
    context.notice(`${name} of a group cannot be computed: ${reason}: it is null there`);
  };
  return new PaneWriter(
    by.map(nameOfPath),
    results?.filter(({ unwritten }) => unwritten !== true).map(({ name }) => name) ?? names,
    unordered === true ? undefined : order,
    limit,
    results && new ComputedResults(results, names, tell, label),
  );
}

/** What of a shape must stay as it is; all else are results, which may come and go. */
export const FIXED_SHAPE: readonly string[] = ['--by', WINDOWS, '--partial', '--final'];

/**
 * What a saved state of combine depends on.
 * @param firing undefined: windows fire once
 */
export function combineShape(
  { by, aggregates, parts }: CombineOptions,
  windowing: Windowing,
  firing?: Firing,
): StateShape {
  return {
    ...Object.fromEntries(aggregates.map((argument) => [argument.name, callInWords(argument)])),
    '--by': by.map(({ text }) => text).join(','),
    [WINDOWS]: windowsInWords(windowing, firing),
    ...(parts === undefined ? {} : { [parts]: 'given' }),
  };
}

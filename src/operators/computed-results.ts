import type { Buffer } from 'node:buffer';
import type { BoundValue, Evaluator } from '../expressions/evaluator.ts';
import type { Expression } from '../expressions/expression.ts';
import { languageAtHand } from '../expressions/late-language.ts';
import { EvaluationError } from '../expressions/value.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { Batch } from '../stream/batch.ts';
import type { GroupRows } from '../windows/grouping.ts';
import type { Groups } from './groups.ts';
import { memberName } from './member-name.ts';

/** What is computed of results. */
export interface ComputedMember {
  readonly name: string;
  readonly expression: Expression;
  /** Others are ordered by it; such stand behind those that are written. */
  readonly unwritten?: true;
}

/** Says in the last row of a batch which pane of its group the result is. */
export type LabelPane = (slot: number, batch: Batch) => void;

/** A member of what combine writes: the result of an aggregate, or what is computed of several. */
export type Result =
  | { readonly name: string; readonly aggregate: number; readonly unwritten?: undefined }
  | ComputedMember;

/**
 * What is computed of the results of a group: an event is made of the members of its key and of all its results, and the
 * expressions are computed over that. One that cannot be computed is null, and that is told.
 */
export class ComputedResults {
  readonly #results: readonly Result[];
  readonly #names: readonly Buffer[];
  readonly #evaluator: Evaluator;
  /** Of the results, the index of its expression; -1: it is an aggregate's. */
  readonly #indexes: readonly number[];
  readonly #batch = new Batch(1, 1024);
  readonly #members = new ByteWriter(1024);
  /** Where the values of aggregates stand in `#members`: start and end of each. */
  readonly #spans: number[] = [];
  readonly #failed: (result: string, reason: string) => void;
  /** Undefined: results are no panes, or nothing is asked of these. */
  readonly #label: LabelPane | undefined;

  /**
   * @param aggregates names of all aggregates, in their order
   * @param failed told of each result that cannot be computed
   * @param label undefined: results are no panes
   */
  constructor(
    results: readonly Result[],
    aggregates: readonly string[],
    failed: (result: string, reason: string) => void,
    label?: LabelPane,
  ) {
    this.#results = results;
    this.#names = aggregates.map(memberName);
    this.#failed = failed;
    const expressions: Expression[] = [];
    const byName = new Map<string, number>();
    this.#indexes = results.map((result) => {
      if ('aggregate' in result) return -1;
      byName.set(result.name, expressions.length);
      return expressions.push(result.expression) - 1;
    });
    const bound: BoundValue = (name, _batch, row) => evaluator.value(byName.get(name)!, row);
    const { Evaluator: Computing } = languageAtHand();
    const evaluator: Evaluator = new Computing(expressions, 1, bound, new Set(byName.keys()));
    this.#evaluator = evaluator;
    this.#label = expressions.some(({ readsMetadata }) => readsMetadata) ? label : undefined;
  }

  /** Computes the results of a group of the window that is closed. */
  read(groups: Groups<GroupRows>, slot: number, keyNames: readonly Buffer[]): void {
    const { grouping, spellings, aggregates } = groups;
    const members = this.#members;
    members.clear();
    spellings.write(members, grouping.keys, grouping.keySlot(slot), slot, keyNames);
    this.#spans.length = 0;
    this.#names.forEach((name, i) => {
      if (members.length > 0) members.byte(COMMA);
      members.copy(name, 0, name.length);
      this.#spans.push(members.length);
      aggregates[i]!.result(slot, members);
      this.#spans.push(members.length);
    });
    const batch = this.#batch;
    batch.clear();
    batch.reserve(members.length);
    members.bytes.copy(batch.bytes, 0, 0, members.length);
    batch.used = members.length;
    const row = batch.addEvent(groups.resultTime(slot), 0, members.length, 0);
    const { start, end } = grouping.closed;
    if (end !== Number.POSITIVE_INFINITY) {
      batch.windowStart[row] = start;
      batch.windowEnd[row] = end;
      batch.windowCount[row] = 1;
    }
    this.#label?.(slot, batch);
    this.#evaluator.read(batch);
  }

  /** Writes the result of that number of the group read last. */
  write(index: number, out: ByteWriter): void {
    const result = this.#results[index]!;
    if ('aggregate' in result) {
      const at = 2 * result.aggregate;
      out.copy(this.#members.bytes, this.#spans[at]!, this.#spans[at + 1]!);
      return;
    }
    try {
      this.#evaluator.write(this.#indexes[index]!, 0, out);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#failed(result.name, error.reason);
      out.ascii('null');
    }
  }
}

const COMMA = 0x2c;

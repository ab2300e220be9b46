import type { Evaluator } from '../expressions/evaluator.ts';
import type { Expression } from '../expressions/expression.ts';
import { languageAtHand } from '../expressions/late-language.ts';
import { walk } from '../expressions/node.ts';
import { EvaluationError } from '../expressions/value.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import type { Batch } from '../stream/batch.ts';
import { windowEnd, windowStart } from './meta.ts';

/** The event as it is, in all its windows, and not one record of those that are made of it. */
export const WHOLE_EVENT = -1;

/** What templates compute of events. All writers of a template share it. */
export class ComputedTexts {
  readonly expressions: readonly Expression[];
  /** For the largest batch so far. */
  #evaluator: Evaluator | undefined;
  #capacity = 0;
  #batch: Batch | undefined;
  /** The value written last, as JSON. */
  readonly json = new ByteWriter(256);

  constructor(expressions: readonly Expression[]) {
    this.expressions = expressions;
  }

  /** To be called before the values of a batch's events are asked for. @throws TidemarkError `failed` for what is not JSON */
  read(batch: Batch): void {
    if (this.#evaluator === undefined || this.#capacity < batch.capacity) {
      const { Evaluator } = languageAtHand();
      this.#evaluator = new Evaluator(this.expressions, batch.capacity);
      this.#capacity = batch.capacity;
    }
    this.#evaluator.read(batch);
    this.#batch = batch;
  }

  /**
   * Whether there is a value, which stands in `json` then: none is null, and what cannot be computed.
   * @param record which of the event's windows it is asked for, or `WHOLE_EVENT`
   */
  compute(index: number, row: number, record: number): boolean {
    const batch = this.#batch!;
    if (record === WHOLE_EVENT || batch.windowCount[row]! <= 1) return this.#compute(index, row);
    const { windowStart: starts, windowEnd: ends, windowCount: counts } = batch;
    const [start, end, count] = [starts[row]!, ends[row]!, counts[row]!];
    [starts[row], ends[row]] = [windowStart(batch, row, record), windowEnd(batch, row, record)];
    counts[row] = 1;
    try {
      return this.#compute(index, row);
    } finally {
      [starts[row], ends[row], counts[row]] = [start, end, count];
    }
  }

  #compute(index: number, row: number): boolean {
    const { json } = this;
    json.clear();
    try {
      this.#evaluator!.write(index, row, json);
    } catch (error) {
      if (error instanceof EvaluationError) return false;
      throw error;
    }
    return json.bytes[0] !== NULL;
  }
}

/** Whether it is another one for each window of an event. */
export const readsWindow = ({ root }: Expression): boolean =>
  [...walk(root)].some((node) => node.kind === 'metadata' && node.name !== 'event_time');

/** The first letter of null. */
const NULL = 0x6e;

import { Buffer } from 'node:buffer';
import { Evaluator } from '../../src/expressions/evaluator.ts';
import { type Bindings, parseExpression } from '../../src/expressions/expression.ts';
import { EvaluationError } from '../../src/expressions/value.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch } from '../../src/stream/batch.ts';

/** A batch of events in the global window, a second apart, from their JSON. */
export function batchOf(events: readonly string[]): Batch {
  const batch = new Batch(Math.max(events.length, 1), 16);
  events.forEach((event, row) => {
    const members = Buffer.from(event.trim().slice(1, -1));
    batch.reserve(members.length);
    const start = batch.used;
    members.copy(batch.bytes, start);
    batch.used += members.length;
    batch.addEvent(1_431_857_103_000 + row * 1000, start, batch.used, row + 1);
  });
  return batch;
}

/** The JSON of an expression over one event; `rejected: …` where the event is. */
export function computed(text: string, event = '{}', bindings?: Bindings): string {
  const evaluator = new Evaluator([parseExpression(text, bindings)], 1);
  evaluator.read(batchOf([event]));
  const out = new ByteWriter();
  try {
    evaluator.write(0, 0, out);
  } catch (error) {
    if (error instanceof EvaluationError) return `rejected: ${error.reason}`;
    throw error;
  }
  return out.toString();
}

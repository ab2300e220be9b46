import type { Buffer } from 'node:buffer';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import type { Gain, Gains } from './map-gains.ts';
import { MAIN, type OperatorContext } from './operator.ts';
import { addResult } from './user-event.ts';

type Steps = Generator<undefined | Promise<void>, void, void>;

/** Bytes of results that are handed on at once. */
const OUTPUT_BYTES = 1 << 16;

/** Results of calls that have gone well: collected, and handed on in order. */
export class MapResults {
  readonly #context: OperatorContext;
  readonly #out = new Batch(BATCH_ROWS, OUTPUT_BYTES * 2);
  /** Of side outputs that were given something; freed never: there are as many as are connected. */
  readonly #sides = new Map<number, Batch>();

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** What calls have given counts. @param from the bytes of the events that were handed over */
  *keep(gains: Gains, from: Buffer): Steps {
    for (const result of gains.results) {
      const { output } = result;
      const out = this.#batchOf(output);
      if (out.full || out.used >= OUTPUT_BYTES) yield* this.#flush(output, out);
      write(result, gains.bytes, from, out);
    }
    gains.forgetResults();
  }

  /** Passes on a row that is no event. */
  *pass(batch: Batch, row: number): Steps {
    if (this.#out.full) yield* this.#flush(MAIN, this.#out);
    this.#out.addRow(batch, row);
  }

  /** Hands on all that counts: side outputs first, of which somebody may be told in the stream. */
  *flush(): Steps {
    for (const [output, batch] of this.#sides) yield* this.#flush(output, batch);
    yield* this.#flush(MAIN, this.#out);
  }

  #batchOf(output: number): Batch {
    if (output === MAIN) return this.#out;
    let batch = this.#sides.get(output);
    if (batch === undefined) {
      batch = new Batch();
      this.#sides.set(output, batch);
    }
    return batch;
  }

  *#flush(output: number, batch: Batch): Steps {
    if (batch.rows === 0) return;
    yield this.#context.emit(output, batch);
    batch.clear();
  }
}

function write({ call, start, end, time }: Gain, gained: Buffer, events: Buffer, out: Batch): void {
  const own = start >= 0;
  const bytes = own ? gained : events;
  const from = own ? start : call.view!.start;
  const to = own ? end : call.view!.end;
  out.reserve(to - from);
  const at = out.used;
  out.used += bytes.copy(out.bytes, at, from, to);
  addResult(out, call.origin, time, at, out.used);
}

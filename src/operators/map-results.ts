import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import { type MapCall, TimedEvent } from './map-call.ts';
import { MAIN, type OperatorContext } from './operator.ts';
import { addResult, type UserEvent, writeMembers } from './user-event.ts';

/** One result of a call that is not known yet to go well. */
interface Pending {
  readonly call: MapCall;
  readonly output: number;
  /** ms. */
  readonly time: number;
  /** Where its members are in `#bytes`; -1: it is the event, as it came. */
  readonly start: number;
  readonly end: number;
}

type Steps = Generator<undefined | Promise<void>, void, void>;

/** Bytes of results that are handed on at once. */
const OUTPUT_BYTES = 1 << 16;

/** What calls of a user's functions give: held until the call has gone well, then collected, and handed on in order. */
export class MapResults {
  readonly #context: OperatorContext;
  readonly #out = new Batch(BATCH_ROWS, OUTPUT_BYTES * 2);
  /** Of side outputs that were given something; freed never: there are as many as are connected. */
  readonly #sides = new Map<number, Batch>();
  /** What the call that is made has given so far; freed with the call. */
  #pending: Pending[] = [];
  readonly #bytes = new ByteWriter(1 << 12);

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** Results of the call that is made. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * A result of a call, as it is now: what the function does with it later does not show.
   * @throws TidemarkError `failed` for what is no event
   */
  add(call: MapCall, output: number, event: unknown): void {
    const timed = event instanceof TimedEvent;
    const members = timed ? event.event : event;
    if (typeof members !== 'object' || members === null || Array.isArray(members))
      throw new TidemarkError('failed', `${inWords(members)} is no event: an event is an object`);
    const time = timed ? event.time : call.origin.time;
    const { view } = call;
    if (view?.isUntouched(members as UserEvent) === true) {
      this.#pending.push({ call, output, time, start: -1, end: -1 });
      return;
    }
    const start = this.#bytes.length;
    if (view === undefined) writeMembers(members as UserEvent, this.#bytes);
    else view.write(members as UserEvent, this.#bytes);
    this.#pending.push({ call, output, time, start, end: this.#bytes.length });
  }

  /** What is pending counts. @param from the bytes of the events that were handed over */
  *keep(from: Buffer): Steps {
    for (const result of this.#pending) {
      const { output } = result;
      const out = this.#batchOf(output);
      if (out.full || out.used >= OUTPUT_BYTES) yield* this.#flush(output, out);
      this.#write(result, from, out);
    }
    this.forget();
  }

  /** What is pending does not count. */
  forget(): void {
    if (this.#pending.length > 0) this.#pending = [];
    this.#bytes.clear();
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

  #write({ call, start, end, time }: Pending, events: Buffer, out: Batch): void {
    const own = start >= 0;
    const bytes = own ? this.#bytes.bytes : events;
    const from = own ? start : call.view!.start;
    const to = own ? end : call.view!.end;
    out.reserve(to - from);
    const at = out.used;
    out.used += bytes.copy(out.bytes, at, from, to);
    addResult(out, call.origin, time, at, out.used);
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

const inWords = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : typeof value === 'object' ? String(value) : `a ${typeof value}`;

import { Buffer } from 'node:buffer';
import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { BATCH_ROWS, Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { GroupKey } from './group-key.ts';
import { OperandColumns } from './operand-columns.ts';
import { EXCESS, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { SideBatch } from './side-batch.ts';
import { TokenBuckets } from './token-buckets.ts';
import { tellUnseen } from './unseen-fields.ts';

export interface ThrottleOptions {
  /** Between two tokens, ms. */
  readonly interval: number;
  /** Tokens that a bucket holds. */
  readonly burst: number;
  /** Each key has a bucket of its own; without fields there is one for all. */
  readonly by: readonly Operand[];
  /** What becomes of an event for which there is no token. */
  readonly onExcess: 'wait' | 'drop';
}

/** Processing time, which operators have none of; `now` in ms, of a clock that nobody sets. */
export interface Pace {
  now(): number;
  /** Settles after so many ms or a little later, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Shorter intervals than this no timer keeps, ms: what it has overslept is made up for … */
const TIMER = 1;
/** … as far as this, ms. */
const SLACK = 20;

const NO_KEY = Buffer.alloc(0);

/**
 * Lets events through at a rate of processing time. Those over it wait, and with them all that stands behind them; or
 * they are taken out. What stands before an event never waits for it. What passes depends on when it comes: this operator
 * deals with the world's time.
 */
export class Throttle implements Operator {
  readonly reads: readonly string[];
  readonly #options: ThrottleOptions;
  readonly #pace: Pace;
  readonly #context: OperatorContext;
  readonly #operands: OperandColumns;
  readonly #key: GroupKey;
  readonly #buckets: TokenBuckets;
  readonly #slack: number;
  readonly #excess: SideBatch;
  readonly #rejected: RejectedEvents;
  /** Rows before one that waits. */
  readonly #part = new Batch(BATCH_ROWS, 1 << 12);
  readonly #stopped = new AbortController();
  #events = 0;
  #dropped = 0;

  constructor(options: ThrottleOptions, pace: Pace, context: OperatorContext) {
    this.#options = options;
    this.#pace = pace;
    this.#context = context;
    this.#operands = new OperandColumns(
      options.by.map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    this.#key = new GroupKey(this.#operands.columns);
    this.#buckets = new TokenBuckets(options.interval, options.burst);
    this.#slack = options.interval < TIMER ? SLACK : 0;
    this.#excess = new SideBatch(EXCESS, context);
    this.#rejected = new RejectedEvents(context);
    this.reads = this.#operands.projection.names;
  }

  /** Keys whose buckets are remembered. */
  get keys(): number {
    return this.#buckets.count;
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    if (this.#options.by.length > 0) this.#operands.read(batch);
    if (this.#operands.failing) {
      this.#reject(batch);
      yield this.#rejected.flush();
    }
    if (this.#options.onExcess === 'wait') {
      yield* this.#letThrough(batch);
      return;
    }
    this.#takeOut(batch);
    yield this.#excess.flush();
    yield this.#context.emit(MAIN, batch);
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') this.#tell();
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    checkOption('--by', marker.header, this.#options.by);
    const header = throughCommand(marker.header, 'throttle');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  async abort(): Promise<void> {
    this.#stopped.abort();
  }

  /** Takes out the events whose key cannot be computed. */
  #reject(batch: Batch): void {
    for (let row = 0; row < batch.rows; row++) {
      const failure = batch.kind[row] === EVENT ? this.#operands.failure(row) : undefined;
      if (failure === undefined) continue;
      this.#events++;
      this.#rejected.addFailure(batch, row, failure);
      batch.kind[row] = SKIPPED;
    }
  }

  /** Hands on the rows before an event that has to wait, and then waits for its token. */
  *#letThrough(batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const { signal } = this.#stopped;
    let now = this.#pace.now();
    /** The time as of which tokens are taken: behind `now` where a timer has overslept. */
    let at = now;
    /** The first row that has not been handed on. */
    let from = 0;
    this.#buckets.advance(now);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      this.#events++;
      const earliest = this.#earliest(batch, row);
      if (earliest > now) {
        yield* this.#emitRows(batch, from, row);
        from = row;
        now = this.#pace.now();
        // A reader that was slow has cost time, which is not given back.
        at = Math.max(at, now - this.#slack);
        while (earliest > now && !signal.aborted) {
          yield this.#pace.sleep(Math.ceil(earliest - now), signal);
          now = this.#pace.now();
        }
        if (signal.aborted) return;
      }
      at = Math.max(at, earliest);
      this.#buckets.take(at);
    }
    if (from === 0) yield this.#context.emit(MAIN, batch);
    else yield* this.#emitRows(batch, from, batch.rows);
  }

  *#emitRows(batch: Batch, from: number, to: number): Generator<undefined | Promise<void>, void, void> {
    const part = this.#part;
    part.clear();
    for (let row = from; row < to; row++) if (batch.kind[row] !== SKIPPED) part.copyRow(batch, row);
    if (part.rows > 0) yield this.#context.emit(MAIN, part);
  }

  /** All events of a batch have come at the same time. */
  #takeOut(batch: Batch): void {
    const now = this.#pace.now();
    this.#buckets.advance(now);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      this.#events++;
      if (this.#hasToken(batch, row, now)) {
        this.#buckets.take(now);
        continue;
      }
      this.#dropped++;
      this.#context.count('excess', 1);
      this.#excess.add(batch, row);
      batch.kind[row] = SKIPPED;
    }
  }

  #earliest(batch: Batch, row: number): number {
    if (this.#options.by.length === 0) return this.#buckets.earliest(NO_KEY, 0, 0);
    this.#key.read(batch, row);
    return this.#buckets.earliest(this.#key.bytes, this.#key.start, this.#key.end);
  }

  #hasToken(batch: Batch, row: number, now: number): boolean {
    if (this.#options.by.length === 0) return this.#buckets.has(now, NO_KEY, 0, 0);
    this.#key.read(batch, row);
    return this.#buckets.has(now, this.#key.bytes, this.#key.start, this.#key.end);
  }

  #tell(): void {
    this.#rejected.tell();
    if (this.#options.by.length > 0) tellUnseen(this.#operands.projection, this.#events, this.#context);
    if (this.#dropped === 0) return;
    const kept = this.#context.connected(EXCESS);
    this.#context.notice(
      `${this.#dropped.toLocaleString('en')} of ${this.#events.toLocaleString('en')} events were over the rate and were taken out`,
      kept ? undefined : '--excess-to FILE keeps them',
    );
  }
}

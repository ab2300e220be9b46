import { BATCH_ROWS, Batch } from '../stream/batch.ts';

export interface OrderedRowsOptions<R> {
  /** Rows that are held at least, before the input has to wait. */
  readonly capacity: number;
  /**
   * Writes a row whose turn has come to `out`, or leaves it out.
   * @param result what `settle` gave; undefined: the row needed none
   */
  write(held: Batch, row: number, result: R | undefined, out: Batch): void;
  /** Hands on what was written; `out` is used again when it settles. */
  emit(out: Batch): undefined | Promise<void>;
  /** Called with the first failure: nothing is written after it. */
  failed(error: unknown): void;
}

/** Bytes of rows that half of the buffer holds, unless one row is longer. */
const HELD_BYTES = 1 << 20;
/** Cost of results that are waiting for their turn, at most: bytes. */
const RESULT_BYTES = 1 << 26;
/** Bytes that are handed on at once. */
const OUTPUT_BYTES = 1 << 16;

/**
 * Rows that wait for results which come in any order, and leave in the order in which they came: the rows whose
 * results are there leave at once, without waiting for more input. Two halves take turns, one being filled while
 * the other empties, so that nothing is moved.
 */
export class OrderedRows<R> {
  readonly #options: OrderedRowsOptions<R>;
  readonly #halves: readonly [Half<R>, Half<R>];
  /** The half that rows are added to, and the one whose rows leave. */
  #filling: 0 | 1 = 0;
  #leaving: 0 | 1 = 0;
  #resultBytes = 0;
  /** Rows that leave together; empty between two hand-overs. */
  readonly #out = new Batch(BATCH_ROWS, OUTPUT_BYTES * 2);
  /** Rows are leaving, or will before anything else happens. */
  #busy = false;
  #failure: { readonly error: unknown } | undefined;
  /** Nothing leaves: a snapshot is being taken of what is held. */
  #paused = false;
  /** Those who wait for `room`, `drained` or `pause`; each looks again when it is woken. */
  #sleepers: (() => void)[] = [];

  constructor(options: OrderedRowsOptions<R>) {
    this.#options = options;
    this.#halves = [new Half(options.capacity), new Half(options.capacity)];
  }

  /** Rows held. */
  get size(): number {
    return this.#halves[0].size + this.#halves[1].size;
  }

  /**
   * Waits until a row can be held; undefined: it can be now.
   * @throws the failure, if there is one
   */
  room(): undefined | Promise<void> {
    this.check();
    return this.#hasRoom() ? undefined : this.#until(() => this.#hasRoom());
  }

  /** Waits until all rows have left; undefined: they have. Throws the failure, if there is one. */
  drained(): undefined | Promise<void> {
    this.check();
    const empty = (): boolean => this.size === 0 && !this.#busy;
    return empty() ? undefined : this.#until(empty);
  }

  /**
   * From now on nothing leaves, until `resume`. Waits until what is leaving has left; undefined: nothing is. Throws the
   * failure, if there is one.
   */
  pause(): undefined | Promise<void> {
    this.check();
    this.#paused = true;
    return this.#busy ? this.#until(() => !this.#busy) : undefined;
  }

  resume(): void {
    this.#paused = false;
    this.#start();
  }

  /** Shows the rows that are held, in their order. */
  visit(see: (held: Batch, row: number) => void): void {
    for (const index of [this.#leaving, this.#leaving ^ 1] as const) {
      const half = this.#halves[index as 0 | 1];
      for (let row = half.gone; row < half.batch.rows; row++) see(half.batch, row);
    }
  }

  /** @throws the failure, if there is one */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The work has failed: whoever waits is told, and whoever calls next. The first failure counts. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#options.failed(error);
    this.#wake();
  }

  /** Keeps a copy of a row that needs no result. There is room. */
  pass(from: Batch, row: number): void {
    this.#halves[this.#filling].batch.copyRow(from, row);
    this.#start();
  }

  /** Keeps a copy of a row until `settle` is called with what is returned. There is room. */
  hold(from: Batch, row: number): number {
    const half = this.#halves[this.#filling];
    const at = half.batch.copyRow(from, row);
    half.pending[at] = 1;
    return at * 2 + this.#filling;
  }

  /**
   * The result of a row has come.
   * @param bytes memory that the result takes
   */
  settle(ticket: number, result: R, bytes: number): void {
    const half = this.#halves[ticket & 1]!;
    const at = ticket >> 1;
    half.pending[at] = 0;
    half.results[at] = result;
    half.bytes[at] = bytes;
    this.#resultBytes += bytes;
    this.#start();
  }

  #hasRoom(): boolean {
    if (this.#resultBytes > RESULT_BYTES) return false;
    if (!this.#halves[this.#filling].full) return true;
    const other = (this.#filling ^ 1) as 0 | 1;
    if (this.#halves[other].size > 0) return false;
    this.#filling = other;
    return true;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve);
      });
      this.check();
    }
  }

  #wake(): void {
    const sleepers = this.#sleepers;
    if (sleepers.length === 0) return;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }

  /** Lets rows leave, behind what is going on now: results that come together leave together. */
  #start(): void {
    if (this.#busy || this.#paused || this.#failure !== undefined) return;
    this.#busy = true;
    queueMicrotask(() => this.#run());
  }

  async #run(): Promise<void> {
    const { emit } = this.#options;
    const out = this.#out;
    try {
      for (let wrong: { error: unknown } | undefined; this.#failure === undefined && !this.#paused; ) {
        const before = this.size;
        try {
          this.#leave(out);
        } catch (error) {
          // What came before the row leaves first.
          wrong = { error };
        }
        if (this.size === before && wrong === undefined) break;
        this.#wake();
        const emitted = emit(out);
        if (emitted !== undefined) await emitted;
        out.clear();
        if (wrong !== undefined) throw wrong.error;
      }
    } catch (error) {
      this.fail(error);
    }
    this.#busy = false;
    this.#wake();
  }

  /** Writes rows up to the first whose result is not there, or as many as leave at once. */
  #leave(out: Batch): void {
    while (!out.full && out.used < OUTPUT_BYTES) {
      const half = this.#halves[this.#leaving];
      if (half.size === 0) {
        half.clear();
        if (this.#leaving === this.#filling) return;
        this.#leaving = this.#filling;
        continue;
      }
      const row = half.gone;
      if (half.pending[row] === 1) return;
      half.gone++;
      const result = half.results[row];
      half.results[row] = undefined;
      this.#resultBytes -= half.bytes[row]!;
      half.bytes[row] = 0;
      this.#options.write(half.batch, row, result, out);
    }
  }
}

/** Half of the rows held; used again when all of them have left. */
class Half<R> {
  readonly batch: Batch;
  /** 1 for rows whose result has not come. */
  readonly pending: Uint8Array;
  readonly results: (R | undefined)[] = [];
  /** What each result takes. */
  readonly bytes: Float64Array;
  /** Rows that have left. */
  gone = 0;

  constructor(capacity: number) {
    this.batch = new Batch(capacity, 1 << 12);
    this.pending = new Uint8Array(capacity);
    this.bytes = new Float64Array(capacity);
  }

  get size(): number {
    return this.batch.rows - this.gone;
  }

  get full(): boolean {
    return this.batch.full || this.batch.used >= HELD_BYTES;
  }

  clear(): void {
    this.batch.clear();
    this.gone = 0;
  }
}

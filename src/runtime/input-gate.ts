import { TidemarkError } from '../errors.ts';
import type { Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { Batch, EVENT, SKIPPED, TICK, WATERMARK } from '../stream/batch.ts';
import type { Header, Marker } from '../stream/marker.ts';
import type { NamedHeader } from '../stream/merged-header.ts';
import { type InputItem, InputQueue } from './input-queue.ts';
import { type HeldInputs, inputState } from './input-state.ts';
import { InputTimes } from './input-times.ts';
import type { Outlet } from './operator-host.ts';
import { RowCollector } from './row-collector.ts';

/** `watermark`: the input that is furthest behind is taken next, so that the order is that of the inputs alone; `arrival`: what is there. */
export type InputOrder = 'watermark' | 'arrival';

export interface InputGateOptions {
  /** Names of the inputs, in order: `input 2 (clicks.stream)`. */
  readonly names: readonly string[];
  /** Undefined: by watermark where all inputs are bounded. */
  readonly order: InputOrder | undefined;
  /** Whether the operator takes rows of several inputs in one batch. */
  readonly mixed: boolean;
  /** One header for the operator, of those of all inputs. @throws TidemarkError `usage` where they do not belong together */
  header(inputs: readonly NamedHeader[]): Header;
  /** Told when nothing can be done before more has come, and when something has. */
  onWait(waiting: boolean): void;
  /** Told when the input whose turn it is goes on in a later run only: nothing more is taken in this one. */
  onExhausted(): void;
  notice(message: string, hint?: string): void;
}

/**
 * Several inputs of one operator, which are brought by turns and taken in one order: the one place that knows alignment, idle
 * inputs and the lowest watermark. The operator is given the rows of each input with its number; watermarks and ticks among
 * them are those of all inputs together, and so are the markers, which come with number 0: one header, a barrier when
 * all inputs have had it, one end.
 *
 * By watermark each line is that of the input whose watermark is lowest (of equal ones the first): what comes out depends on
 * no pace and on no block. So it is with barriers, too: where one is met, lines of other inputs that stand before theirs and
 * whose turn has not come are kept with the state (Chandy and Lamport, TOCS 1985: the state of the channels), not taken before
 * it. By arrival an input that has had a barrier waits until all have.
 *
 * Where state is kept, an input that goes on in a later run keeps its turn: what the others bring waits for that run, too.
 */
export class InputGate implements HeldInputs {
  readonly times: InputTimes;
  readonly queues: readonly InputQueue[];
  readonly #options: InputGateOptions;
  #operator: Operator | undefined;
  #rows: RowCollector | undefined;
  #order: InputOrder = 'watermark';
  #keepsEpochs = false;
  /** The last barrier of the run has gone out. */
  #isLeft = false;
  /** Where the search for the next one begins, by arrival. */
  #next = 0;
  /** Wakes the loop that waits for more; undefined: it does not. */
  #wake: (() => void) | undefined;
  /** Something has come since that loop waited last. */
  #news = false;
  #failure: { readonly error: unknown } | undefined;
  /** Ends without an end. */
  #stopped = false;
  /** The end has gone out. */
  ended = false;

  constructor(options: InputGateOptions) {
    this.#options = options;
    this.times = new InputTimes(options.names.length);
    this.queues = options.names.map((name) => new InputQueue(name, () => this.#more()));
  }

  /** What must survive of the inputs themselves. */
  get state(): OperatorState {
    return inputState(this);
  }

  open(operator: Operator): void {
    this.#operator = operator;
    this.#rows = new RowCollector(this.#options.mixed, operator);
  }

  /** Where input number `input` is brought. */
  input(input: number): Outlet {
    return this.queues[input]!;
  }

  /** Nothing more can come: `run` throws this. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const queue of this.queues) queue.fail(error);
    this.#more();
  }

  /** An input was stopped before its end: `run` ends without one. */
  stop(): void {
    this.#stopped = true;
    for (const queue of this.queues) queue.discard();
    this.#more();
  }

  /** Gives its memory back. */
  release(): void {
    this.#rows?.release();
    this.#rows = undefined;
  }

  /**
   * Takes all inputs to their ends.
   * @throws what the operator throws, what `fail` was given, and what the headers are refused for
   */
  async run(): Promise<void> {
    try {
      await this.#begin();
      for (;;) {
        const next = this.#choose();
        if (this.#stopped) return;
        if (next === 'none') {
          await this.#toTheEnds();
          if (this.#stopped) return;
          break;
        }
        if (next === 'wait') {
          await this.#rows!.flush();
          if (await this.#untilMore()) continue;
          return;
        }
        const taken = this.#take(next);
        if (taken !== undefined) await taken;
      }
      await this.#rows!.flush();
      await this.#mark({ kind: 'end', reason: this.times.end });
      this.ended = true;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #begin(): Promise<void> {
    while (this.queues.some(({ first }) => first === undefined)) if (!(await this.#untilMore())) return;
    const inputs = this.queues.map(({ name, first }) => ({ name, header: headerOf(first!) }));
    const header = this.#options.header(inputs);
    for (const [input, { header: own }] of inputs.entries())
      if (own.ticks !== undefined) this.times.expectTicks(input);
    this.#keepsEpochs = header.state !== undefined;
    this.#order = this.#options.order ?? (header.bounded ? 'watermark' : 'arrival');
    if (this.#order === 'arrival' && this.#options.order === undefined) {
      const endless = inputs.find((input) => !input.header.bounded)!;
      this.#options.notice(
        `${endless.name} has no end: lines are taken as they come, in an order that another run need not repeat`,
        '--order watermark makes it the same in each run, and waits for the input that is furthest behind',
      );
    }
    await this.#mark({ kind: 'stream', header });
    for (const queue of this.queues) queue.begin();
  }

  /** The input that is taken next; `wait`: more must come before; `none`: all have ended, or nothing more is taken. */
  #choose(): number | 'wait' | 'none' {
    this.#check();
    if (this.#isLeft) return 'none';
    if (this.#order === 'watermark') {
      const { first } = this.times;
      if (first < 0) return 'none';
      if (this.queues[first]!.first !== undefined) return first;
      return this.times.isExhausted(first) ? 'none' : 'wait';
    }
    const count = this.queues.length;
    let open = false;
    let atBarrier = -1;
    for (let step = 0; step < count; step++) {
      const input = (this.#next + step) % count;
      if (this.times.ended(input)) continue;
      const { first } = this.queues[input]!;
      if (first === undefined) open = true;
      else if (this.#holds(first)) atBarrier = input;
      else {
        this.#next = (input + 1) % count;
        return input;
      }
    }
    if (open) return 'wait';
    return atBarrier < 0 ? 'none' : atBarrier;
  }

  /** Whether an input waits at this item until all others have come to it. */
  #holds(item: InputItem): boolean {
    return this.#keepsEpochs && item.kind === 'marker' && item.marker.kind === 'barrier';
  }

  #take(input: number): undefined | Promise<void> {
    const queue = this.queues[input]!;
    const item = queue.first!;
    if (item.kind === 'marker') return this.#takeMarker(input, item.marker);
    const to = this.#through(input, item.batch, item.row);
    const from = item.row;
    item.row = to;
    const passed = this.#rows!.add(input, item.batch, from, to);
    if (to < item.batch.rows) return passed;
    // Rows that were collected are copies: only what was handed on itself is still in use.
    if (passed === undefined) {
      queue.shift();
      return undefined;
    }
    return passed.then(() => queue.shift());
  }

  /** Goes through rows as far as it is the input's turn; their watermarks and ticks become those of all. Returns the row behind. */
  #through(input: number, batch: Batch, from: number): number {
    const { rows, kind, time } = batch;
    const { times } = this;
    let row = from;
    while (row < rows) {
      if (kind[row] === EVENT) {
        times.wake(input);
        do row++;
        while (row < rows && kind[row] === EVENT);
        continue;
      }
      if (kind[row] === TICK) {
        times.tickOf(input, time[row]!);
        if (times.ticked()) time[row] = times.tick;
        else kind[row] = SKIPPED;
      } else if (kind[row] === WATERMARK) {
        times.advance(input, time[row]!);
        if (times.risen()) time[row] = times.watermark;
        else kind[row] = SKIPPED;
        row++;
        if (this.#order === 'watermark' && times.first !== input) return row;
        continue;
      }
      row++;
    }
    return row;
  }

  async #takeMarker(input: number, marker: Marker): Promise<void> {
    const queue = this.queues[input]!;
    if (this.#keepsEpochs && marker.kind === 'barrier') {
      await this.#align(marker.epoch);
      return;
    }
    if (marker.kind === 'idle') this.times.fallIdle(input);
    if (marker.kind === 'end') this.times.finish(input, marker.reason);
    // What it held back may go on without it.
    await this.#tell();
    queue.shift();
  }

  /** Writes what all inputs together have come to, where that has changed without a row that says so. */
  async #tell(): Promise<void> {
    const { times } = this;
    const out = new Batch(2, 0);
    if (times.ticked()) out.addTime(TICK, times.tick);
    if (times.risen()) out.addTime(WATERMARK, times.watermark);
    if (out.rows > 0) await this.#rows!.add(0, out, 0, out.rows);
    if (times.becameIdle()) await this.#mark({ kind: 'idle' });
  }

  /** Nothing more is taken of the inputs but their barriers and ends: rows that are left are kept for the next run. */
  async #toTheEnds(): Promise<void> {
    if (this.queues.some(({ ended }) => !ended)) this.#options.onExhausted();
    for (;;) {
      const [epoch] = this.queues.flatMap(({ barrier }) => barrier ?? []);
      if (epoch !== undefined) {
        await this.#align(epoch);
        continue;
      }
      if (this.queues.every(({ ended }) => ended)) break;
      for (const queue of this.queues) queue.readAhead();
      if (!(await this.#untilMore())) return;
    }
    for (const [input, queue] of this.queues.entries()) {
      if (queue.end !== undefined) this.times.finish(input, queue.end);
      queue.discard();
    }
  }

  /** Waits until all inputs have had the barrier, then lets it go on. */
  async #align(epoch: number): Promise<void> {
    if (this.#order === 'watermark') for (const queue of this.queues) queue.readAhead();
    while (!this.queues.every((queue) => queue.has(epoch))) {
      await this.#rows!.flush();
      if (!(await this.#untilMore())) return;
    }
    for (const [input, queue] of this.queues.entries()) if (queue.isLast) this.times.exhaust(input);
    const last = this.queues.every((_queue, input) => this.times.isExhausted(input));
    await this.#mark(last ? { kind: 'barrier', epoch, last } : { kind: 'barrier', epoch });
    for (const queue of this.queues) queue.pass();
    // What is left behind it would come again in the next run.
    if (last) this.#isLeft = true;
  }

  async #mark(marker: Marker): Promise<void> {
    await this.#rows!.flush();
    await settle(this.#operator!.onMarker(0, marker));
  }

  #more(): void {
    this.#news = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** @returns false: an input was stopped, and nothing more comes of it */
  async #untilMore(): Promise<boolean> {
    this.#check();
    if (this.#stopped) return false;
    if (!this.#news) {
      this.#options.onWait(true);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#options.onWait(false);
    }
    this.#news = false;
    this.#check();
    return !this.#stopped;
  }

  /** @throws what `fail` was given */
  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** What is kept of the inputs of a stage that is not run. */
export const stateOfInputs = (places: readonly string[]): OperatorState =>
  inputState({
    times: new InputTimes(places.length),
    queues: places.map((place) => new InputQueue(place, () => {})),
  });

function headerOf(item: InputItem): Header {
  if (item.kind === 'marker' && item.marker.kind === 'stream') return item.marker.header;
  throw new TidemarkError('failed', 'an input begins without a header');
}

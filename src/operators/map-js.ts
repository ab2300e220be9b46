import { TidemarkError, usageError } from '../errors.ts';
import type { Operand } from '../expressions/operand.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED, UNMERGED, WATERMARK } from '../stream/batch.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { endInRun, noRun, readRun, startInRun } from '../windows/event-window.ts';
import { CallsInOrder, type Turn } from './calls-in-order.ts';
import { CommitCalls } from './commit-calls.ts';
import { behindFunction, unmerged } from './function-header.ts';
import { GroupKey } from './group-key.ts';
import { type DueTimer, KeyedState } from './keyed-state.ts';
import { LateReport } from './late-report.ts';
import { type CallKey, type CallStage, MapCall } from './map-call.ts';
import { Gains } from './map-gains.ts';
import { type MapModule, type ModuleHost, TooLong } from './map-module.ts';
import { counterName } from './map-names.ts';
import { MapResults } from './map-results.ts';
import { mapState } from './map-state.ts';
import { ModuleCalls, type Steps } from './module-calls.ts';
import { ModuleLife } from './module-life.ts';
import { failureText, OperandColumns } from './operand-columns.ts';
import { LATE, MAIN, type Operator, type OperatorContext } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { SideBatch } from './side-batch.ts';
import type { SideInputs, SideViews } from './side-views.ts';
import { tellUnseen } from './unseen-fields.ts';
import { EventView, type Origin, originOf } from './user-event.ts';

export interface MapJsOptions {
  /** Fields of the key; empty: nothing is kept. */
  readonly by: readonly Operand[];
  /** How long a key is kept behind its latest event, in event time, ms; Infinity: to the end. */
  readonly ttl: number;
  readonly onError: 'reject' | 'fail';
  /** Calls of `process` that are under way at the same time; 1: each is waited for. */
  readonly concurrency: number;
  /** Side outputs by name, from `FIRST_NAMED` on. */
  readonly sides: ReadonlyMap<string, number>;
}

/** Results of one event that are held back until it has gone well. */
const HELD_RESULTS = 1024;

/**
 * Calls a function of the user's for each event, in their order. What a call gives counts when it has gone well: results,
 * state, timers and counters together. Where several calls may be under way they begin in the order of their events, and
 * what they have given counts in that order; those of one key wait for each other. Between two batches none is under way.
 */
export class MapJs implements Operator, CallStage {
  readonly state: OperatorState | undefined;
  readonly host: ModuleHost;
  readonly by: readonly Operand[];
  readonly #module: MapModule;
  readonly #calls: ModuleCalls;
  readonly #options: MapJsOptions;
  readonly #context: OperatorContext;
  readonly #operands: OperandColumns;
  readonly #key: GroupKey;
  /** Undefined: nothing is kept by key. */
  readonly #keyed: KeyedState | undefined;
  readonly #commits: CommitCalls;
  readonly #late: LateReport;
  readonly #rejected: RejectedEvents;
  readonly #lateEvents: SideBatch;
  readonly #results: MapResults;
  readonly #life: ModuleLife;
  /** Undefined: there are no side inputs. */
  readonly #side: SideViews | undefined;
  /** What the call that is made has given so far; of calls side by side, what they give when they are over. */
  readonly #gains = new Gains();
  /** Undefined: one call at a time. */
  readonly #sideBySide: CallsInOrder | undefined;
  /** Rows of the keys whose calls are under way. */
  readonly #busy = new Set<number>();
  /** The least watermark at which what such a call keeps is forgotten, ms. */
  #forgottenFrom = Number.POSITIVE_INFINITY;
  #batch: Batch | undefined;
  /** The windows of one event; valid within `#keyedEvent`. */
  readonly #run = noRun();
  /** What the header says of the windows; undefined: it has not come. */
  #header: Pick<Header, 'windowing' | 'firing'> | undefined;
  #events = 0;
  /** Of them, those of the runs before. */
  #restored = 0;
  watermark = Number.NEGATIVE_INFINITY;
  mayChangeTime = true;
  turn = 0;

  constructor(
    options: MapJsOptions,
    module: MapModule,
    host: ModuleHost,
    context: OperatorContext,
    side?: SideViews,
  ) {
    this.#options = options;
    this.#side = side;
    this.#module = module;
    this.#calls = new ModuleCalls(host);
    this.host = host;
    this.by = options.by;
    this.#context = context;
    this.#operands = new OperandColumns(
      options.by.map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    this.#key = new GroupKey(this.#operands.columns);
    this.#keyed = options.by.length === 0 ? undefined : new KeyedState(options.ttl);
    this.#commits = new CommitCalls(host, this.#keyed !== undefined || module.commits === true);
    this.#late = new LateReport(context);
    this.#rejected = new RejectedEvents(context, '--on-error fail ends the run instead');
    this.#lateEvents = new SideBatch(LATE, context);
    this.#results = new MapResults(context);
    this.#sideBySide =
      options.concurrency > 1
        ? new CallsInOrder(options.concurrency, () => this.#results.flush())
        : undefined;
    this.#life = new ModuleLife(module, host, {
      parameters: host.parameters,
      count: (name, by = 1) => this.#context.count(counterName(name), by),
    });
    if (!this.#commits.inEpochs) return;
    const counted = {
      save: () => ({ events: this.#events, watermark: this.watermark }),
      restore: (events: number, watermark: number) => {
        this.#events = events;
        this.#restored = events;
        this.watermark = watermark;
      },
    };
    this.state = mapState(options.by, {
      keyed: this.#keyed,
      projection: this.#operands.projection,
      late: this.#late,
      rejected: this.#rejected,
      counted,
      windows: () => this.#header,
    });
  }

  get takesLater(): boolean {
    return this.#module.endBundle !== undefined;
  }

  get takesTimers(): boolean {
    return this.#module.onTimer !== undefined;
  }

  *onBatch(_input: number, batch: Batch): Steps {
    yield* this.#life.setUp();
    this.#batch = batch;
    if (this.by.length > 0) this.#operands.read(batch);
    for (let row = 0; row < batch.rows; row++) {
      const kind = batch.kind[row]!;
      if (kind === SKIPPED) continue;
      if (kind === EVENT) {
        this.#events++;
        if (this.#operands.failing && (yield* this.#isRejected(batch, row))) continue;
        if (!this.#life.inBundle) yield* this.#life.startBundle();
        if (this.#keyed !== undefined) yield* this.#keyedEvent(this.#keyed, batch, row);
        else if (this.#sideBySide === undefined) yield* this.#event(batch, row, undefined);
        else yield* this.#begin(this.#sideBySide, batch, row, undefined, () => {});
        continue;
      }
      if (this.#sideBySide !== undefined)
        yield* this.#untilMayPass(this.#sideBySide, kind === WATERMARK ? batch.time[row]! : undefined);
      // What a bundle gives belongs before the time that is told behind it.
      yield* this.#endBundle();
      if (kind === WATERMARK) yield* this.#advance(batch.time[row]!);
      if (this.#sideBySide === undefined) yield* this.#results.pass(batch, row);
      else yield* this.#sideBySide.inTurn(() => this.#results.pass(batch, row));
    }
    if (this.#sideBySide !== undefined) yield* this.#sideBySide.drained();
    yield* this.#endBundle();
    yield this.#lateEvents.flush();
    yield this.#rejected.flush();
    yield* this.#results.flush();
    yield this.#commits.handedOn();
  }

  async onMarker(_input: number, marker: Marker): Promise<void> {
    if (marker.kind === 'stream') {
      const { header } = marker;
      const lateness = header.firing?.lateness ?? 0;
      this.#late.begin(header, lateness);
      if (this.#keyed !== undefined) this.#keyed.lateness = lateness;
      this.#header = header;
      this.mayChangeTime = header.windowing.kind === 'global';
      this.#commits.begin(header);
      await this.#context.emitMarker(MAIN, { kind: 'stream', header: behindFunction(header, this.by) });
      return;
    }
    if (marker.kind === 'barrier') this.#commits.barrier(marker.epoch);
    if (marker.kind === 'end') {
      this.#late.tell();
      this.#rejected.tell();
      if (this.#events > this.#restored) tellUnseen(this.#operands.projection, this.#events, this.#context);
    }
    await this.#context.emitMarker(MAIN, marker);
    if (marker.kind === 'end') await this.#commits.ended(marker.reason);
  }

  committed(epoch: number): Promise<void> {
    return this.#commits.committed(epoch);
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  async abort(): Promise<void> {
    // What is wrong is told already.
    await this.close().catch(() => undefined);
  }

  outputOf(name: string): number | 'unconnected' {
    const number = this.#options.sides.get(name);
    if (number !== undefined) return number;
    if (this.#module.outputs?.includes(name) === true) return 'unconnected';
    const known = [...new Set([...(this.#module.outputs ?? []), ...this.#options.sides.keys()])];
    throw usageError(
      `there is no side output '${name}'${known.length === 0 ? '' : `: there is ${known.join(', ')}`}`,
      `--side-to ${name}=FILE connects it`,
    );
  }

  add(call: MapCall, output: number, event: unknown): void {
    this.#gainsOf(call).add(call, output, event);
  }

  count(call: MapCall, name: string, by: number): void {
    this.#gainsOf(call).counted.push([name, by]);
  }

  afterCommit(call: MapCall, then: () => unknown): void {
    this.#commits.expectPossible();
    this.#gainsOf(call).toCommit.push(then);
  }

  /** What is given when the call is over stands where the bundle ends. */
  #gainsOf(call: MapCall): Gains {
    return call.isOver ? this.#gains : call.gains;
  }

  sideInputs({ origin, late }: MapCall): SideInputs {
    if (this.#side !== undefined) return this.#side.of(origin, late);
    throw usageError('context.side has side inputs, and there are none', 'give --side NAME=STREAM');
  }

  /**
   * Waits for calls side by side which a row that is no event, or what is done behind it, must not overtake.
   * @param watermark ms; undefined: it is none
   */
  *#untilMayPass(calls: CallsInOrder, watermark: number | undefined): Steps {
    const keyed = this.#keyed;
    const due =
      keyed !== undefined &&
      watermark !== undefined &&
      // They may set timers that are due.
      (this.takesTimers || keyed.nextAt <= watermark || this.#forgottenFrom <= watermark);
    if (due || this.#life.bundles) yield* calls.drained();
    if (calls.running === 0) this.#forgottenFrom = Number.POSITIVE_INFINITY;
  }

  *#endBundle(): Steps {
    if (!(yield* this.#life.endBundle())) return;
    yield* this.#keep(this.#gains);
    if (this.#life.bundles) this.turn++;
  }

  /** An event once for each of its windows, each of which has a state of its own. */
  *#keyedEvent(keyed: KeyedState, batch: Batch, row: number): Steps {
    const windows = batch.windowCount[row]!;
    if (windows === UNMERGED) throw unmerged();
    this.#key.read(batch, row);
    if (windows === 0) {
      yield* this.#withKey(keyed, batch, row);
      return;
    }
    const run = this.#run;
    readRun(batch, row, run);
    let missed = 0;
    while (missed < windows && this.watermark >= endInRun(run, missed) + keyed.lateness) missed++;
    if (missed > 0) {
      this.#late.add(this.watermark, run.firstEnd);
      this.#lateEvents.addMissed(batch, row, missed);
    }
    for (let i = missed; i < windows; i++) {
      batch.windowCount[row] = 1;
      batch.windowStart[row] = startInRun(run, i);
      batch.windowEnd[row] = endInRun(run, i);
      yield* this.#withKey(keyed, batch, row);
    }
  }

  *#withKey(keyed: KeyedState, batch: Batch, row: number): Steps {
    const { bytes, start, end } = this.#key;
    const window =
      batch.windowCount[row] === 0
        ? undefined
        : { start: batch.windowStart[row]!, end: batch.windowEnd[row]! };
    let slot = keyed.open(bytes, start, end, window);
    const calls = this.#sideBySide;
    if (calls !== undefined && this.#busy.has(slot)) {
      yield* calls.room(() => !this.#busy.has(slot));
      // The call before may have left nothing of it.
      slot = keyed.open(bytes, start, end, window);
    }
    const time = batch.time[row]!;
    const key: CallKey = { entry: keyed.get(slot), keyValues: () => keyed.keyOf(slot), firing: undefined };
    const over = (isWell: boolean): void => {
      if (isWell) keyed.put(slot, key.entry, time);
      else keyed.release(slot);
    };
    if (calls === undefined) {
      over(yield* this.#event(batch, row, key));
      return;
    }
    this.#busy.add(slot);
    this.#forgottenFrom = Math.min(this.#forgottenFrom, keyed.forgets(time, window));
    yield* this.#begin(calls, batch, row, key, (isWell) => {
      this.#busy.delete(slot);
      over(isWell);
    });
  }

  /** @returns whether the call has gone well */
  *#event(batch: Batch, row: number, key: CallKey | undefined): Steps<boolean> {
    const call = this.#callFor(batch, row, key, this.#gains);
    try {
      const given = this.#module.process(call.view!.event, call);
      yield* this.#calls.each(given, 'process', (event) => this.#take(call, event, undefined));
    } catch (error) {
      this.#reject(batch, row, this.#gains, error);
      return false;
    } finally {
      call.end();
    }
    yield* this.#keep(this.#gains);
    return true;
  }

  /**
   * Begins a call beside others that are under way.
   * @param over called when it is over, with whether it has gone well
   */
  *#begin(
    calls: CallsInOrder,
    batch: Batch,
    row: number,
    key: CallKey | undefined,
    over: (isWell: boolean) => void,
  ): Steps {
    yield* calls.room(() => true);
    const gains = new Gains();
    const call = this.#callFor(batch, row, key, gains);
    let failure: { readonly error: unknown } | undefined;
    const work = function* (this: MapJs, turn: Turn): Steps {
      try {
        const given = this.#module.process(call.view!.event, call);
        yield* this.#calls.each(given, 'process', (event) => this.#take(call, event, turn));
      } catch (error) {
        failure = { error };
      } finally {
        call.end();
      }
      over(failure === undefined);
    };
    const finish = function* (this: MapJs): Steps {
      if (failure === undefined) yield* this.#keep(gains);
      else this.#rejectCall(batch, row, call, failure.error);
    };
    calls.begin(work.bind(this), finish.bind(this));
  }

  #callFor(batch: Batch, row: number, key: CallKey | undefined, gains: Gains): MapCall {
    // With a key a call is made for each window that is not complete.
    const late = key === undefined && this.#side?.isLate(row) === true;
    return new MapCall(this, originOf(batch, row), new EventView(batch, row), key, gains, late);
  }

  /** A call for a later window of the event may have been begun since. */
  #rejectCall(batch: Batch, row: number, { origin, gains }: MapCall, error: unknown): void {
    const { windowStart, windowEnd, windowCount } = batch;
    const now = [windowStart[row]!, windowEnd[row]!, windowCount[row]!] as const;
    windowStart[row] = origin.windowStart;
    windowEnd[row] = origin.windowEnd;
    windowCount[row] = origin.windowCount;
    this.#reject(batch, row, gains, error);
    [windowStart[row], windowEnd[row], windowCount[row]] = now;
  }

  /** Fires the timers that the watermark has passed. */
  *#advance(watermark: number): Steps {
    const before = this.watermark;
    this.watermark = Math.max(before, watermark);
    const keyed = this.#keyed;
    if (keyed === undefined) return;
    for (;;) {
      const due = keyed.due(watermark);
      if (due.length === 0) return;
      for (const timer of due) {
        if (keyed.isSet(timer)) yield* this.#fire(keyed, timer, before);
      }
      for (const { slot } of due) keyed.plan(slot);
    }
  }

  *#fire(keyed: KeyedState, { slot, name, time }: DueTimer, watermark: number): Steps {
    const window = keyed.windowOf(slot);
    // Not before the watermark that is out, and inside of its window.
    const at = Math.max(time, Math.min(watermark, Number.MAX_SAFE_INTEGER));
    const origin: Origin = {
      time: window === undefined ? at : Math.min(at, window.end - 1),
      windowStart: window?.start ?? 0,
      windowEnd: window?.end ?? 0,
      windowEvery: 0,
      windowCount: window === undefined ? 0 : 1,
      pane: undefined,
      line: 0,
    };
    // Of a timer that an earlier run has set nothing was waited for yet.
    yield this.#side?.complete(origin);
    const entry = keyed.get(slot);
    entry.timers.delete(name);
    entry.changed = true;
    const key: CallKey = { entry, keyValues: () => keyed.keyOf(slot), firing: time };
    const call = new MapCall(this, origin, undefined, key, this.#gains);
    try {
      const given = this.#module.onTimer?.(name, call);
      yield* this.#calls.each(given, 'onTimer', (event) => this.#take(call, event, undefined));
    } catch (error) {
      throw this.#calls.failure('onTimer', error);
    } finally {
      call.end();
    }
    keyed.put(slot, entry, undefined);
    yield* this.#keep(this.#gains);
    this.turn++;
  }

  *#take(call: MapCall, event: unknown, turn: Turn | undefined): Steps {
    const { gains } = call;
    gains.add(call, MAIN, event);
    if (gains.results.length < HELD_RESULTS) return;
    yield turn?.come();
    yield* this.#keep(gains);
    gains.begun = true;
  }

  /** What was given so far counts. */
  *#keep(gains: Gains): Steps {
    yield* this.#results.keep(gains, this.#batch!.bytes);
    for (const [name, by] of gains.counted) this.#context.count(name, by);
    for (const call of gains.toCommit) this.#commits.add(call);
    gains.forget();
  }

  /** An event whose key cannot be computed. */
  *#isRejected(batch: Batch, row: number): Steps<boolean> {
    const failure = this.#operands.failure(row);
    if (failure === undefined) return false;
    if (this.#sideBySide !== undefined) yield* this.#sideBySide.drained();
    if (this.#options.onError === 'fail')
      throw new TidemarkError('failed', failureText(failure), { line: batch.line[row]! });
    this.#rejected.addFailure(batch, row, failure);
    return true;
  }

  #reject(batch: Batch, row: number, gains: Gains, error: unknown): void {
    if (error instanceof TooLong) throw error;
    const wrong = error instanceof TidemarkError && error.code === 'usage';
    const reason = this.host.reason(error);
    if (this.#options.onError === 'fail' || wrong || gains.begun) {
      throw new TidemarkError(wrong ? 'usage' : 'failed', reason, {
        line: batch.line[row]!,
        cause: error,
        ...(wrong && error.hint !== undefined ? { hint: error.hint } : {}),
      });
    }
    gains.forget();
    this.#rejected.add(batch, row, () => reason);
  }
}

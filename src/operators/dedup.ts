import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type {
  OperatorState,
  SnapshotReader,
  SnapshotWriter,
  StateShape,
  StateSummary,
} from '../state/snapshot.ts';
import { BATCH_ROWS, Batch, EVENT, SKIPPED, UNMERGED, WATERMARK } from '../stream/batch.ts';
import type { Firing } from '../stream/firing.ts';
import { GLOBAL_WINDOWING, throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import type { Projection } from '../stream/project.ts';
import { formatDuration } from '../time/duration.ts';
import { endInRun, noRun, readRun, startInRun } from '../windows/event-window.ts';
import { GroupKey } from './group-key.ts';
import { refuseReplacing } from './grouped-header.ts';
import type { KeptTimes } from './kept-times.ts';
import { LateReport } from './late-report.ts';
import { OperandColumns } from './operand-columns.ts';
import { LATE, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { RememberedKeys } from './remembered-keys.ts';
import { DUPLICATE, FIRST, LATE_THERE, type Verdict } from './seen-keys.ts';
import { SideBatch } from './side-batch.ts';
import { compareShapes, WINDOWS, windowsInWords } from './state-shape.ts';
import { tellUnseen } from './unseen-fields.ts';

export interface DedupOptions {
  readonly by: readonly Operand[];
  /** Distance in event time at which an event is no duplicate any more, ms; undefined: once per window. */
  readonly within: number | undefined;
  /** What keys may take in memory, bytes, before they are written to disk; undefined: all that there is. */
  readonly memory?: number;
}

/** Windows of the event in `row`: `count` of them, the first being its window number `first`, which is [start, end) (ms). */
interface KeptRun {
  readonly row: number;
  readonly first: number;
  readonly start: number;
  readonly end: number;
  count: number;
}

/**
 * Passes the first event of a key, in the order of the stream: per window, or within a distance in event
 * time. Of an event that is in many windows those are left in which it is the first; late ones are taken out.
 */
export class Dedup implements Operator {
  readonly reads: readonly string[];
  readonly #by: readonly Operand[];
  readonly #context: OperatorContext;
  readonly #operands: OperandColumns;
  /** The members that are read. */
  readonly #projection: Projection;
  readonly #key: GroupKey;
  readonly #late: LateReport;
  readonly #lateEvents: SideBatch;
  readonly #rejected: RejectedEvents;
  readonly #remembered: RememberedKeys;
  /** Keys that have come since it was asked what they take. */
  #added = 0;
  /** Runs of windows of events of this batch, beside the first of each event; in the order of rows. */
  #others: KeptRun[] = [];
  /** The windows of one event; valid within `#checkWindows`. */
  readonly #run = noRun();
  #watermark = Number.NEGATIVE_INFINITY;
  /** Events so far, and how many of them were in the runs before. */
  #events = 0;
  #eventsRestored = 0;
  /** What the header says of the windows. */
  #windowing = GLOBAL_WINDOWING;
  /** How they fire; undefined: once, when they are complete. */
  #firing: Firing | undefined;
  /** For which windows are open behind their end, ms; within a distance windows count for nothing. */
  #lateness = 0;
  readonly state: OperatorState;

  constructor(options: DedupOptions, context: OperatorContext) {
    this.#by = options.by;
    this.#context = context;
    this.#operands = new OperandColumns(
      options.by.map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    this.#projection = this.#operands.projection;
    this.#key = new GroupKey(this.#operands.columns);
    this.reads = this.#projection.names;
    this.#late = new LateReport(context);
    this.#lateEvents = new SideBatch(LATE, context);
    this.#rejected = new RejectedEvents(context);
    const { within, memory = Number.POSITIVE_INFINITY } = options;
    this.#remembered = new RememberedKeys(within, memory, context.spill);
    const shape = (): StateShape => this.#shape(options);
    this.state = {
      get shape() {
        return shape();
      },
      compare: (saved) => compareShapes(saved, shape(), ['--by', '--within', WINDOWS]),
      summary: () => this.#summary(),
      track: () => this.#remembered.track(),
      save: (out) => this.#save(out),
      restore: (from) => this.#restore(from),
      restored: () => this.#remembered.restored(this.#closedUntil),
    };
  }

  /** Windows that end then or before are closed; ms. */
  get #closedUntil(): number {
    return this.#watermark - this.#lateness;
  }

  /** Within a distance windows count for nothing. */
  #shape({ by, within }: DedupOptions): StateShape {
    return {
      '--by': by.map(({ text }) => text).join(','),
      ...(within === undefined
        ? { [WINDOWS]: windowsInWords(this.#windowing, this.#firing) }
        : { '--within': formatDuration(within) }),
    };
  }

  #summary(): StateSummary {
    const { keys, windows } = this.#remembered.open;
    const watermark = this.#watermark;
    return this.#remembered.kept === undefined ? { keys, windows, watermark } : { keys, watermark };
  }

  #save(out: SnapshotWriter): void {
    out.value('dedup', {
      watermark: savedNumber(this.#watermark),
      events: this.#events,
      rejected: this.#rejected.count,
      seen: this.#projection.seenTexts,
      late: this.#late.save(),
      ...this.#remembered.saved,
    });
    this.#remembered.save(out);
  }

  #restore(from: SnapshotReader): void {
    const saved = new SavedValue(from.value('dedup'));
    this.#watermark = saved.number('watermark');
    this.#events = saved.integer('events', 0);
    this.#eventsRestored = this.#events;
    // Where it is missing, an earlier version has written it, in which nothing was computed.
    this.#rejected.restore(saved.has('rejected') ? saved.integer('rejected', 0) : 0);
    this.#projection.markSeenTexts(saved.texts('seen'));
    this.#late.restore(saved.inner('late'));
    this.#remembered.restore(saved, from, this.#gap);
  }

  /** Of sessions, ms. */
  get #gap(): number {
    return this.#windowing.kind === 'session' ? this.#windowing.gap : 0;
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const { kept } = this.#remembered;
    this.#operands.read(batch);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === WATERMARK) this.#advance(batch.time[row]!);
      if (batch.kind[row] !== EVENT) continue;
      this.#events++;
      if (this.#operands.failing && this.#isRejected(batch, row)) continue;
      this.#key.read(batch, row);
      if (kept !== undefined) this.#checkWithin(kept, batch, row);
      else if (batch.windowCount[row] === UNMERGED) this.#checkSession(batch, row);
      else if (batch.windowCount[row]! > 1) this.#checkWindows(batch, row);
      else this.#checkWindow(batch, row);
      // An event in many windows adds many keys.
      if (this.#added >= BATCH_ROWS) yield* this.#makeRoom();
    }
    yield* this.#makeRoom();
    yield this.#lateEvents.flush();
    yield this.#rejected.flush();
    if (this.#others.length > 0) yield* this.#emitRuns(batch);
    else yield this.#context.emit(MAIN, batch);
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#late.tell();
      this.#rejected.tell();
      if (this.#events > this.#eventsRestored) tellUnseen(this.#projection, this.#events, this.#context);
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    refuseReplacing(marker.header, 'dedup');
    this.#windowing = marker.header.windowing;
    this.#firing = marker.header.firing;
    if (this.#remembered.kept === undefined) this.#lateness = this.#firing?.lateness ?? 0;
    this.#late.begin(marker.header, this.#lateness);
    checkOption('--by', marker.header, this.#by);
    const header = throughCommand(marker.header, 'dedup');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  #checkWithin(kept: KeptTimes, batch: Batch, row: number): void {
    const { bytes, start, end } = this.#key;
    const time = batch.time[row]!;
    const lateFrom = kept.lateFrom(time);
    if (this.#watermark >= lateFrom) this.#dropLate(batch, row, lateFrom, batch.windowCount[row]!);
    else if (kept.keep(time, bytes, start, end)) this.#added++;
    else this.#dropDuplicate(batch, row);
  }

  #checkWindow(batch: Batch, row: number): void {
    this.#settle(batch, row, this.#remembered.windows.judge(batch, row, this.#key, this.#closedUntil));
  }

  #checkSession(batch: Batch, row: number): void {
    this.#settle(
      batch,
      row,
      this.#remembered.sessions(this.#gap).judge(batch, row, this.#key, this.#closedUntil),
    );
  }

  #settle(batch: Batch, row: number, verdict: Verdict): void {
    if (verdict === FIRST) this.#added++;
    else if (verdict === DUPLICATE) this.#dropDuplicate(batch, row);
    else this.#dropLate(batch, row, batch.windowEnd[row]!, 1);
  }

  /**
   * An event in many windows, one by one. Those in which it is the first are mostly one run; where another dedup
   * has taken windows from events before it they may be more, and the event is written once for each.
   */
  #checkWindows(batch: Batch, row: number): void {
    const seen = this.#remembered.windows;
    const windows = batch.windowCount[row]!;
    const run = this.#run;
    readRun(batch, row, run);
    let missed = 0;
    let first = -1;
    let kept = 0;
    let other: KeptRun | undefined;
    batch.windowCount[row] = 1;
    for (let i = 0; i < windows; i++) {
      batch.windowStart[row] = startInRun(run, i);
      batch.windowEnd[row] = endInRun(run, i);
      const verdict = seen.judge(batch, row, this.#key, this.#closedUntil);
      if (verdict === LATE_THERE) missed++;
      if (verdict !== FIRST) continue;
      this.#added++;
      if (first < 0) first = i;
      if (i === first + kept) kept++;
      else if (other !== undefined && i === other.first + other.count) other.count++;
      else {
        other = { row, first: i, start: startInRun(run, i), end: endInRun(run, i), count: 1 };
        this.#others.push(other);
      }
    }
    setRun(batch, row, run.start, run.firstEnd, windows);
    if (missed > 0) this.#tellLate(batch, row, run.firstEnd, missed);
    if (kept > 0) setRun(batch, row, startInRun(run, first), endInRun(run, first), kept);
    else {
      if (missed < windows) this.#context.count('duplicates', 1);
      batch.kind[row] = SKIPPED;
    }
  }

  /** Emits the batch, with an event that has several runs of windows written once for each. */
  *#emitRuns(batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const out = new Batch(batch.capacity);
    let next = 0;
    for (let row = 0; row < batch.rows; row++) {
      if (out.full) yield* this.#flush(out);
      out.copyRow(batch, row);
      for (; this.#others[next]?.row === row; next++) {
        if (out.full) yield* this.#flush(out);
        const { start, end, count } = this.#others[next]!;
        setRun(out, out.copyRow(batch, row), start, end, count);
      }
    }
    this.#others = [];
    yield* this.#flush(out);
  }

  *#flush(out: Batch): Generator<undefined | Promise<void>, void, void> {
    yield this.#context.emit(MAIN, out);
    out.clear();
  }

  /** An event whose key cannot be computed. */
  #isRejected(batch: Batch, row: number): boolean {
    const failure = this.#operands.failure(row);
    if (failure === undefined) return false;
    this.#rejected.addFailure(batch, row, failure);
    batch.kind[row] = SKIPPED;
    return true;
  }

  #dropDuplicate(batch: Batch, row: number): void {
    this.#context.count('duplicates', 1);
    batch.kind[row] = SKIPPED;
  }

  #dropLate(batch: Batch, row: number, end: number, missed: number): void {
    this.#tellLate(batch, row, end, missed);
    batch.kind[row] = SKIPPED;
  }

  #tellLate(batch: Batch, row: number, end: number, missed: number): void {
    this.#late.add(this.#watermark, end);
    this.#lateEvents.addMissed(batch, row, missed);
  }

  #advance(watermark: number): void {
    this.#watermark = watermark;
    this.#remembered.forget(this.#closedUntil);
  }

  *#makeRoom(): Generator<undefined | Promise<void>, void, void> {
    this.#added = 0;
    yield* this.#remembered.makeRoom();
  }
}

function setRun(batch: Batch, row: number, start: number, end: number, count: number): void {
  batch.windowStart[row] = start;
  batch.windowEnd[row] = end;
  batch.windowCount[row] = count;
}

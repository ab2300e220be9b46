import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState, SnapshotReader, SnapshotWriter, StateShape } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT, TICK, WATERMARK } from '../stream/batch.ts';
import type { Firing } from '../stream/firing.ts';
import { GLOBAL_WINDOWING, throughCommand, withSchema } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import type { ApartGrouping } from '../windows/apart-grouping.ts';
import { noWindow, readWindow } from '../windows/event-window.ts';
import { NO_GROUP, NO_SCOPE } from '../windows/grouping.ts';
import { CombineInputs } from './combine-inputs.ts';
import { type CombineOptions, combineShape, FIXED_SHAPE } from './combine-options.ts';
import { FinishedReport } from './finished-report.ts';
import { FiredPanes } from './fired-panes.ts';
import { groupedHeader, refuseReplacing } from './grouped-header.ts';
import { type EventWindows, savedWindows, windowsOf } from './groups.ts';
import { LateReport } from './late-report.ts';
import { LATE, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { type Moment, PanedGroups } from './paned-groups.ts';
import { PanedTicks } from './paned-ticks.ts';
import { PanesOnDisk } from './panes-on-disk.ts';
import { refusePartial } from './partial-header.ts';
import { resultSchema } from './result-schema.ts';
import { SideBatch } from './side-batch.ts';
import type { SpilledPanes } from './spilled-panes.ts';
import { compareShapes } from './state-shape.ts';
import { TakenEvents } from './taken-events.ts';
import { tellUnseen } from './unseen-fields.ts';

/**
 * Groups by window and key, aggregates, and fires each window as a trigger says, until the watermark has passed its end by the
 * lateness. A pane stands right behind the event that fires it, and before the watermark or the tick that does.
 */
export class PanedCombine implements Operator {
  readonly reads: readonly string[];
  readonly state: OperatorState;
  readonly #context: OperatorContext;
  readonly #options: CombineOptions;
  readonly #firing: Firing;
  readonly #inputs: CombineInputs;
  /** Events that were judged and not given their groups yet: an event for each of its windows. */
  readonly #taken: TakenEvents;
  /** Whether one of them may fire something: then they are dealt with before time goes on. */
  #urgent = false;
  /** The first end of their windows, ms. */
  #firstEnd = Number.POSITIVE_INFINITY;
  readonly #fired: FiredPanes;
  readonly #ticks: PanedTicks;
  readonly #late: LateReport;
  readonly #finished: FinishedReport;
  readonly #lateEvents: SideBatch;
  /** Made by the first event. */
  #paned: PanedGroups | undefined;
  /** Rows of `#batch` that were given slots and not added yet. */
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #slots = new Int32Array(BATCH_ROWS);
  /** How many of them are in use. */
  #pending = 0;
  /** The batch that is being read; valid while `onBatch` runs. */
  #batch: Batch | undefined;
  /** The window that was judged last, ms, and its scope, as long as its end is ahead. */
  readonly #window = noWindow();
  #scope = NO_SCOPE;
  #windowing = GLOBAL_WINDOWING;
  #watermark = Number.NEGATIVE_INFINITY;
  /** Time of the last tick, ms. */
  #tick = Number.NEGATIVE_INFINITY;
  /** Rows of all batches before this one: orders events of equal time. */
  #position = 0;
  /** Events so far, and how many of them in the runs before: what is told is told of this one. */
  #events = 0;
  #eventsRestored = 0;
  #tracked = false;
  /** Groups that are not in memory. */
  readonly #disk: PanesOnDisk;

  /** @param firing of the header that it is shown next */
  constructor(options: CombineOptions, firing: Firing, context: OperatorContext) {
    this.#context = context;
    this.#options = options;
    this.#firing = firing;
    this.#disk = new PanesOnDisk(options.memory ?? Number.POSITIVE_INFINITY, context.spill);
    this.#inputs = new CombineInputs(options.by, options.aggregates, context);
    this.#taken = new TakenEvents(this.#inputs.key);
    this.#fired = new FiredPanes(options, firing, context);
    this.#ticks = new PanedTicks(this.#fired, this.#disk);
    this.#late = new LateReport(context);
    this.#finished = new FinishedReport(context);
    this.#lateEvents = new SideBatch(LATE, context);
    this.reads = this.#inputs.projection.names;
    const shape = (): StateShape => combineShape(options, this.#windowing, firing);
    this.state = {
      get shape() {
        return shape();
      },
      compare: (saved) => compareShapes(saved, shape(), FIXED_SHAPE),
      summary: () => {
        const { keys, windows } = this.#paned?.grouping.open ?? { keys: 0, windows: 0 };
        return { keys: keys + this.#disk.count, windows, watermark: this.#watermark };
      },
      track: () => {
        this.#tracked = true;
        this.#paned?.grouping.track();
      },
      save: (out) => this.#save(out),
      restore: (from) => this.#restore(from),
      restored: () => this.#disk.restored(this.#paned),
    };
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#batch = batch;
    const inputs = this.#inputs;
    inputs.read(batch);
    const { mayReject } = inputs;
    for (let row = 0; row < batch.rows; row++) {
      const kind = batch.kind[row]!;
      if (kind === EVENT) {
        this.#events++;
        if (mayReject && inputs.rejects(batch, row)) continue;
        if (!this.#take(batch, row)) yield* this.#takeSlowly(batch, row);
        continue;
      }
      if (kind === WATERMARK) yield* this.#advance(batch, batch.time[row]!);
      if (kind === TICK) yield* this.#tickAt(batch, batch.time[row]!);
      yield* this.#fired.addTime(batch, row);
    }
    yield* this.#addTaken(batch);
    this.#position += batch.rows;
    yield this.#lateEvents.flush();
    yield inputs.rejected.flush();
    yield* this.#fired.flush();
    if (this.#paned !== undefined) yield* this.#disk.makeRoom(this.#paned, this.#watermark);
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'stream') {
      const { header } = marker;
      refusePartial(header);
      refuseReplacing(header, 'combine');
      this.#late.begin(header, this.#firing.lateness);
      this.#finished.begin(header);
      this.#windowing = header.windowing;
      const schema = resultSchema(this.#options, header);
      const combined = withSchema(groupedHeader(throughCommand(header, 'combine')), schema);
      return this.#context.emitMarker(MAIN, { kind: 'stream', header: combined });
    }
    if (marker.kind === 'end') {
      this.#late.tell();
      this.#finished.tell();
      if (this.#events > this.#eventsRestored)
        tellUnseen(this.#inputs.projection, this.#events, this.#context);
      this.#inputs.rejected.tell();
    }
    return this.#context.emitMarker(MAIN, marker);
  }

  #save(out: SnapshotWriter): void {
    out.value('combine', {
      watermark: savedNumber(this.#watermark),
      tick: savedNumber(this.#tick),
      position: this.#position,
      events: this.#events,
      rejected: this.#inputs.rejected.count,
      finished: this.#finished.count,
      seen: this.#inputs.projection.seenTexts,
      late: this.#late.save(),
    });
    this.#paned?.groups.save(out);
    this.#disk.save(out);
  }

  #restore(from: SnapshotReader): void {
    const saved = new SavedValue(from.value('combine'));
    this.#watermark = saved.number('watermark');
    this.#tick = saved.number('tick');
    this.#position = saved.integer('position', 0);
    this.#events = saved.integer('events', 0);
    this.#inputs.rejected.restore(saved.integer('rejected', 0));
    this.#finished.restore(saved.integer('finished', 0));
    this.#eventsRestored = this.#events;
    this.#inputs.projection.markSeenTexts(saved.texts('seen'));
    this.#late.restore(saved.inner('late'));
    const windows = savedWindows(from);
    if (windows === undefined) return;
    this.#paned = this.#createGroups(windows);
    this.#paned.restore(from, this.#watermark, this.#tick);
    this.#disk.restore(from);
  }

  #createGroups(windows: EventWindows): PanedGroups {
    const { aggregates } = this.#options;
    const paned = new PanedGroups(windows, this.#firing, aggregates, this.#inputs.columns, () =>
      this.#addPending(),
    );
    paned.trigger.tick = this.#tick;
    if (paned.sessions !== undefined) paned.sessions.ended = this.#watermark;
    if (this.#tracked) paned.grouping.track();
    return paned;
  }

  /** Judges an event and notes it for `#addTaken`; false: `#takeSlowly` must, for it is late somewhere, or there is no room. */
  #take(batch: Batch, row: number): boolean {
    this.#paned ??= this.#createGroups(windowsOf(batch, row, this.#windowing));
    const { groups, apart, sessions, trigger } = this.#paned;
    groups.expect(batch, row);
    const count = batch.windowCount[row]!;
    if (this.#taken.count + Math.max(1, count) > BATCH_ROWS) return false;
    const watermark = this.#watermark;
    if (apart === undefined) {
      this.#note(batch.windowEnd[row]!, trigger.countsEvents);
      this.#taken.add(row, sessions!.scope(batch, row, watermark), watermark);
      return true;
    }
    const window = this.#window;
    const { start, end } = window;
    readWindow(batch, row, 0, window);
    if (window.end === end && window.start === start && count < 2 && watermark < end) {
      // Events of one window mostly follow each other.
      this.#note(end, trigger.countsEvents);
      this.#taken.add(row, this.#scope, watermark);
      return true;
    }
    if (apart.isLate(window.end, watermark)) return false;
    this.#note(window.end, trigger.countsEvents);
    this.#scope = apart.scope(window.start, window.end, watermark);
    this.#taken.add(row, this.#scope, watermark);
    for (let i = 1; i < count; i++) {
      readWindow(batch, row, i, window);
      this.#scope = apart.scope(window.start, window.end, watermark);
      this.#taken.add(row, this.#scope, watermark);
    }
    return true;
  }

  /** An event that is late for some of its windows, or that there is no room for; what is told comes in the order of events. */
  *#takeSlowly(batch: Batch, row: number): Generator<undefined | Promise<void>, void, void> {
    yield* this.#addTaken(batch);
    yield* this.#disk.makeRoom(this.#paned!, this.#watermark);
    const { apart, trigger } = this.#paned!;
    if (apart === undefined) {
      this.#take(batch, row);
      return;
    }
    const window = this.#window;
    let missed = 0;
    for (let i = 0; i < Math.max(1, batch.windowCount[row]!); i++) {
      readWindow(batch, row, i, window);
      if (apart.isLate(window.end, this.#watermark)) {
        missed++;
        continue;
      }
      if (missed === i && missed > 0) this.#tellLate(batch, row, missed);
      if (this.#taken.count === BATCH_ROWS) {
        yield* this.#addTaken(batch);
        yield* this.#disk.makeRoom(this.#paned!, this.#watermark);
      }
      this.#note(window.end, trigger.countsEvents);
      this.#scope = apart.scope(window.start, window.end, this.#watermark);
      this.#taken.add(row, this.#scope, this.#watermark);
    }
    if (missed === Math.max(1, batch.windowCount[row]!)) this.#tellLate(batch, row, missed);
  }

  /** An event is taken whose first window ends at `end`. */
  #note(end: number, urgent: boolean): void {
    if (end < this.#firstEnd) this.#firstEnd = end;
    if (urgent || end <= this.#watermark) this.#urgent = true;
  }

  #tellLate(batch: Batch, row: number, missed: number): void {
    this.#late.add(this.#watermark, batch.windowEnd[row]!);
    this.#lateEvents.addMissed(batch, row, missed);
  }

  /** Finds the groups of the events taken, in order, and fires what they fire. */
  *#addTaken(batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const taken = this.#taken;
    const paned = this.#paned;
    if (taken.count === 0 || paned === undefined) return;
    const { grouping, sessions, apart, trigger, panes } = paned;
    const { spellings } = paned.groups;
    const { countsEvents, followsEvents, waitsForTicks } = trigger;
    const watermark = this.#watermark;
    taken.find(batch, grouping);
    if (this.#disk.windows !== undefined) this.#takeFromDisk(this.#disk.windows, apart!);
    const spelled = !taken.usual || !spellings.canonical;
    if (!(this.#urgent || followsEvents || spelled) && this.#addAtOnce(batch, paned)) return;
    let next = 0;
    for (let i = 0; i < taken.count; i++) {
      const row = taken.rows[i]!;
      let slot = taken.slots[i]!;
      let opened = taken.inserted[next] === i;
      if (opened) next++;
      let ended = false;
      if (apart !== undefined) {
        if (opened) apart.place(slot);
        if (this.#urgent) ended = watermark >= apart.end(slot);
      } else {
        slot = sessions!.place(batch, row, slot, opened);
        if (slot === NO_GROUP) {
          this.#tellLate(batch, row, 1);
          continue;
        }
        ({ opened } = sessions!);
        ended = watermark >= sessions!.end(slot);
        if (opened || sessions!.grown) sessions!.note(slot, watermark);
        if (sessions!.grown) paned.grow(slot, ended);
      }
      if (trigger.isFinished(slot)) {
        this.#tellFinished(batch, row, paned, slot);
        continue;
      }
      if (spelled) taken.spell(batch, i, spellings, slot, opened);
      this.#rows[this.#pending] = row;
      this.#slots[this.#pending++] = slot;
      panes.fill(slot);
      if (followsEvents) {
        trigger.onEvent(slot);
        if (waitsForTicks) trigger.arm(slot);
      }
      if ((ended || countsEvents) && trigger.shouldFire(slot, ended)) {
        if (this.#fired.isFull) yield* this.#fired.flush();
        this.#addPending();
        this.#fired.fireOne(paned, slot, ended);
      }
    }
    this.#addPending();
    grouping.placed();
    this.#takeAnew();
  }

  /** Groups of the events taken that were on disk go on in the rows that were made for their keys. */
  #takeFromDisk(spilled: SpilledPanes, apart: ApartGrouping): void {
    const { slots, inserted } = this.#taken;
    const made = inserted.map((index) => slots[index]!);
    const found = spilled.take(made, this.#watermark);
    let left = 0;
    for (let i = 0; i < made.length; i++) {
      if (found[i] === 1) apart.place(made[i]!);
      else inserted[left++] = inserted[i]!;
    }
    inserted.length = left;
  }

  /** Adds the events taken, where each but fills a pane; false: they must be looked at one by one. */
  #addAtOnce(batch: Batch, { groups, apart, trigger, panes }: PanedGroups): boolean {
    const taken = this.#taken;
    const { slots, count } = taken;
    if (apart === undefined || trigger.isAnyFinished(slots, count)) return false;
    for (const i of taken.inserted) apart.place(slots[i]!);
    panes.fillAll(slots, count);
    groups.add(batch, this.#position, taken.rows, slots, count);
    this.#takeAnew();
    return true;
  }

  #takeAnew(): void {
    this.#taken.clear();
    this.#urgent = false;
    this.#firstEnd = Number.POSITIVE_INFINITY;
  }

  /** The event goes out with the one window in which it counts no more. */
  #tellFinished(batch: Batch, row: number, { apart }: PanedGroups, slot: number): void {
    this.#finished.add(this.#watermark);
    if (apart === undefined || batch.windowCount[row]! <= 1) this.#lateEvents.add(batch, row);
    else this.#lateEvents.addIn(batch, row, apart.start(slot), apart.end(slot));
  }

  /** Adds the rows that were given slots to their accumulators. */
  #addPending(): void {
    const count = this.#pending;
    if (count === 0) return;
    this.#pending = 0;
    const { groups } = this.#paned!;
    groups.grouping.columns.markAll(this.#slots, count);
    groups.add(this.#batch!, this.#position, this.#rows, this.#slots, count);
  }

  /** A watermark has come: fires what it ends, and closes what it closes. */
  *#advance(batch: Batch, watermark: number): Generator<undefined | Promise<void>, void, void> {
    const paned = this.#paned;
    if (this.#urgent || this.#firstEnd <= watermark || paned?.grouping.closing(watermark))
      yield* this.#addTaken(batch);
    const before = this.#watermark;
    this.#watermark = watermark;
    if (paned === undefined) return;
    const { grouping } = paned;
    if (grouping.ending(watermark)) yield* this.#addTaken(batch);
    while (grouping.closing(watermark)) {
      const slots = grouping.closeNext();
      const ending = before < grouping.closed.end;
      const moment = { ended: true, ending, closing: true };
      yield* this.#fired.fireClosed(paned, slots, moment, this.#disk);
      grouping.release(slots);
    }
    for (let fired = 1; grouping.ending(watermark); fired++) {
      yield* this.#fired.fireClosed(paned, grouping.takeEnding(), AT_END, this.#disk);
      if (fired % LOOK_EVERY === 0) this.#disk.makeRoomBefore(grouping.closed.end, paned);
    }
    this.#disk.sessions?.fired();
    if (paned.sessions !== undefined) paned.sessions.ended = watermark;
  }

  /** A tick has come: fires what waits for it. */
  *#tickAt(batch: Batch, time: number): Generator<undefined | Promise<void>, void, void> {
    const paned = this.#paned;
    if (this.#urgent || paned?.trigger.waitsForTicks) yield* this.#addTaken(batch);
    this.#tick = Math.max(this.#tick, time);
    if (paned === undefined) return;
    yield* this.#ticks.pass(paned, { time, latest: this.#tick, watermark: this.#watermark });
  }
}

/** Windows that the watermark ends before it is asked how much memory their groups take. */
const LOOK_EVERY = 256;

const AT_END: Moment = { ended: true, ending: true, closing: false };

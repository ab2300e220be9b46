import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState, SnapshotReader, SnapshotWriter, StateShape } from '../state/snapshot.ts';
import { ON_DISK, type SpillFiles } from '../state/spill-files.ts';
import { BATCH_ROWS, type Batch, EVENT, WATERMARK } from '../stream/batch.ts';
import { GLOBAL_WINDOWING, throughCommand, withSchema } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import type { Projection } from '../stream/project.ts';
import { NO_GROUP, NO_SCOPE, type Tile } from '../windows/grouping.ts';
import { CollectedOutput } from './collected-output.ts';
import { CombineInputs } from './combine-inputs.ts';
import { type CombineOptions, combineShape, FIXED_SHAPE, paneWriter } from './combine-options.ts';
import { groupedHeader, refuseReplacing } from './grouped-header.ts';
import { type EventWindows, Groups, onceGrouping, savedWindows, windowsOf } from './groups.ts';
import { LateReport } from './late-report.ts';
import { LATE, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { type PaneWriter, writePane } from './pane-writer.ts';
import { refusePartial } from './partial-header.ts';
import type { RejectedEvents } from './rejected-events.ts';
import { resultSchema } from './result-schema.ts';
import { SideBatch } from './side-batch.ts';
import type { SpilledGroups } from './spilled-groups.ts';
import type { SpilledSessions } from './spilled-sessions.ts';
import { compareShapes } from './state-shape.ts';
import { TakenEvents } from './taken-events.ts';
import { tellUnseen } from './unseen-fields.ts';

/** What is counted for what is told at the end. */
export interface CombineTally {
  readonly events: number;
  /** Late events, and by how much the latest was, ms. */
  readonly late: number;
  readonly latest: number;
  /** Of each member that is asked for, whether an event has had it. */
  readonly seen: readonly boolean[];
  /** Names of the members of the first event, as far as one was read. */
  readonly first: readonly string[];
}

/** Bytes of results that are collected before they are handed on. */
const OUTPUT_BYTES = 1 << 16;

/** Groups by window and key, aggregates, and fires each window once, when the watermark passes its end. */
export class Combine implements Operator {
  readonly reads: readonly string[];
  readonly #context: OperatorContext;
  readonly #options: CombineOptions;
  readonly #inputs: CombineInputs;
  /** The members that are read. */
  readonly #projection: Projection;
  /** Events that were judged and not given their groups yet. */
  readonly #taken: TakenEvents;
  readonly #panes: PaneWriter;
  readonly #late: LateReport;
  readonly #lateEvents: SideBatch;
  readonly #rejected: RejectedEvents;
  /** Groups and their accumulators; made by the first event, freed window by window. */
  #groups: Groups | undefined;
  /** Rows of `#batch` that were given slots and not added yet. */
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #slots = new Int32Array(BATCH_ROWS);
  /** How many of them are in use. */
  #pending = 0;
  /** The windows of the event taken last, ms, and its scope, while these are open. */
  #lastTaken = NOTHING_TAKEN;
  /** The batch that is being read; valid while `onBatch` runs. */
  #batch: Batch | undefined;
  /** What the header says of the windows. */
  #windowing = GLOBAL_WINDOWING;
  #watermark = Number.NEGATIVE_INFINITY;
  /** Rows of all batches before this one: orders events of equal time. */
  #position = 0;
  /** Events so far. */
  #events = 0;
  /** How many of them were in the runs before: what is told is told of this one. */
  #eventsRestored = 0;
  /** Whether groups are to remember which of them change. */
  #tracked = false;
  /** Bytes. */
  readonly #memory: number;
  /** Groups on disk; undefined: all are in memory. */
  #spilled: SpilledGroups | undefined;
  #spilledSessions: SpilledSessions | undefined;
  /** What a snapshot has said of those on disk, until they are there. */
  #saved: { readonly runs: unknown; readonly gone: Buffer } | undefined;
  readonly #output: CollectedOutput;
  readonly state: OperatorState;

  constructor(options: CombineOptions, context: OperatorContext) {
    this.#context = context;
    this.#options = options;
    this.#memory = options.memory ?? Number.POSITIVE_INFINITY;
    this.#inputs = new CombineInputs(options.by, options.aggregates, context);
    this.#projection = this.#inputs.projection;
    this.#rejected = this.#inputs.rejected;
    this.#taken = new TakenEvents(this.#inputs.key);
    this.#panes = paneWriter(options, context);
    this.#late = new LateReport(context);
    this.#output = new CollectedOutput(context, OUTPUT_BYTES);
    this.reads = this.#projection.names;
    const shape = (): StateShape => combineShape(options, this.#windowing);
    this.state = {
      get shape() {
        return shape();
      },
      compare: (saved) => compareShapes(saved, shape(), FIXED_SHAPE),
      summary: () => ({
        ...(this.#groups?.grouping.open ?? { keys: 0, windows: 0 }),
        watermark: this.#watermark,
      }),
      track: () => {
        this.#tracked = true;
        this.#groups?.grouping.track();
      },
      save: (out) => this.#save(out),
      restore: (from) => this.#restore(from),
      restored: () => this.#open(),
    };
    this.#lateEvents = new SideBatch(LATE, context);
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
        if (!mayReject || !inputs.rejects(batch, row)) this.#take(batch, row);
        continue;
      }
      if (kind === WATERMARK) {
        this.#watermark = batch.time[row]!;
        if (this.#groups?.grouping.due(this.#watermark)) {
          this.#addTaken(batch);
          yield* this.#fire(this.#groups, this.#watermark);
        }
      }
      if (this.#output.batch.full) yield* this.#output.flush();
      this.#output.batch.addRow(batch, row);
    }
    this.#addTaken(batch);
    this.#position += batch.rows;
    yield this.#lateEvents.flush();
    yield this.#rejected.flush();
    yield* this.#output.flush();
    if (this.#groups?.exceed(this.#memory, BATCH_ROWS)) yield* this.#spill(this.#groups);
  }

  /** Fires all windows that are open, as if they were complete, where these are parts that are merged later. */
  *drain(): Generator<undefined | Promise<void>, void, void> {
    if (this.#groups !== undefined) yield* this.#fire(this.#groups, Number.POSITIVE_INFINITY);
    yield* this.#output.flush();
  }

  /** What was counted since the last call, for `account` of another. */
  takeTally(): CombineTally {
    const events = this.#events;
    this.#events = 0;
    const { seen, firstNames } = this.#projection;
    return { events, ...this.#late.take(), seen, first: firstNames };
  }

  /** Takes over what was combined elsewhere, and where the watermark stands behind that, ms. */
  account({ events, late, latest, seen, first }: CombineTally, watermark: number): void {
    this.#events += events;
    this.#late.addAll(late, latest);
    this.#projection.markSeen(seen);
    this.#projection.markFirst(first);
    this.#watermark = watermark;
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'stream') {
      refusePartial(marker.header);
      refuseReplacing(marker.header, 'combine');
      if (marker.header.firing !== undefined) throw firesMore();
      this.#late.begin(marker.header);
      this.#windowing = marker.header.windowing;
      const schema = resultSchema(this.#options, marker.header);
      const header = withSchema(groupedHeader(throughCommand(marker.header, 'combine')), schema);
      return this.#context.emitMarker(MAIN, { kind: 'stream', header });
    }
    if (marker.kind === 'end') {
      this.#late.tell();
      if (this.#events > this.#eventsRestored) tellUnseen(this.#projection, this.#events, this.#context);
      this.#rejected.tell();
    }
    return this.#context.emitMarker(MAIN, marker);
  }

  #save(out: SnapshotWriter): void {
    out.value('combine', {
      watermark: savedNumber(this.#watermark),
      position: this.#position,
      events: this.#events,
      rejected: this.#rejected.count,
      seen: this.#projection.seenTexts,
      late: this.#late.save(),
    });
    this.#groups?.save(out);
    const spilled = this.#spilled?.save() ?? this.#spilledSessions?.save();
    if (spilled === undefined || spilled.runs.length === 0) return;
    out.value(ON_DISK, spilled.runs);
    out.bytes(GONE, spilled.gone);
  }

  #restore(from: SnapshotReader): void {
    const saved = new SavedValue(from.value('combine'));
    this.#watermark = saved.number('watermark');
    this.#position = saved.integer('position', 0);
    this.#events = saved.integer('events', 0);
    this.#rejected.restore(saved.integer('rejected', 0));
    this.#eventsRestored = this.#events;
    this.#projection.markSeenTexts(saved.texts('seen'));
    this.#late.restore(saved.inner('late'));
    const windows = savedWindows(from);
    if (windows === undefined) return;
    this.#groups = this.#createGroups(windows);
    this.#groups.restore(from);
    const runs = from.value(ON_DISK);
    if (runs !== undefined) this.#saved = { runs, gone: from.bytes(GONE) ?? NO_BYTES };
  }

  async #open(): Promise<void> {
    const saved = this.#saved;
    this.#saved = undefined;
    if (saved === undefined) return;
    await this.#beginSpilling(this.#groups!, this.#context.spill!);
    this.#spilled?.restore(saved.runs);
    this.#spilledSessions?.restore(saved.runs, saved.gone);
  }

  /** Judges an event, and notes it for `#addTaken` unless it is too late. */
  #take(batch: Batch, row: number): void {
    const last = this.#lastTaken;
    if (
      batch.windowEnd[row] === last.end &&
      batch.windowStart[row] === last.start &&
      batch.windowCount[row] === last.count &&
      this.#watermark < last.end &&
      (last.count === 1 || batch.windowEvery[row] === last.every)
    ) {
      this.#taken.add(row, last.scope, this.#watermark);
      return;
    }
    this.#groups ??= this.#createGroups(windowsOf(batch, row, this.#windowing));
    const { grouping } = this.#groups;
    this.#groups.expect(batch, row);
    const scope = grouping.scope(batch, row, this.#watermark);
    if (grouping.missed > 0) this.#tellLate(batch, row, grouping.missed, this.#watermark);
    if (scope === NO_SCOPE) return;
    this.#taken.add(row, scope, this.#watermark);
    if (grouping.direct && grouping.missed === 0) this.#remember(batch, row, scope);
  }

  #createGroups(windows: EventWindows): Groups {
    const groups = new Groups(
      windows,
      this.#options.aggregates,
      this.#inputs.columns,
      (merge) => onceGrouping(windows, this.#options.aggregates, merge),
      () => this.#addPending(),
    );
    if (this.#tracked) groups.grouping.track();
    return groups;
  }

  /** Events of one window mostly follow each other: the next need not be judged anew. */
  #remember(batch: Batch, row: number, scope: number): void {
    const count = batch.windowCount[row]!;
    if (count < 1) return;
    const [start, end, every] = [batch.windowStart[row]!, batch.windowEnd[row]!, batch.windowEvery[row]!];
    this.#lastTaken = { scope, start, end, every, count };
  }

  /** Finds the groups of the events taken, and adds them to these: before windows close, and after each batch. */
  #addTaken(batch: Batch): void {
    const taken = this.#taken;
    if (taken.count === 0) return;
    const { grouping, spellings } = this.#groups!;
    taken.find(batch, grouping);
    if (grouping.direct && taken.usual && spellings.canonical) {
      for (const i of taken.inserted) grouping.place(batch, taken.rows[i]!, taken.slots[i]!, true);
      this.#groups!.add(batch, this.#position, taken.rows, taken.slots, taken.count);
    } else this.#placeTaken(batch, taken, this.#groups!);
    taken.clear();
    grouping.placed();
  }

  /** One by one: where groups are not rows of their keys, or keys came in several spellings. */
  #placeTaken(batch: Batch, taken: TakenEvents, { grouping, spellings }: Groups): void {
    let next = 0;
    for (let i = 0; i < taken.count; i++) {
      const row = taken.rows[i]!;
      let slot = taken.slots[i]!;
      const inserted = taken.inserted[next] === i;
      if (inserted) next++;
      if (inserted || !grouping.direct) {
        slot = grouping.place(batch, row, slot, inserted);
        if (slot === NO_GROUP) {
          this.#tellLate(batch, row, grouping.missed, taken.watermarks[i]!);
          continue;
        }
        taken.spell(batch, i, spellings, slot, grouping.opened);
      } else taken.spell(batch, i, spellings, slot, false);
      this.#rows[this.#pending] = row;
      this.#slots[this.#pending++] = slot;
    }
    this.#addPending();
  }

  #tellLate(batch: Batch, row: number, missed: number, watermark: number): void {
    this.#late.add(watermark, batch.windowEnd[row]!);
    this.#lateEvents.addMissed(batch, row, missed);
  }

  /** Adds the rows that were given slots to their accumulators. */
  #addPending(): void {
    const count = this.#pending;
    if (count === 0) return;
    this.#pending = 0;
    this.#groups!.grouping.columns.markAll(this.#slots, count);
    this.#groups!.add(this.#batch!, this.#position, this.#rows, this.#slots, count);
  }

  *#fire(groups: Groups, watermark: number): Generator<undefined | Promise<void>, void, void> {
    const { grouping } = groups;
    this.#lastTaken = NOTHING_TAKEN;
    while (grouping.due(watermark)) {
      const tiles = this.#spilled === undefined ? undefined : groups.spillable!.closeApart();
      if (tiles !== undefined && this.#spilled!.holds(tiles))
        yield* this.#fireSpilled(groups, this.#spilled!, tiles);
      else {
        if (tiles === undefined) grouping.closeNext();
        else groups.spillable!.collect();
        for (const slot of this.#panes.arrange(groups)) {
          if (this.#output.isFull) yield* this.#output.flush();
          this.#panes.write(groups, slot, this.#output.batch);
        }
      }
      grouping.release();
    }
  }

  *#fireSpilled(
    groups: Groups,
    spilled: SpilledGroups,
    tiles: readonly Tile[],
  ): Generator<undefined | Promise<void>, void, void> {
    const { closed } = groups.grouping;
    const { order, limit } = this.#options;
    if (order.length > 0) {
      const results = spilled.ordered(tiles, this.#panes, order, limit);
      for (const { bytes, ends, time } of results.all()) {
        if (this.#output.isFull) yield* this.#output.flush();
        writePane(bytes, ends.at(-2)!, ends.at(-1)!, time, closed, this.#output.batch);
      }
      results.remove();
      return;
    }
    let left = limit;
    for (const slot of spilled.merged(tiles)) {
      if (left-- === 0) break;
      if (this.#output.isFull) yield* this.#output.flush();
      this.#panes.write(groups, slot, this.#output.batch);
    }
  }

  /** Groups take more memory than they should: writes them to disk. */
  *#spill(groups: Groups): Generator<undefined | Promise<void>, void, void> {
    const open = this.#context.spill;
    if (open === undefined) return;
    if ((this.#spilled ?? this.#spilledSessions) === undefined) yield this.#beginSpilling(groups, open);
    this.#lastTaken = NOTHING_TAKEN;
    this.#spilled?.spill();
    this.#spilledSessions?.spill();
  }

  async #beginSpilling(groups: Groups, open: () => Promise<SpillFiles>): Promise<void> {
    const { spillable, sessions } = groups;
    if (spillable !== undefined) {
      const [{ SpilledGroups }, files] = await Promise.all([import('./spilled-groups.ts'), open()]);
      this.#spilled = new SpilledGroups(groups, spillable, files, this.#memory);
    }
    if (sessions !== undefined) {
      const [{ SpilledSessions }, files] = await Promise.all([import('./spilled-sessions.ts'), open()]);
      this.#spilledSessions = new SpilledSessions(sessions, files);
    }
  }
}

const firesMore = (): TidemarkError =>
  new TidemarkError('failed', 'partial results are of windows that fire once, when they are complete', {
    hint: 'leave out --trigger, --early, --late and --lateness of the tm window before',
  });

const NO_BYTES = Buffer.alloc(0);

/** The name in a snapshot of what of that on disk has been taken. */
const GONE = 'taken from disk';

const NOTHING_TAKEN = { scope: -1, start: Number.NaN, end: Number.NaN, every: Number.NaN, count: 0 };

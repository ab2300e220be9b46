import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState, SnapshotReader, SnapshotWriter, StateShape } from '../state/snapshot.ts';
import { ON_DISK } from '../state/spill-files.ts';
import { type Batch, EVENT, TICK, WATERMARK } from '../stream/batch.ts';
import { GLOBAL_WINDOWING, throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { CollectedOutput } from './collected-output.ts';
import { refuseReplacing } from './grouped-header.ts';
import { HeldBlocks } from './held-blocks.ts';
import { LateReport } from './late-report.ts';
import { MergedEvents } from './merged-events.ts';
import { LATE, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { SideBatch } from './side-batch.ts';
import type { SpilledEvents } from './spilled-events.ts';
import { compareShapes, WINDOWS, windowsInWords } from './state-shape.ts';

export interface SortOptions {
  /** What events may take in memory, bytes, before they are written to disk; undefined: all that there is. */
  readonly memory?: number;
}

/** Bytes of events that are handed on at once. */
const OUTPUT_BYTES = 1 << 17;

/**
 * Holds events until the watermark passes them, and gives them in the order of their times, those of equal times as they came:
 * those before the watermark stand before its row. An event behind the watermark is late, and left out.
 */
export class Sort implements Operator {
  readonly #context: OperatorContext;
  readonly #late: LateReport;
  readonly #lateEvents: SideBatch;
  /** Events that have not been given; those on disk came before all those in memory. */
  readonly #held = new HeldBlocks();
  /** Undefined: none was ever on disk. */
  #spilled: SpilledEvents | undefined;
  /** What a snapshot has said of those on disk, until they are there. */
  #saved: unknown;
  /** Bytes. */
  readonly #memory: number;
  #watermark = Number.NEGATIVE_INFINITY;
  /** What the header says of the windows. */
  #windowing = GLOBAL_WINDOWING;
  readonly #output: CollectedOutput;
  readonly state: OperatorState;

  constructor({ memory = Number.POSITIVE_INFINITY }: SortOptions, context: OperatorContext) {
    this.#context = context;
    this.#memory = memory;
    this.#late = new LateReport(context);
    this.#output = new CollectedOutput(context, OUTPUT_BYTES);
    this.#lateEvents = new SideBatch(LATE, context);
    const shape = (): StateShape => ({ [WINDOWS]: windowsInWords(this.#windowing) });
    this.state = {
      get shape() {
        return shape();
      },
      compare: (saved) => compareShapes(saved, shape(), [WINDOWS]),
      summary: () => ({
        held: this.#held.count + (this.#spilled?.count ?? 0),
        watermark: this.#watermark,
      }),
      track: () => this.#held.track(),
      save: (out) => this.#save(out),
      restore: (from) => this.#restore(from),
      restored: () => this.#open(),
    };
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const { rows, kind, time } = batch;
    for (let row = 0; row < rows; row++) {
      switch (kind[row]) {
        case EVENT:
          if (time[row]! >= this.#watermark) this.#held.add(batch, row);
          else this.#tellLate(batch, row);
          break;
        case WATERMARK:
          this.#watermark = time[row]!;
          yield* this.#give();
          yield* this.#output.addTime(batch, row);
          break;
        case TICK:
          yield* this.#output.addTime(batch, row);
          break;
      }
    }
    yield this.#lateEvents.flush();
    yield* this.#output.flush();
    if (this.#held.size > this.#memory) yield* this.#spill();
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') this.#late.tell();
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    refuseReplacing(marker.header, 'sort');
    this.#late.begin(marker.header);
    this.#windowing = marker.header.windowing;
    const header = throughCommand(marker.header, 'sort');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  #save(out: SnapshotWriter): void {
    out.value('sort', { watermark: savedNumber(this.#watermark), late: this.#late.save() });
    out.rows('held', this.#held);
    const runs = this.#spilled?.save() ?? [];
    if (runs.length > 0) out.value(ON_DISK, runs);
  }

  #restore(from: SnapshotReader): void {
    const saved = new SavedValue(from.value('sort'));
    this.#watermark = saved.number('watermark');
    this.#late.restore(saved.inner('late'));
    this.#held.restoreWatermark(this.#watermark);
    from.rows('held', this.#held);
    this.#saved = from.value(ON_DISK);
  }

  async #open(): Promise<void> {
    const saved = this.#saved;
    this.#saved = undefined;
    if (saved === undefined) return;
    await this.#beginSpilling();
    this.#spilled!.restore(saved, this.#watermark);
  }

  #tellLate(batch: Batch, row: number): void {
    this.#late.add(this.#watermark, batch.time[row]!);
    this.#lateEvents.add(batch, row);
  }

  /** Gives the events before the watermark. */
  *#give(): Generator<undefined | Promise<void>, void, void> {
    const output = this.#output;
    const { batch } = output;
    const sources = [...(this.#spilled?.runs ?? []), ...this.#held.due(this.#watermark)];
    const events = new MergedEvents(sources, this.#watermark);
    for (let source = events.first; source !== undefined; source = events.first) {
      if (output.isFull) yield* output.flush();
      source.block.copyTo(batch, source.row, source.time);
      events.advance();
    }
    this.#spilled?.tidy();
    this.#held.tidy();
  }

  /** Events take more memory than they should: writes them to disk. */
  *#spill(): Generator<undefined | Promise<void>, void, void> {
    if (this.#context.spill === undefined) return;
    if (this.#spilled === undefined) yield this.#beginSpilling();
    const count = this.#held.count;
    if (count === 0) return;
    this.#spilled!.spill(this.#held.all(), count);
    this.#held.clear();
  }

  async #beginSpilling(): Promise<void> {
    const [{ SpilledEvents }, files] = await Promise.all([
      import('./spilled-events.ts'),
      this.#context.spill!(),
    ]);
    this.#spilled = new SpilledEvents(files);
  }
}

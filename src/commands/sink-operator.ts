import type { EpochTarget, Target } from '../connectors/connector.ts';
import type { LogPlace } from '../connectors/module-target.ts';
import { TidemarkError } from '../errors.ts';
import { recordCount } from '../formats/meta.ts';
import type { MetaMode, RecordWriter } from '../formats/record-writer.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import type { Leaf, Operator, OperatorContext, Work } from '../operators/operator.ts';
import { changesOf } from '../state/shape.ts';
import type { OperatorState, StateShape, TargetNotes } from '../state/snapshot.ts';
import { type Batch, EVENT, endsTime } from '../stream/batch.ts';
import type { EndReason, Header, Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';

/** The name in the shape of a sink under which its target stands. */
const LOCATION = 'LOCATION';

/** Records that are written at once: `flatten` makes many of an event that is in many windows. */
const RECORDS_AT_ONCE = 16_384;

export interface SinkOptions {
  /** For messages: `results.csv`, `standard output`. */
  readonly name: string;
  /** Whether what is written is out at once, so that nothing can be taken back: stdout. */
  readonly immediate: boolean;
  readonly meta: MetaMode;
  /** Opens where the results go; called once, when the stream's header has told whether it ends by itself. */
  open(bounded: boolean): Target | Promise<Target>;
  /** The same for a stream whose source keeps state. @throws TidemarkError */
  openKept(place: LogPlace): EpochTarget | Promise<EpochTarget>;
  /** Refuses a stream that lacks what the results are made of, before anything is opened. @throws TidemarkError `usage` */
  check(header: Header): void;
  /** The writer of the format; undefined: the stream itself, with its markers. */
  createWriter: ((stream: WrittenStream) => RecordWriter | Promise<RecordWriter>) | undefined;
  /** What is written, and how: a state that was kept belongs to it. */
  readonly shape: StateShape;
}

/** What a writer is told of the stream. */
export interface WrittenStream {
  readonly header: Header;
  /** Whether a table may wait for rows: it ends by itself, and no epoch is committed before. */
  readonly bounded: boolean;
  /** csv, tsv: the columns of the target, as an earlier run has left it; undefined: there was none. */
  readonly columns?: readonly string[] | undefined;
}

/** What a sink keeps at a barrier. */
interface SavedSink {
  /** Where it wrote to. */
  readonly name: string;
  /** What the target says of itself. */
  readonly position: unknown;
  readonly columns?: readonly string[] | undefined;
}

/**
 * Writes a stream to a target: formats each batch and waits until the target has taken it. Whether something
 * of it is left at the target is decided at the end: `drained` commits; `skipped` leaves the target as it was;
 * a bounded stream that stays `suspended`, or is cut off, leaves nothing.
 */
export class SinkOperator implements Operator {
  readonly state: OperatorState;
  readonly leaf: Leaf;
  readonly #options: SinkOptions;
  readonly #context: OperatorContext;
  /** Bytes of the batch at hand; in use until the target has taken them. */
  readonly #out = new ByteWriter(1 << 18, kernel().buffers);
  readonly #printer = new StreamPrinter();
  /** From the header on. */
  #target: Target | undefined;
  /** Instead of `#target`, in a stream whose source keeps state: from `recover` on. */
  #kept: EpochTarget | undefined;
  /** The last watermark has come: the epoch that ends next is the last. */
  #complete = false;
  /** With the target; undefined also where the stream itself is written. */
  #writer: RecordWriter | undefined;
  /** As the header says. */
  #bounded = true;
  /** Undefined until it has come. */
  #header: Header | undefined;
  /** With epochs: something has come since the last barrier. */
  #unprepared = false;
  /** With epochs: what comes last is written. */
  #endWritten = false;
  /** What has become of the target. `finished`: committed or abandoned, nothing is left to decide. */
  #outcome: 'open' | 'suspended' | 'finished' = 'open';

  constructor(options: SinkOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    const shape = { ...options.shape, [LOCATION]: options.name };
    this.state = {
      shape,
      // Another target begins by itself, whatever the one before was written as.
      compare: (saved) => ({
        refused: saved[LOCATION] === options.name ? changesOf(saved, shape) : [],
        added: [],
        lost: [],
      }),
      track: () => {},
      save: () => {},
      restore: () => {},
    };
    this.leaf = {
      recover: (saved, notes) => this.#recover(saved as SavedSink | undefined, notes),
      prepare: (epoch) => this.#prepare(epoch),
      publish: (epoch) => this.#kept!.publish(epoch),
    };
  }

  onBatch(_input: number, batch: Batch): Work {
    const writer = this.#writer;
    if (endsTime(batch)) this.#complete = true;
    this.#unprepared = true;
    if (writer === undefined) {
      this.#printer.printBatch(batch, this.#out);
      return this.#flush();
    }
    const records = this.#countRecords(batch);
    if (records > RECORDS_AT_ONCE) return this.#writeInParts(batch, writer);
    if (records === 0) return undefined;
    return this.#write(writer, batch, 0, batch.rows);
  }

  onMarker(_input: number, marker: Marker): Work {
    switch (marker.kind) {
      case 'stream':
        return this.#begin(marker);
      case 'end':
        return this.#end(marker.reason);
      default:
        return this.#print(marker);
    }
  }

  /** The input is at its end: a stream that was suspended does not go on in this run. */
  async close(): Promise<void> {
    if (this.#kept !== undefined) return this.#closeKept(this.#kept);
    if (this.#outcome !== 'suspended') return;
    // A stored stream says itself that it is suspended; the others have been written as they came.
    if (this.#options.createWriter === undefined || this.#options.immediate || !this.#bounded) {
      await this.#target?.commit();
      this.#outcome = 'finished';
      return;
    }
    this.#context.notice(
      `the stream is suspended, so ${this.#options.name} is left as it was`,
      'sink --format stream stores a suspended stream',
    );
    await this.abort();
  }

  async abort(): Promise<void> {
    if (this.#outcome === 'finished') return;
    this.#outcome = 'finished';
    await this.#target?.abandon();
    await this.#kept?.close();
  }

  /** Behind what was prepared last, and is committed, there is at most the line that says that the stream goes on. */
  async #closeKept(kept: EpochTarget): Promise<void> {
    if (this.#outcome === 'suspended' && this.#options.createWriter === undefined)
      this.#printer.printMarker({ kind: 'end', reason: 'suspended' }, this.#out);
    if (this.#outcome !== 'finished') await kept.end(this.#out.view());
    this.#outcome = 'finished';
    await kept.close();
  }

  async #recover(saved: SavedSink | undefined, notes: TargetNotes): Promise<void> {
    const { name, openKept, createWriter } = this.#options;
    const { directory, id, stages } = this.#header!.state!;
    const stage = stages.at(-1)!;
    const { StateDirectory } = await import('../epochs/state-directory.ts');
    const folder = new StateDirectory(directory).folderOf(stage);
    const kept = await openKept({ id: `${id}/${stage}`, folder });
    this.#kept = kept;
    await kept.recover(saved?.position, notes);
    const same = saved?.name === name;
    if (saved !== undefined && !same)
      this.#context.notice(`results went to ${saved.name} before; from here on they go to ${name}`);
    if (kept.atLeastOnce === true) {
      this.#context.notice(
        `${name} gets results at least once: those since the last commit come again after a crash`,
        'a file gets each once: tm sink FILE',
      );
    }
    this.#writer = await createWriter?.({
      header: this.#header!,
      bounded: false,
      columns: same ? (saved?.columns ?? []) : undefined,
    });
    if (createWriter !== undefined || saved !== undefined) return;
    const { state: _state, ...header } = this.#header!;
    this.#printer.printMarker({ kind: 'stream', header }, this.#out);
    await this.#flush();
  }

  /** With the last watermark the end of the output belongs to the epoch too. */
  async #prepare(epoch: number): Promise<SavedSink> {
    if (this.#complete && !this.#endWritten) {
      this.#endWritten = true;
      this.#writer?.end(this.#out);
      if (this.#options.createWriter === undefined)
        this.#printer.printMarker({ kind: 'end', reason: 'drained' }, this.#out);
    }
    await this.#flush();
    this.#unprepared = false;
    const position = await this.#kept!.prepare(epoch);
    return { name: this.#options.name, position, columns: this.#writer?.columns };
  }

  async #begin(marker: Marker & { kind: 'stream' }): Promise<void> {
    this.#options.check(marker.header);
    this.#outcome = 'open';
    this.#header = marker.header;
    if (marker.header.state !== undefined || marker.header.other.skipped === true) return;
    if (this.#target === undefined) {
      this.#bounded = marker.header.bounded;
      this.#target = await this.#options.open(this.#bounded);
      this.#writer = await this.#options.createWriter?.({ header: marker.header, bounded: this.#bounded });
    }
    await this.#print(marker);
  }

  async #end(reason: EndReason): Promise<void> {
    if (this.#kept !== undefined) {
      if (this.#unprepared && reason !== 'skipped') throw withoutBarrier();
      this.#outcome = reason === 'drained' ? 'open' : reason === 'suspended' ? 'suspended' : 'finished';
      return;
    }
    await this.#print({ kind: 'end', reason });
    if (reason === 'suspended') {
      this.#outcome = 'suspended';
      return;
    }
    if (reason === 'drained') {
      this.#writer?.end(this.#out);
      await this.#flush();
    }
    if (reason === 'drained') await this.#target?.commit();
    else await this.#target?.abandon();
    this.#outcome = 'finished';
  }

  #print(marker: Marker): undefined | Promise<void> {
    if (this.#options.createWriter !== undefined || this.#kept !== undefined) return undefined;
    this.#printer.printMarker(marker, this.#out);
    return this.#flush();
  }

  /** What stands before an event that the format cannot hold is written, wherever the batch began. */
  #write(writer: RecordWriter, batch: Batch, from: number, to: number): undefined | Promise<void> {
    try {
      writer.write(batch, this.#out, from, to);
    } catch (error) {
      return this.#fail(error);
    }
    return this.#flush();
  }

  async #fail(error: unknown): Promise<void> {
    await this.#flush();
    throw error;
  }

  #flush(): undefined | Promise<void> {
    const out = this.#out;
    if (out.length === 0) return undefined;
    const written = (this.#kept ?? this.#target)!.write(out.view());
    out.clear();
    return written;
  }

  #countRecords(batch: Batch): number {
    let records = 0;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === EVENT) records += recordCount(this.#options.meta, batch, row);
    }
    if (records > 0) this.#context.count('records_out', records);
    return records;
  }

  *#writeInParts(batch: Batch, writer: RecordWriter): Generator<undefined | Promise<void>, void, void> {
    let from = 0;
    let records = 0;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === EVENT) records += recordCount(this.#options.meta, batch, row);
      if (records < RECORDS_AT_ONCE && row < batch.rows - 1) continue;
      yield this.#write(writer, batch, from, row + 1);
      from = row + 1;
      records = 0;
    }
  }
}

/** Behind the last barrier nothing counts: what came there is taken back by the next run. */
const withoutBarrier = (): TidemarkError =>
  new TidemarkError('cut', 'the stream ends without a barrier, so that what came last does not count', {
    hint: 'every line that is no event has to pass, to the end: leave out --eof drain, and what drops such lines',
  });

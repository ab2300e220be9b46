import { isGenerate } from '../connectors/generate-options.ts';
import { notSorted } from '../connectors/time-search.ts';
import { TidemarkError } from '../errors.ts';
import { isPlain } from '../formats/declared-names.ts';
import { RecordBatch, type Rejects, type ResumableReader } from '../formats/format.ts';
import { createRecordReader, type StampOptions } from '../formats/readers.ts';
import type { SchemaGuard } from '../formats/schema-guard.ts';
import type { Path } from '../json/path.ts';
import { kernel } from '../kernel/kernel.ts';
import { MAIN } from '../operators/operator.ts';
import { TimeRange } from '../operators/time-range.ts';
import { findWatermarks } from '../operators/watermark-records.ts';
import { BATCH_ROWS, Batch, WATERMARK } from '../stream/batch.ts';
import type { Schema } from '../stream/schema.ts';
import { instantText } from '../time/instant.ts';
import { NearestYear } from '../time/nearest-year.ts';
import { FoundMembers } from './found-members.ts';
import { RecordRejects } from './record-rejects.ts';
import { SourceDecisions } from './source-decisions.ts';
import type { LocationTimes, WholePosition } from './source-kept.ts';
import { formatOf, type SourceOptions, sourceHeader } from './source-options.ts';
import { finite } from './source-position.ts';
import { partName } from './source-shard.ts';
import { SourceTimes } from './source-times.ts';
import { hasWatermark } from './source-watermark.ts';
import type { SourceContext } from './stage.ts';
import { noTime } from './time-members.ts';

/** Bytes that a block has room for, with what is written behind the records. */
const BLOCK = 1 << 20;

/** Formats that give each record its time; `generate:` does so by a member. */
const TIMED_FORMATS = new Set(['combined', 'common', 'syslog', 'journal']);

/** What a source makes of records, whatever location they come from: events with watermarks between them. */
export class SourceRecords {
  readonly #options: SourceOptions;
  readonly #context: SourceContext;
  readonly rejects: RecordRejects;
  /** Their times, and what the stream tells of time. */
  readonly times: SourceTimes;
  readonly #stamps: StampOptions;
  /**
   * The block that is read, and the events made of it, over the same bytes; both used again by each block. There is
   * room for what stages of the same process write behind the block: one that outgrew it was copied each time.
   */
  readonly batch: RecordBatch;
  /** Members that operators of the same process read. */
  readonly #members: FoundMembers;
  readonly #out = new Batch(BATCH_ROWS, 0);
  /** Which events are wanted; undefined: all. */
  readonly range: TimeRange | undefined;
  /** What is decided that the input does not tell; undefined: nothing is kept. */
  readonly #decisions: SourceDecisions | undefined;
  /** Undefined: nothing is declared of the records. */
  #guard: SchemaGuard | undefined;
  /** Events that `--limit` still allows. */
  #left: number;
  /** Events that were handed on, with epochs those of all runs. */
  #count = 0;
  /** Of the file that is read only the lines of a part are. */
  #cut = false;
  /** An earlier run has ended the stream: its windows have been given out, and no event may come. */
  drained = false;

  constructor(options: SourceOptions, context: SourceContext) {
    this.#options = options;
    this.#context = context;
    this.#left = options.limit;
    this.#decisions = context.epochs && new SourceDecisions(context.epochs.journal);
    const { schema } = options;
    const held = schema === undefined || heldByScan(schema, options);
    this.#members = new FoundMembers(context.members, options.time, held ? [] : [...schema.members.keys()]);
    this.batch = new RecordBatch(undefined, BLOCK, kernel().buffers, this.#members.names.length);
    this.rejects = new RecordRejects(options.skipRejected, context);
    const { zone, year, time } = options;
    this.#stamps = { zone, years: new NearestYear(year), needed: time === undefined };
    if (options.range !== undefined) {
      this.range = new TimeRange({
        ...options.range,
        disorder: options.sorted ? (options.delay ?? 0) : undefined,
        reader: options.timeReader,
      });
    }
    this.times = new SourceTimes(options, context, {
      decisions: this.#decisions,
      rejects: this.rejects,
      events: () => this.#count,
    });
  }

  /** No more events are wanted. */
  get satisfied(): boolean {
    return this.#left === 0;
  }

  /** @param names of what is read */
  async begin(names: readonly string[], bounded: boolean): Promise<void> {
    const { schema } = this.#options;
    if (schema !== undefined) {
      const { SchemaGuard } = await import('../formats/schema-guard.ts');
      const { time } = this.#options;
      const timeName = typeof time === 'object' && time.steps.length === 1 ? time.steps[0] : undefined;
      this.#guard = new SchemaGuard(schema, this.rejects, this.#members.names, timeName);
    }
    const header = sourceHeader(this.#options, names, bounded);
    await this.times.load();
    await this.#context.emitMarker(MAIN, { kind: 'stream', header });
    if (!this.drained) await this.times.begin(bounded);
  }

  /** Goes on with one of several locations. @param others the least of what the others have reached, ms */
  enterLocation(times: LocationTimes, others: number): void {
    this.times.enterLocation(times, others);
    this.range?.beginLocation(times.latest);
  }

  /** What the location that is read has come to. */
  get reached(): LocationTimes {
    return { ...this.times.reached, latest: this.range?.highest ?? Number.NEGATIVE_INFINITY };
  }

  /**
   * @param name for messages
   * @param cut only the lines of a part are read
   */
  beginFile(name: string, cut: boolean): void {
    const { shard } = this.#options;
    this.#cut = cut && shard !== undefined;
    this.rejects.location = this.#cut ? partName(name, shard!) : name;
    this.rejects.formatIsDefault =
      this.#options.format === undefined && formatOf(this.#options, name) === 'ndjson';
  }

  /** Whether records can have a time: without one the first record says what is missing. */
  isTimed(format: string): boolean {
    return this.#options.time !== undefined || TIMED_FORMATS.has(format);
  }

  /** @param name for messages */
  createReader(location: string, rejects: Rejects, linesBefore = 0, name = location): ResumableReader {
    const { time, schema } = this.#options;
    const reader = createRecordReader(formatOf(this.#options, location), {
      rejects,
      time: typeof time === 'object' ? time : isGenerate(location) ? GENERATED_TIME : undefined,
      members: this.#members.names,
      ...(schema === undefined ? {} : { schema }),
      maxLine: this.#context.maxLine,
      stamps: this.#stamps,
      dialect: this.#options.dialect,
      location: name,
      linesBefore,
    });
    // The file's first bytes, where a byte order mark may stand, are the first part's.
    if (this.#cut && this.#options.shard!.index > 0)
      reader.restore({ line: linesBefore, fresh: false, passing: false });
    return reader;
  }

  async onRecords(location: string): Promise<boolean> {
    const records = this.batch;
    if (records.rows === 0) {
      await this.rejects.flush();
      return true;
    }
    if (!isGenerate(location) && !this.isTimed(formatOf(this.#options, location))) {
      throw noTime(records.bytes.toString('utf8', records.start[0]!, records.end[0]!), location);
    }
    if (this.drained) throw this.#behindTheEnd();
    const state = this.range?.keep(records) ?? 'inside';
    if (this.#options.watermark.kind === 'manual') findWatermarks(records, this.rejects);
    await this.times.clock?.beforeEvents();
    let failed: unknown;
    let unfit: unknown;
    try {
      this.#guard?.keep(records);
    } catch (error) {
      // What stands before that record is an event.
      unfit = error;
    }
    try {
      this.times.events.readTimes(records, this.#left);
    } catch (error) {
      // Where a record is refused for good, those before it are events all the same.
      failed = error;
    }
    const { timed } = this.times.events;
    await this.#handOn(timed);
    const lastLine = timed > 0 ? records.line[timed - 1]! : 0;
    if (failed !== undefined) throw failed;
    const limited = this.#left === 0;
    if (unfit !== undefined && !limited) throw unfit;
    if (state === 'disordered' && !limited) throw this.#disordered();
    const passed = state === 'passed';
    const end = passed ? this.range!.line : Number.POSITIVE_INFINITY;
    await this.rejects.flush(limited ? lastLine : end);
    return !limited && !passed;
  }

  /** Hands on the first records as events, with what an earlier run has had from its clock between them. */
  async #handOn(events: number): Promise<void> {
    const before = this.#count;
    const looks = this.#decisions?.clockAmong(before, events) ?? [];
    // Where events have come at a time, that says as much.
    if (this.times.clock !== undefined && this.#options.time !== 'arrival' && events > 0)
      this.#decisions?.notePassed(before + events);
    let from = 0;
    for (const look of looks) {
      const to = look.events - before;
      await this.#emit(from, to);
      from = to;
      await this.times.clock?.tell(look);
    }
    await this.#emit(from, events);
  }

  async #emit(from: number, to: number): Promise<void> {
    if (from === to) return;
    const records = this.batch;
    const out = this.#out;
    out.clear();
    out.bytes = records.bytes;
    this.times.place(records, out, to, from);
    out.used = records.used;
    out.found = this.#members.among(records, out, from);
    // Lines of the whole file are not known then.
    if (this.#cut || this.rejects.part !== undefined) out.line.fill(0, 0, out.rows);
    this.#left -= to - from;
    this.#count += to - from;
    await this.#context.emit(MAIN, out);
  }

  #behindTheEnd(): Error {
    return new TidemarkError('failed', 'the stream has its end, and there is more to read', {
      ...this.rejects.place(this.batch.line[0]!),
      hint: 'what was drained does not go on: begin anew with --reset-state, or keep what is new in another directory',
    });
  }

  #disordered(): Error {
    const { line, behind } = this.range!;
    return notSorted(behind, this.#options.delay ?? 0, this.rejects.place(line));
  }

  /** Says that no event follows. */
  async complete(): Promise<void> {
    this.#out.clear();
    this.#out.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    await this.#context.emit(MAIN, this.#out);
  }

  /** No event before this time follows; epoch ms. */
  async completeTo(watermark: number): Promise<void> {
    if (!this.times.events.advance(watermark, 1)) return;
    this.#out.clear();
    this.#out.addTime(WATERMARK, watermark);
    await this.#context.emit(MAIN, this.#out);
  }

  save(): WholePosition {
    const range = this.range;
    return {
      ...this.times.save(),
      years: this.#stamps.years.save() ?? null,
      events: this.#count,
      rejected: this.rejects.total,
      range:
        range === undefined
          ? null
          : { kept: range.kept, least: finite(range.least), greatest: finite(range.greatest) },
    };
  }

  restore(position: WholePosition): void {
    const { years, events, rejected, range } = position;
    this.times.restore(position);
    if (years !== null) this.#stamps.years.saw(years.local, years.year);
    this.#count = events;
    this.#left = Math.max(0, this.#options.limit - events);
    this.rejects.before = rejected;
    if (range === null || this.range === undefined) return;
    this.range.kept = range.kept;
    this.range.least = range.least ?? Number.POSITIVE_INFINITY;
    this.range.greatest = range.greatest ?? Number.NEGATIVE_INFINITY;
  }

  /** A range that is empty is often a zone or a year that was meant otherwise. */
  tellEmptyRange(): void {
    const range = this.range;
    if (range === undefined || range.kept > 0 || range.least > range.greatest) return;
    this.#context.notice(
      `no event is in the range: those that were read are from ${instantText(range.least)} to ${instantText(range.greatest)}`,
    );
  }

  hintAboutEndless(endless: string | undefined): void {
    if (endless === undefined || hasWatermark(this.#options)) return;
    this.#context.notice(
      `${endless} has no end, and without a watermark no window is ever fired`,
      'say how late events may come: --delay 1s',
    );
  }

  /** Gives the block back: nothing is read any more, whether it went well or not. */
  release(): void {
    this.batch.release();
  }
}

/** Whether the scan of the records sees itself which of them fit a schema: then the guard wants no members of it. */
const heldByScan = (schema: Schema, options: SourceOptions): boolean =>
  isPlain(schema) &&
  options.locations.every((location) => FORMATS_OF_KERNEL.includes(formatOf(options, location)));

/** Formats whose readers hold records to a schema. */
const FORMATS_OF_KERNEL = ['ndjson', 'csv', 'tsv', 'logfmt'];

const GENERATED_TIME: Path = { text: 'time', steps: ['time'] };

import { isGenerate } from '../connectors/generate-options.ts';
import { notSorted } from '../connectors/time-search.ts';
import { TidemarkError } from '../errors.ts';
import { isPlain } from '../formats/declared-names.ts';
import { RecordBatch, type Rejects, type ResumableReader } from '../formats/format.ts';
import { createRecordReader, type StampOptions } from '../formats/readers.ts';
import type { SchemaGuard } from '../formats/schema-guard.ts';
import type { Path } from '../json/path.ts';
import { kernel } from '../kernel/kernel.ts';
import { ClockLines, type ClockState } from '../operators/clock-lines.ts';
import { EventTime } from '../operators/event-time.ts';
import { MAIN } from '../operators/operator.ts';
import { TimeRange } from '../operators/time-range.ts';
import type { WatermarkEstimator } from '../operators/watermark-estimator.ts';
import { findWatermarks } from '../operators/watermark-records.ts';
import { BATCH_ROWS, Batch, WATERMARK } from '../stream/batch.ts';
import type { Schema } from '../stream/schema.ts';
import { formatDuration } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { NearestYear } from '../time/nearest-year.ts';
import { FoundMembers } from './found-members.ts';
import { RecordRejects } from './record-rejects.ts';
import { SourceClock } from './source-clock.ts';
import { SourceDecisions } from './source-decisions.ts';
import type { LocationTimes, WholePosition } from './source-kept.ts';
import { formatOf, originOf, type SourceOptions, sourceHeader, tickEveryOf } from './source-options.ts';
import { type ClockPosition, finite } from './source-position.ts';
import { partName } from './source-shard.ts';
import { followsClock, hasWatermark } from './source-watermark.ts';
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
  readonly events: EventTime;
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
  #lines: ClockLines | undefined;
  /** Makes that of a location; undefined: the watermark is made otherwise. */
  #createEstimator: (() => WatermarkEstimator) | undefined;
  /** When the location that is read had its last event, by the clock; epoch ms. */
  active = Number.NEGATIVE_INFINITY;
  /** Undefined: no line of the stream is made by a clock. */
  clock: SourceClock | undefined;
  /** Where the clock of the run before stood. */
  #clockBefore: WholePosition['clock'];
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
    this.events = new EventTime({
      origin: originOf(options, this.#arrivalStamp(context.now)),
      watermark: options.watermark.kind,
      delay: options.delay,
      every: options.watermarkEvery,
      rejects: this.rejects,
    });
  }

  #arrivalStamp(now: SourceContext['now']): (times: Float64Array, events: number) => void {
    const decisions = this.#decisions;
    if (decisions === undefined) return (times, events) => void times.fill(now(), 0, events);
    return (times, events) => decisions.stampArrival(times, this.#count, events, now);
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
    await this.#loadEstimators();
    await this.#context.emitMarker(MAIN, { kind: 'stream', header });
    this.#setClock(tickEveryOf(this.#options, bounded));
    await this.clock?.beforeEvents();
  }

  async #loadEstimators(): Promise<void> {
    const { watermark } = this.#options;
    if (watermark.kind !== 'module') return;
    const { loadEstimators } = await import('../connectors/watermark-module.ts');
    const { UserModule } = await import('../connectors/user-module.ts');
    const module = new UserModule(watermark.place, LOADING);
    this.#createEstimator = await loadEstimators(module, this.#decisions !== undefined);
  }

  /** @param last no other location is read behind it */
  beginLocation(last: boolean): void {
    this.events.estimator = this.#createEstimator?.();
    this.events.beginLocation(last);
  }

  /** Goes on with one of several locations. @param others the least of what the others have reached, ms */
  enterLocation({ highest, latest, active, estimator }: LocationTimes, others: number): void {
    this.events.estimator = this.#createEstimator?.();
    if (estimator !== undefined) this.events.estimator?.restore(estimator);
    this.events.enterLocation(highest, others);
    this.range?.beginLocation(latest);
    this.active = active === Number.NEGATIVE_INFINITY ? this.#now : active;
  }

  /** What the location that is read has come to. */
  get times(): LocationTimes {
    return {
      highest: this.events.state.highest,
      latest: this.range?.highest ?? Number.NEGATIVE_INFINITY,
      active: this.active,
      estimator: this.events.estimator?.save(),
    };
  }

  /** What the clock said last, epoch ms. */
  get #now(): number {
    return this.clock?.now ?? Number.NEGATIVE_INFINITY;
  }

  #setClock(tickEvery: number | undefined): void {
    const { watermark, delay = 0, watermarkEvery: every, idle } = this.#options;
    if (this.drained || (tickEvery === undefined && !followsClock(this.#options))) return;
    const wall = watermark.kind === 'wall' ? { delay, every, mark: this.events } : undefined;
    const lines = new ClockLines({ tickEvery, wall, idle });
    const before = this.#clockBefore;
    if (before !== undefined) {
      const { tick, now, active, events, idle: isIdle } = before;
      const none = Number.NEGATIVE_INFINITY;
      lines.state = {
        tick: tick ?? none,
        now: now ?? none,
        active: active ?? none,
        events,
        idle: isIdle,
      };
    }
    this.#lines = lines;
    this.clock = new SourceClock(
      {
        lines,
        decisions: this.#decisions,
        patience: tickEvery ?? every,
        events: () => this.#count,
        emit: (out) => this.#context.emit(MAIN, out),
        emitIdle: () => this.#context.emitMarker(MAIN, { kind: 'idle' }),
      },
      this.#context,
    );
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
    await this.clock?.beforeEvents();
    let failed: unknown;
    let unfit: unknown;
    try {
      this.#guard?.keep(records);
    } catch (error) {
      // What stands before that record is an event.
      unfit = error;
    }
    try {
      this.events.readTimes(records, this.#left);
    } catch (error) {
      // Where a record is refused for good, those before it are events all the same.
      failed = error;
    }
    const { timed } = this.events;
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
    if (this.clock !== undefined && this.#options.time !== 'arrival' && events > 0)
      this.#decisions?.notePassed(before + events);
    let from = 0;
    for (const look of looks) {
      const to = look.events - before;
      await this.#emit(from, to);
      from = to;
      await this.clock?.tell(look);
    }
    await this.#emit(from, events);
  }

  async #emit(from: number, to: number): Promise<void> {
    if (from === to) return;
    const records = this.batch;
    const out = this.#out;
    out.clear();
    out.bytes = records.bytes;
    const { maxAhead } = this.#options;
    if (maxAhead !== undefined) this.events.latest = this.#now + maxAhead;
    this.active = this.#now;
    this.events.place(records, out, to, from);
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
    const { state } = this.events;
    if (watermark <= state.watermark) return;
    this.events.state = { ...state, watermark };
    this.#out.clear();
    this.#out.addTime(WATERMARK, watermark);
    await this.#context.emit(MAIN, this.#out);
  }

  save(): WholePosition {
    const range = this.range;
    return {
      watermark: finite(this.events.state.watermark),
      years: this.#stamps.years.save() ?? null,
      events: this.#count,
      rejected: this.rejects.total,
      ...(this.#lines === undefined ? {} : { clock: clockPosition(this.#lines.state) }),
      range:
        range === undefined
          ? null
          : { kept: range.kept, least: finite(range.least), greatest: finite(range.greatest) },
    };
  }

  restore({ watermark, years, events, rejected, clock, range }: WholePosition): void {
    this.events.state = {
      highest: Number.NEGATIVE_INFINITY,
      watermark: watermark ?? Number.NEGATIVE_INFINITY,
    };
    if (years !== null) this.#stamps.years.saw(years.local, years.year);
    this.#count = events;
    this.#left = Math.max(0, this.#options.limit - events);
    this.rejects.before = rejected;
    this.#clockBefore = clock;
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

  /** Events that were too far ahead of the clock are often of a clock that is wrong. */
  tellAhead(): void {
    const { ahead } = this.events;
    if (ahead === 0) return;
    this.#context.count('ahead', ahead);
    const events = ahead === 1 ? '1 event was' : `${ahead} events were`;
    const most = formatDuration(this.#options.maxAhead!);
    this.#context.notice(`${events} more than ${most} ahead of the clock, and did not move the watermark`);
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

/** How long a module may take to be loaded, ms. */
const LOADING = 30_000;

const clockPosition = ({ tick, now, active, events, idle }: ClockState): ClockPosition => ({
  tick: finite(tick),
  now: finite(now),
  active: finite(active),
  events,
  idle,
});
/** Whether the scan of the records sees itself which of them fit a schema: then the guard wants no members of it. */
const heldByScan = (schema: Schema, options: SourceOptions): boolean =>
  isPlain(schema) &&
  options.locations.every((location) => FORMATS_OF_KERNEL.includes(formatOf(options, location)));

/** Formats whose readers hold records to a schema. */
const FORMATS_OF_KERNEL = ['ndjson', 'csv', 'tsv', 'logfmt'];

const GENERATED_TIME: Path = { text: 'time', steps: ['time'] };

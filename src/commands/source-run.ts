import type { ByteFile, Shard, Split } from '../connectors/connector.ts';
import { isGenerate } from '../connectors/generate-options.ts';
import { resolveLocations } from '../connectors/locations.ts';
import { readRecords } from '../connectors/record-loop.ts';
import { turn } from '../connectors/regular-reader.ts';
import type { OnCommit } from '../connectors/replayable.ts';
import { isModule } from '../connectors/source-module.ts';
import { STDIN } from '../connectors/stdin.ts';
import { notSorted } from '../connectors/time-search.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { DialectOptions } from '../formats/dialect.ts';
import { RecordBatch, type Rejects, type ResumableReader } from '../formats/format.ts';
import { JOURNAL_TIME } from '../formats/journal-reader.ts';
import { createRecordReader, formatOfName, type StampOptions } from '../formats/readers.ts';
import type { Path } from '../json/path.ts';
import { kernel } from '../kernel/kernel.ts';
import { EventTime, type TimeOrigin } from '../operators/event-time.ts';
import { MAIN } from '../operators/operator.ts';
import { TimeRange, timeOfRecord } from '../operators/time-range.ts';
import { BATCH_ROWS, Batch, WATERMARK } from '../stream/batch.ts';
import { GLOBAL_WINDOWING } from '../stream/header.ts';
import { instantText } from '../time/instant.ts';
import { NearestYear } from '../time/nearest-year.ts';
import type { TimeReader } from '../time/time-format.ts';
import type { Zone } from '../time/zone.ts';
import { FoundMembers } from './found-members.ts';
import { RecordRejects } from './record-rejects.ts';
import { type BlockReading, fileOfBlocks, readInBlocks, readPieces } from './source-blocks.ts';
import type { EpochSource, WholePosition } from './source-epochs.ts';
import { partFrom } from './source-part.ts';
import { finite } from './source-position.ts';
import { refuseEndlessSearch, refuseUnreachable, type TimeLimits } from './source-range.ts';
import { replayStream } from './source-replay.ts';
import { partName, type ShardSplit, shardOf } from './source-shard.ts';
import type { SourceContext, SourceEpochs } from './stage.ts';
import { noTime } from './time-members.ts';

export interface SourceOptions {
  readonly locations: readonly string[];
  /** What to read instead of locations: a program's own records. */
  readonly splits: readonly Split[] | undefined;
  /** Undefined: by each location's name. */
  readonly format: string | undefined;
  /** Of csv and tsv. */
  readonly dialect: DialectOptions;
  readonly time: Path | 'arrival' | 'none' | undefined;
  readonly timeFormat: string;
  readonly timeReader: TimeReader;
  /** Of times that carry none, in formats that have their own. */
  readonly zone: Zone;
  /** Of the first time, in formats that write none. */
  readonly year: number | undefined;
  /** ms; undefined: no watermark before the end. */
  readonly delay: number | undefined;
  readonly watermarkEvery: number;
  readonly follow: boolean;
  /** Undefined: all events are wanted. */
  readonly range: TimeLimits | undefined;
  /** No record of a location is older than one before it by more than the delay. */
  readonly sorted: boolean;
  /** With epochs: the end of the input is the end of the stream; else it is suspended there. */
  readonly drain: boolean;
  /** With epochs: at the end of the input the watermark moves to the clock minus the delay. */
  readonly completeToNow: boolean;
  readonly limit: number;
  /** The part of the input that is read; undefined: all. */
  readonly shard: Shard | undefined;
  /** Whether a stop by a signal is an end like any other: the windows that are open fire. */
  readonly drainOnInterrupt: boolean;
  readonly skipRejected: boolean;
  /** With epochs: what is done when a file is gone that was not read to its end. */
  readonly onLostFile: 'fail' | 'skip';
  /** With epochs: what is done with a file of a directory or a pattern once its records are committed. */
  readonly onCommit: OnCommit | undefined;
}

/** Bytes that a block has room for, with what is written behind the records. */
const BLOCK = 1 << 20;

/** How long stdin may stay open before it is told that nothing is fired yet, ms. */
const STDIN_HINT_AFTER = 10_000;

/** Formats that give each record its time; `generate:` does so by a member. */
const TIMED_FORMATS = new Set(['combined', 'common', 'syslog', 'journal']);

/** Reads the locations and writes their records as a stream: the work of `tm source`. */
export async function runSource(
  options: SourceOptions,
  context: SourceContext,
  blocks?: BlockReading,
): Promise<void> {
  const { follow } = options;
  if (context.epochs !== undefined) {
    // What other threads combine has no place that could be gone back to.
    await blocks?.close();
    return runWithEpochs(options, context, context.epochs);
  }
  if (options.onCommit !== undefined) {
    throw usageError(
      '--on-commit needs --state: without it nothing is committed',
      'say where state is kept: --state DIR',
    );
  }
  const notice = (message: string): void => context.notice(message);
  const all = options.splits ?? (await resolveLocations(options.locations, { follow, notice }));
  const { shard } = options;
  const splits = shard === undefined ? all : shardOf(all, shard, (name) => formatOf(options, name));
  refuseUnreachable(splits);
  refuseEndlessSearch(splits.find((split) => split.endless)?.name, options);
  if (options.format === 'stream') return replayStream(splits, context);
  const run = new SourceRun(options, splits, context, shard === undefined ? blocks : undefined);
  try {
    await run.run();
  } finally {
    run.release();
    await blocks?.close();
  }
}

/** @throws TidemarkError `usage` where the locations cannot be read again */
async function runWithEpochs(
  options: SourceOptions,
  context: SourceContext,
  epochs: SourceEpochs,
): Promise<void> {
  if (options.format === 'stream' || options.splits !== undefined) {
    throw usageError(
      options.splits === undefined
        ? 'a stored stream has its own epochs: --state cannot keep where it was read up to'
        : "a program's own records cannot be read again, so --state cannot keep where they were read up to",
      'leave --state out',
    );
  }
  const run = new SourceRun(options, [], context, undefined);
  try {
    await run.runWithEpochs(epochs);
  } finally {
    run.release();
  }
}

class SourceRun {
  readonly #options: SourceOptions;
  readonly #splits: readonly ShardSplit[];
  readonly #context: SourceContext;
  readonly #rejects: RecordRejects;
  readonly #events: EventTime;
  readonly #stamps: StampOptions;
  /**
   * The block that is read, and the events made of it, over the same bytes; both used again by each block. There is
   * room for what stages of the same process write behind the block: one that outgrew it was copied each time.
   */
  readonly #records: RecordBatch;
  /** Members that operators of the same process read. */
  readonly #members: FoundMembers;
  readonly #out = new Batch(BATCH_ROWS, 0);
  /** Which events are wanted; undefined: all. */
  readonly #range: TimeRange | undefined;
  readonly #blocks: BlockReading | undefined;
  /** Events that `--limit` still allows. */
  #left: number;
  /** Events that were handed on, with epochs those of all runs. */
  #count = 0;
  /** Of the file that is read only the lines of a part are. */
  #cut = false;
  /** An earlier run has ended the stream. */
  #drained = false;

  constructor(
    options: SourceOptions,
    splits: readonly ShardSplit[],
    context: SourceContext,
    blocks: BlockReading | undefined,
  ) {
    this.#blocks = blocks;
    this.#options = options;
    this.#splits = splits;
    this.#context = context;
    this.#left = options.limit;
    this.#members = new FoundMembers(context.members, options.time);
    this.#records = new RecordBatch(undefined, BLOCK, kernel().buffers, this.#members.names.length);
    this.#rejects = new RecordRejects(options.skipRejected, context);
    const { zone, year, time } = options;
    this.#stamps = { zone, years: new NearestYear(year), needed: time === undefined };
    if (options.range !== undefined) {
      this.#range = new TimeRange({
        ...options.range,
        disorder: options.sorted ? (options.delay ?? 0) : undefined,
        reader: options.timeReader,
      });
    }
    this.#events = new EventTime({
      origin: originOf(options, context.now),
      delay: options.delay,
      every: options.watermarkEvery,
      rejects: this.#rejects,
    });
  }

  async run(): Promise<void> {
    const context = this.#context;
    await this.#begin(!this.#options.follow && !this.#splits.some(({ endless }) => endless));
    this.#hintAboutEndless(this.#splits.find((split) => split.endless)?.name);
    const hint = this.#hintAboutStdin();
    try {
      await this.#readAll();
    } finally {
      clearTimeout(hint);
      await this.#rejects.flush();
    }
    this.#rejects.tell();
    this.#tellEmptyRange();
    // An interrupt that also ended the input must be seen before the end is written.
    await turn();
    await turn();
    if (context.signal.aborted && !this.#options.drainOnInterrupt) return;
    await this.#complete();
    await context.emitMarker(MAIN, { kind: 'end', reason: 'drained' });
  }

  /** Says that no event follows. */
  async #complete(): Promise<void> {
    this.#out.clear();
    this.#out.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    await this.#context.emit(MAIN, this.#out);
  }

  /** The input is complete up to now, as far as events are not older than the delay. */
  async #completeToNow(): Promise<void> {
    const watermark = this.#context.now() - (this.#options.delay ?? 0);
    const { state } = this.#events;
    if (watermark <= state.watermark) return;
    this.#events.state = { ...state, watermark };
    this.#out.clear();
    this.#out.addTime(WATERMARK, watermark);
    await this.#context.emit(MAIN, this.#out);
  }

  /** Gives the block back: nothing is read any more, whether it went well or not. */
  release(): void {
    this.#records.release();
  }

  /** Reads on where an earlier run has stopped, and keeps where this one stops. */
  async runWithEpochs(epochs: SourceEpochs): Promise<void> {
    const { signal } = this.#context;
    const { locations, follow, onLostFile, onCommit, shard, drain, drainOnInterrupt } = this.#options;
    const { EpochReading } = await import('./source-epochs.ts');
    const notice = (message: string, hint?: string): void => this.#context.notice(message, hint);
    const reading = await EpochReading.begin(
      locations,
      {
        follow,
        onLostFile,
        onCommit,
        shard,
        isCut: (location) => readInBlocks(this.#formatOf(location)),
        notice,
      },
      this.#epochSource(epochs),
    );
    refuseEndlessSearch(reading.endless, this.#options);
    this.#drained = reading.drained;
    await this.#begin(reading.endless === undefined);
    this.#hintAboutEndless(reading.endless);
    try {
      await reading.read();
    } finally {
      await this.#rejects.flush();
    }
    this.#rejects.tell();
    if (reading.drained) return this.#context.emitMarker(MAIN, { kind: 'end', reason: 'drained' });
    // An interrupt that also ended the input must be seen before the end is written.
    await turn();
    await turn();
    const drains = reading.finished || (signal.aborted ? drainOnInterrupt : drain);
    if (drains) {
      this.#tellEmptyRange();
      await this.#complete();
    } else if (this.#options.completeToNow && !signal.aborted) await this.#completeToNow();
    await reading.end(drains);
    await this.#context.emitMarker(MAIN, { kind: 'end', reason: drains ? 'drained' : 'suspended' });
  }

  #epochSource(epochs: SourceEpochs): EpochSource {
    const run = this;
    return {
      epochs,
      signal: this.#context.signal,
      records: this.#records,
      drain: this.#options.drain,
      formatOf: (location) => this.#formatOf(location),
      beginLocation: (_location, { highest, latest }, others) => {
        this.#events.enterLocation(highest, others);
        this.#range?.beginLocation(latest);
      },
      beginOrder: () => this.#range?.beginLocation(),
      beginFile: (name, cut) => this.#beginFile(name, cut),
      createReader: (location, name) => this.#createReader(location, this.#rejects, 0, name),
      onRecords: (location) => this.#onRecords(location),
      get times() {
        return {
          highest: run.#events.state.highest,
          latest: run.#range?.highest ?? Number.NEGATIVE_INFINITY,
        };
      },
      get satisfied() {
        return run.#left === 0;
      },
      save: () => this.#save(),
      restore: (position) => this.#restore(position),
    };
  }

  #save(): WholePosition {
    const range = this.#range;
    return {
      watermark: finite(this.#events.state.watermark),
      years: this.#stamps.years.save() ?? null,
      events: this.#count,
      rejected: this.#rejects.total,
      range:
        range === undefined
          ? null
          : { kept: range.kept, least: finite(range.least), greatest: finite(range.greatest) },
    };
  }

  #restore({ watermark, years, events, rejected, range }: WholePosition): void {
    this.#events.state = {
      highest: Number.NEGATIVE_INFINITY,
      watermark: watermark ?? Number.NEGATIVE_INFINITY,
    };
    if (years !== null) this.#stamps.years.saw(years.local, years.year);
    this.#count = events;
    this.#left = Math.max(0, this.#options.limit - events);
    this.#rejects.before = rejected;
    if (range === null || this.#range === undefined) return;
    this.#range.kept = range.kept;
    this.#range.least = range.least ?? Number.POSITIVE_INFINITY;
    this.#range.greatest = range.greatest ?? Number.NEGATIVE_INFINITY;
  }

  async #begin(bounded: boolean): Promise<void> {
    const { delay, watermarkEvery } = this.#options;
    await this.#context.emitMarker(MAIN, {
      kind: 'stream',
      header: {
        version: 1,
        commands: ['source'],
        bounded,
        watermark: delay === undefined ? {} : { delay, every: watermarkEvery },
        windowing: GLOBAL_WINDOWING,
        branch: '',
        other: {},
      },
    });
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#context;
    const last = this.#splits.at(-1);
    for (const split of this.#splits) {
      if (signal.aborted || this.#left === 0) return;
      this.#beginFile(split.name, split.cut === true);
      this.#events.beginLocation(split === last);
      const read = (part: Split, linesBefore = 0): Promise<boolean> =>
        readRecords(part, this.#records, {
          signal,
          createReader: () => this.#createReader(split.name, this.#rejects, linesBefore),
          onRecords: () => this.#onRecords(split.name),
        });
      const format = this.#formatOf(split.name);
      const file = this.#isTimed(format) ? fileOfBlocks(this.#blocks, split, format) : undefined;
      if (file === undefined) await read(this.#narrowed(split));
      else await this.#readBlocks(file, split, read);
    }
  }

  /**
   * @param name for messages
   * @param cut only the lines of a part are read
   */
  #beginFile(name: string, cut: boolean): void {
    const { shard } = this.#options;
    this.#cut = cut && shard !== undefined;
    this.#rejects.location = this.#cut ? partName(name, shard!) : name;
    this.#rejects.formatIsDefault = this.#options.format === undefined && this.#formatOf(name) === 'ndjson';
  }

  /** Reads a file of which other threads combine what is usual; the rest is read here. */
  #readBlocks(
    file: ByteFile,
    split: Split,
    read: (part: Split, linesBefore: number) => Promise<boolean>,
  ): Promise<void> {
    const { delay, watermarkEvery: every } = this.#options;
    const { maxLine, signal } = this.#context;
    const location = {
      name: split.name,
      format: this.#formatOf(split.name),
      maxLine,
      delay: split === this.#splits.at(-1) ? delay : undefined,
      every,
      state: this.#events.state,
    };
    return readPieces(this.#blocks!.read(file, location), signal, {
      emit: (batch) => this.#context.emit(MAIN, batch),
      read: async (part, linesBefore, state) => {
        this.#events.state = state;
        await read(part, linesBefore);
      },
    }).finally(() => file.close());
  }

  /** Whether records can have a time: without one the first record says what is missing. */
  #isTimed(format: string): boolean {
    return this.#options.time !== undefined || TIMED_FORMATS.has(format);
  }

  /** The part of a location that can have wanted events, where that can be found. */
  #narrowed(split: Split): Split {
    const { range, sorted, delay, timeReader } = this.#options;
    const format = this.#formatOf(split.name);
    const part =
      range === undefined || !sorted || !this.#isTimed(format)
        ? undefined
        : partFrom(split, format, {
            createReader: () => this.#createReader(split.name, PASSED_OVER),
            timeOf: (records, row) => timeOfRecord(records, row, timeReader),
            from: range.from,
            disorder: delay ?? 0,
          });
    this.#rejects.part = part?.place;
    this.#range?.beginLocation(part?.highest);
    return part?.split ?? split;
  }

  /** @param name for messages */
  #createReader(location: string, rejects: Rejects, linesBefore = 0, name = location): ResumableReader {
    const { time } = this.#options;
    const reader = createRecordReader(this.#formatOf(location), {
      rejects,
      time: typeof time === 'object' ? time : isGenerate(location) ? GENERATED_TIME : undefined,
      members: this.#members.names,
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

  #formatOf(location: string): string {
    return formatOf(this.#options, location);
  }

  async #onRecords(location: string): Promise<boolean> {
    const records = this.#records;
    if (records.rows === 0) {
      await this.#rejects.flush();
      return true;
    }
    if (!isGenerate(location) && !this.#isTimed(this.#formatOf(location))) {
      throw noTime(records.bytes.toString('utf8', records.start[0]!, records.end[0]!), location);
    }
    if (this.#drained) throw this.#behindTheEnd();
    const state = this.#range?.keep(records) ?? 'inside';
    const out = this.#out;
    out.clear();
    out.bytes = records.bytes;
    let failed: unknown;
    try {
      const events = this.#events.stamp(records, out, this.#left);
      this.#left -= events;
      this.#count += events;
    } catch (error) {
      failed = error;
    }
    out.used = records.used;
    out.found = this.#members.among(records, out);
    const lastLine = out.rows > 0 ? out.line[out.rows - 1]! : 0;
    // Lines of the whole file are not known then.
    if (this.#cut || this.#rejects.part !== undefined) out.line.fill(0, 0, out.rows);
    if (out.rows > 0) await this.#context.emit(MAIN, out);
    if (failed !== undefined) throw failed;
    const limited = this.#left === 0;
    if (state === 'disordered' && !limited) throw this.#disordered();
    const passed = state === 'passed';
    const end = passed ? this.#range!.line : Number.POSITIVE_INFINITY;
    await this.#rejects.flush(limited ? lastLine : end);
    return !limited && !passed;
  }

  #behindTheEnd(): Error {
    return new TidemarkError('failed', 'the stream has its end, and there is more to read', {
      ...this.#rejects.place(this.#records.line[0]!),
      hint: 'what was drained does not go on: begin anew with --reset-state',
    });
  }

  #disordered(): Error {
    const { line, behind } = this.#range!;
    return notSorted(behind, this.#options.delay ?? 0, this.#rejects.place(line));
  }

  /** A range that is empty is often a zone or a year that was meant otherwise. */
  #tellEmptyRange(): void {
    const range = this.#range;
    if (range === undefined || range.kept > 0 || range.least > range.greatest) return;
    this.#context.notice(
      `no event is in the range: those that were read are from ${instantText(range.least)} to ${instantText(range.greatest)}`,
    );
  }

  #hintAboutEndless(endless: string | undefined): void {
    if (endless === undefined || this.#options.delay !== undefined) return;
    this.#context.notice(
      `${endless} has no end, and without a watermark no window is ever fired`,
      'say how late events may come: --delay 1s',
    );
  }

  #hintAboutStdin(): NodeJS.Timeout | undefined {
    const { delay, follow } = this.#options;
    if (delay !== undefined || follow || !this.#splits.some(({ name }) => name === STDIN)) return undefined;
    const hint = setTimeout(() => {
      this.#context.notice(
        'still reading standard input, and no window is fired before its end',
        'for a live input say how late events may come: --delay 30s',
      );
    }, STDIN_HINT_AFTER);
    return hint.unref();
  }
}

/** What a search meets on its way is told, if at all, by who reads on from there. */
const PASSED_OVER: Rejects = { reject: () => {} };

const formatOf = ({ format }: SourceOptions, location: string): string =>
  format ?? (isGenerate(location) || isModule(location) ? 'ndjson' : formatOfName(location));

const GENERATED_TIME: Path = { text: 'time', steps: ['time'] };

/** @param now processing time, epoch ms */
export function originOf(options: SourceOptions, now: () => number): TimeOrigin {
  const { time, timeFormat, timeReader } = options;
  if (time === 'arrival') return { kind: 'arrival', now };
  if (time === 'none') return { kind: 'none' };
  const field = time?.text ?? (options.format === 'journal' ? JOURNAL_TIME : 'time');
  return { kind: 'record', field, format: timeFormat, reader: timeReader };
}

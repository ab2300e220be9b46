import type { Split } from '../connectors/connector.ts';
import { isGenerate } from '../connectors/generate-options.ts';
import { resolveLocations } from '../connectors/locations.ts';
import { readRecords } from '../connectors/record-loop.ts';
import { turn } from '../connectors/regular-reader.ts';
import { STDIN } from '../connectors/stdin.ts';
import { usageError } from '../errors.ts';
import { RecordBatch } from '../formats/format.ts';
import { createRecordReader, formatOfName } from '../formats/readers.ts';
import type { Path } from '../json/path.ts';
import { EventTime, type TimeOrigin } from '../operators/event-time.ts';
import { MAIN } from '../operators/operator.ts';
import { BATCH_ROWS, Batch, WATERMARK } from '../stream/batch.ts';
import { GLOBAL_WINDOWING } from '../stream/header.ts';
import type { TimeReader } from '../time/time-format.ts';
import { RecordRejects } from './record-rejects.ts';
import { replayStream } from './source-replay.ts';
import type { SourceContext } from './stage.ts';
import { timesIn } from './time-members.ts';

export interface SourceOptions {
  readonly locations: readonly string[];
  /** What to read instead of locations: a program's own records. */
  readonly splits: readonly Split[] | undefined;
  /** Undefined: by each location's name. */
  readonly format: string | undefined;
  readonly time: Path | 'arrival' | 'none' | undefined;
  readonly timeFormat: string;
  readonly timeReader: TimeReader;
  /** ms; undefined: no watermark before the end. */
  readonly delay: number | undefined;
  readonly watermarkEvery: number;
  readonly follow: boolean;
  readonly limit: number;
  /** Whether a stop by a signal is an end like any other: the windows that are open fire. */
  readonly drainOnInterrupt: boolean;
  readonly skipRejected: boolean;
}

/** How long stdin may stay open before it is told that nothing is fired yet, ms. */
const STDIN_HINT_AFTER = 10_000;

/** Formats that give each record its time; `generate:` does so by a member. */
const TIMED_FORMATS = new Set(['combined', 'common']);

/** Reads the locations and writes their records as a stream: the work of `tm source`. */
export async function runSource(options: SourceOptions, context: SourceContext): Promise<void> {
  const { follow } = options;
  const notice = (message: string): void => context.notice(message);
  const splits = options.splits ?? (await resolveLocations(options.locations, { follow, notice }));
  refuseUnreachable(splits);
  if (options.format === 'stream') return replayStream(splits, context);
  await new SourceRun(options, splits, context).run();
}

/** Locations are read one after the other: behind one without an end the next would never be read. */
function refuseUnreachable(splits: readonly Split[]): void {
  const endless = splits.findIndex((split) => split.endless);
  const behind = splits[endless + 1];
  if (endless < 0 || behind === undefined) return;
  throw usageError(
    `${splits[endless]!.name} has no end, so ${behind.name} behind it would never be read`,
    'name it last, or read each by a command of its own',
  );
}

class SourceRun {
  readonly #options: SourceOptions;
  readonly #splits: readonly Split[];
  readonly #context: SourceContext;
  readonly #rejects: RecordRejects;
  readonly #events: EventTime;
  /**
   * The block that is read, and the events made of it, over the same bytes; both used again by each block. There is
   * room for what stages of the same process write behind the block: one that outgrew it was copied each time.
   */
  readonly #records = new RecordBatch(undefined, 1 << 20);
  readonly #out = new Batch(BATCH_ROWS, 0);
  /** Events that `--limit` still allows. */
  #left: number;

  constructor(options: SourceOptions, splits: readonly Split[], context: SourceContext) {
    this.#options = options;
    this.#splits = splits;
    this.#context = context;
    this.#left = options.limit;
    this.#rejects = new RecordRejects(options.skipRejected, context);
    this.#events = new EventTime({
      origin: originOf(options, context),
      delay: options.delay,
      every: options.watermarkEvery,
      rejects: this.#rejects,
    });
  }

  async run(): Promise<void> {
    const context = this.#context;
    await this.#begin();
    this.#hintAboutEndless();
    const hint = this.#hintAboutStdin();
    try {
      await this.#readAll();
    } finally {
      clearTimeout(hint);
      await this.#rejects.flush();
    }
    this.#rejects.tell();
    // An interrupt that also ended the input must be seen before the end is written.
    await turn();
    await turn();
    if (context.signal.aborted && !this.#options.drainOnInterrupt) return;
    this.#out.clear();
    this.#out.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    await context.emit(MAIN, this.#out);
    await context.emitMarker(MAIN, { kind: 'end', reason: 'drained' });
  }

  async #begin(): Promise<void> {
    const { delay, watermarkEvery, follow } = this.#options;
    await this.#context.emitMarker(MAIN, {
      kind: 'stream',
      header: {
        version: 1,
        commands: ['source'],
        bounded: !follow && !this.#splits.some(({ endless }) => endless),
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
      this.#rejects.location = split.name;
      this.#rejects.formatIsDefault =
        this.#options.format === undefined && this.#formatOf(split) === 'ndjson';
      this.#events.beginLocation(split === last);
      const wanted = await readRecords(split, this.#records, {
        signal,
        createReader: () => this.#createReader(split),
        onRecords: () => this.#onRecords(split),
      });
      if (!wanted) return;
    }
  }

  #createReader(split: Split) {
    const { time } = this.#options;
    return createRecordReader(this.#formatOf(split), {
      rejects: this.#rejects,
      time: typeof time === 'object' ? time : isGenerated(split) ? GENERATED_TIME : undefined,
      maxLine: this.#context.maxLine,
      location: split.name,
    });
  }

  #formatOf(split: Split): string {
    return this.#options.format ?? (isGenerated(split) ? 'ndjson' : formatOfName(split.name));
  }

  async #onRecords(split: Split): Promise<boolean> {
    const records = this.#records;
    if (records.rows === 0) {
      await this.#rejects.flush();
      return true;
    }
    if (
      this.#options.time === undefined &&
      !isGenerated(split) &&
      !TIMED_FORMATS.has(this.#formatOf(split))
    ) {
      throw noTime(records, split);
    }
    const out = this.#out;
    out.clear();
    out.bytes = records.bytes;
    let failed: unknown;
    try {
      this.#left -= this.#events.stamp(records, out, this.#left);
    } catch (error) {
      failed = error;
    }
    out.used = records.used;
    const lastLine = out.rows > 0 ? out.line[out.rows - 1]! : 0;
    if (out.rows > 0) await this.#context.emit(MAIN, out);
    if (failed !== undefined) throw failed;
    const limited = this.#left === 0;
    await this.#rejects.flush(limited ? lastLine : Number.POSITIVE_INFINITY);
    return !limited;
  }

  #hintAboutEndless(): void {
    const endless = this.#splits.find((split) => split.endless);
    if (endless === undefined || this.#options.delay !== undefined) return;
    this.#context.notice(
      `${endless.name} has no end, and without a watermark no window is ever fired`,
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

const GENERATED_TIME: Path = { text: 'time', steps: ['time'] };

const isGenerated = (split: Split): boolean => isGenerate(split.name);

function originOf(options: SourceOptions, context: SourceContext): TimeOrigin {
  const { time, timeFormat, timeReader } = options;
  if (time === 'arrival') return { kind: 'arrival', now: context.now };
  if (time === 'none') return { kind: 'none' };
  return { kind: 'record', field: time?.text ?? 'time', format: timeFormat, reader: timeReader };
}

function noTime(records: RecordBatch, split: Split): Error {
  const record = records.bytes.toString('utf8', records.start[0]!, records.end[0]!);
  if (record.startsWith('"@@stream":')) {
    return usageError(`${split.name} is a stored stream`, 'it is read as such by --format stream');
  }
  const found = timesIn(record);
  const which =
    found.length === 0
      ? `--time FIELD names it, one of ${Object.keys(JSON.parse(`{${record}}`)).join(', ')}; --time arrival stamps events as they come`
      : found
          .map(
            ({ field, format }) => `--time ${field}${format === undefined ? '' : ` --time-format ${format}`}`,
          )
          .join(', or ');
  return usageError(`which member holds the event time of ${split.name}?`, which);
}

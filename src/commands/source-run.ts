import type { ByteFile, Split } from '../connectors/connector.ts';
import { resolveLocations } from '../connectors/locations.ts';
import { readingAhead } from '../connectors/reading-ahead.ts';
import { readRecords } from '../connectors/record-loop.ts';
import { turn } from '../connectors/regular-reader.ts';
import { STDIN } from '../connectors/stdin.ts';
import { usageError } from '../errors.ts';
import type { Rejects } from '../formats/format.ts';
import { MAIN } from '../operators/operator.ts';
import { timeOfRecord } from '../operators/time-range.ts';
import { type BlockReading, fileOfBlocks, readPieces } from './source-blocks.ts';
import { formatOf, type SourceOptions } from './source-options.ts';
import { partFrom } from './source-part.ts';
import { refuseEndlessSearch, refuseUnreachable } from './source-range.ts';
import { SourceRecords } from './source-records.ts';
import { replayStream } from './source-replay.ts';
import { type ShardSplit, shardOf } from './source-shard.ts';
import { hasWatermark } from './source-watermark.ts';
import type { SourceContext } from './stage.ts';

/** How long an input may stay open before it is told that nothing is fired yet, ms. */
const OPEN_HINT_AFTER = 10_000;

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
    const { runKept } = await import('./source-kept-run.ts');
    return runKept(options, context, context.epochs);
  }
  if (options.onCommit !== undefined) {
    throw usageError(
      '--on-commit needs --state: without it nothing is committed',
      'say where state is kept: --state DIR',
    );
  }
  const notice = (message: string): void => context.notice(message);
  const named = options.splits ?? (await resolveLocations(options.locations, { follow, notice }));
  const all = context.pace === undefined ? named : readingAhead(named, context.pace);
  const { shard } = options;
  const splits = shard === undefined ? all : shardOf(all, shard, (name) => formatOf(options, name));
  refuseUnreachable(splits);
  refuseEndlessSearch(splits.find((split) => split.endless)?.name, options);
  if (options.format === 'stream') return replayStream(splits, options.drain, context);
  const run = new SourceRun(options, splits, context, shard === undefined ? blocks : undefined);
  try {
    await run.run();
  } finally {
    run.release();
    await blocks?.close();
  }
}

class SourceRun {
  readonly #options: SourceOptions;
  readonly #splits: readonly ShardSplit[];
  readonly #context: SourceContext;
  readonly #records: SourceRecords;
  readonly #blocks: BlockReading | undefined;

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
    this.#records = new SourceRecords(options, context);
  }

  /** Nothing is read any more, whether it went well or not. */
  release(): void {
    this.#records.release();
  }

  async run(): Promise<void> {
    const context = this.#context;
    const records = this.#records;
    const names = this.#splits.map(({ name }) => name);
    await records.begin(names, !this.#options.follow && !this.#splits.some(({ endless }) => endless));
    records.hintAboutEndless(this.#splits.find((split) => split.endless)?.name);
    const hint = this.#hintAboutOpen();
    try {
      await this.#readAll();
    } finally {
      clearTimeout(hint);
      await records.rejects.flush();
    }
    records.rejects.tell();
    records.times.tellAhead();
    records.tellEmptyRange();
    // An interrupt that also ended the input must be seen before the end is written.
    await turn();
    await turn();
    if (context.signal.aborted && !this.#options.drainOnInterrupt) return;
    await records.complete();
    await context.emitMarker(MAIN, { kind: 'end', reason: 'drained' });
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#context;
    const records = this.#records;
    const last = this.#splits.at(-1);
    for (const split of this.#splits) {
      if (signal.aborted || records.satisfied) return;
      records.beginFile(split.name, split.cut === true);
      records.times.beginLocation(split === last);
      const read = (part: Split, linesBefore = 0): Promise<boolean> =>
        readRecords(part, records.batch, {
          signal,
          pauses: records.times.clock,
          createReader: () => records.createReader(split.name, records.rejects, linesBefore),
          onRecords: () => records.onRecords(split.name),
        });
      const format = formatOf(this.#options, split.name);
      const file = records.isTimed(format) ? fileOfBlocks(this.#blocks, split, format) : undefined;
      if (file === undefined) await read(this.#narrowed(split));
      else await this.#readBlocks(file, split, read);
    }
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
      format: formatOf(this.#options, split.name),
      maxLine,
      delay: split === this.#splits.at(-1) ? delay : undefined,
      every,
      state: this.#records.times.events.state,
    };
    return readPieces(this.#blocks!.read(file, location), signal, {
      emit: (batch) => this.#context.emit(MAIN, batch),
      read: async (part, linesBefore, state) => {
        this.#records.times.events.state = state;
        await read(part, linesBefore);
      },
    }).finally(() => file.close());
  }

  /** The part of a location that can have wanted events, where that can be found. */
  #narrowed(split: Split): Split {
    const { range, sorted, delay, timeReader } = this.#options;
    const format = formatOf(this.#options, split.name);
    const part =
      range === undefined || !sorted || !this.#records.isTimed(format)
        ? undefined
        : partFrom(split, format, {
            createReader: () => this.#records.createReader(split.name, PASSED_OVER),
            timeOf: (records, row) => timeOfRecord(records, row, timeReader),
            from: range.from,
            disorder: delay ?? 0,
          });
    this.#records.rejects.part = part?.place;
    this.#records.range?.beginLocation(part?.highest);
    return part?.split ?? split;
  }

  #hintAboutOpen(): NodeJS.Timeout | undefined {
    const { follow } = this.#options;
    const open = this.#splits.find(({ name, staysOpen }) => name === STDIN || staysOpen === true);
    if (hasWatermark(this.#options) || follow || open === undefined) return undefined;
    const hint = setTimeout(() => {
      this.#context.notice(
        `still reading ${open.name}, and no window is fired before its end`,
        'for a live input say how late events may come: --delay 30s',
      );
    }, OPEN_HINT_AFTER);
    return hint.unref();
  }
}

/** What a search meets on its way is told, if at all, by who reads on from there. */
const PASSED_OVER: Rejects = { reject: () => {} };

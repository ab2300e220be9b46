import fs from 'node:fs';
import { combineCommand, combineOptions } from '../commands/combine.ts';
import { FoundMembers } from '../commands/found-members.ts';
import { sourceOptions } from '../commands/source.ts';
import { originOf, type SourceOptions } from '../commands/source-options.ts';
import { assignerOf } from '../commands/window.ts';
import { TidemarkError } from '../errors.ts';
import { RecordBatch, type Rejects } from '../formats/format.ts';
import { createRecordReader } from '../formats/readers.ts';
import { kernel } from '../kernel/kernel.ts';
import type { Combine } from '../operators/combine.ts';
import { combinePart } from '../operators/combine-in-parts.ts';
import type { CombineOptions } from '../operators/combine-options.ts';
import { EventTime, type TimedRecords } from '../operators/event-time.ts';
import type { Operator, OperatorContext } from '../operators/operator.ts';
import { PartWriter } from '../operators/part-batch.ts';
import type { WatermarkState } from '../operators/watermark-state.ts';
import { Window } from '../operators/window.ts';
import { settle } from '../operators/work.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import { GLOBAL_WINDOWING } from '../stream/header.ts';
import type { Assigner } from '../windows/assigner.ts';
import type { BlockAnswer, BlockOrders, BlockQuestion, BlockScan } from './block-messages.ts';

/** Takes an answer, and the memory that goes with it. */
type Answering = (answer: BlockAnswer, transfer: readonly ArrayBuffer[]) => void;
type Scan = Extract<BlockQuestion, { kind: 'scan' }>;

/** Records of a block that were read at once and have a time, with the members that are known of them. */
type TimedPart = TimedRecords & Pick<RecordBatch, 'rows' | 'known' | 'members'>;

/** A block whose records have been read, until it is combined or dropped. */
interface ScannedBlock {
  /** Its bytes, and what the reader has written behind them. */
  readonly records: RecordBatch;
  readonly used: number;
  readonly parts: readonly TimedPart[];
  readonly location: Scan['location'];
}

/**
 * Reads blocks of lines and combines them to parts: first it says how the watermark moves in a block, and when it is
 * told where the watermark stands before it, what is late can be judged as on one thread. A block that has something
 * to be told of (a record that cannot be read, a value that is no number) is left to who can tell it.
 */
export class BlockWorker {
  readonly #source: SourceOptions;
  readonly #assigner: Assigner | undefined;
  readonly #options: CombineOptions;
  readonly #answer: Answering;
  /** Blocks that were scanned, by their numbers; freed when they are combined or dropped. */
  readonly #scanned = new Map<number, ScannedBlock>();
  /** Batches of records that are not in use. */
  readonly #free: RecordBatch[] = [];
  readonly #out = new Batch(BATCH_ROWS, 0);
  readonly #parts = new PartWriter();
  readonly #members: FoundMembers;
  /** Whether there was something to tell of the block that is worked on. */
  #unusual = false;
  #combine: Combine;
  #first: Operator;

  private constructor(
    source: SourceOptions,
    assigner: Assigner | undefined,
    options: CombineOptions,
    answer: Answering,
  ) {
    this.#source = source;
    this.#assigner = assigner;
    this.#options = { ...options, order: [], limit: Number.POSITIVE_INFINITY, unordered: true };
    this.#answer = answer;
    [this.#first, this.#combine] = this.#createOperators();
    this.#members = new FoundMembers(this.#combine.reads, source.time, []);
  }

  static async open({ source, window, combine }: BlockOrders, answer: Answering): Promise<BlockWorker> {
    const assigner = window === undefined ? undefined : await assignerOf(window);
    await combineCommand.load!(combine);
    return new BlockWorker(await sourceOptions(source), assigner, combineOptions(combine), answer);
  }

  /** Does what is asked. Never throws: a bug is an answer too. */
  ask(question: BlockQuestion): void {
    try {
      if (question.kind === 'scan') this.#scan(question);
      else if (question.kind === 'combine') this.#combineBlock(question.block, question.state);
      else this.#drop(question.block);
    } catch (error) {
      const { message, stack } = error as Error;
      this.#answer({ kind: 'broken', message, stack }, []);
    }
  }

  #scan(scan: Scan): void {
    const { block } = scan;
    const members = this.#members.names.length;
    const records = this.#free.pop() ?? new RecordBatch(undefined, 1 << 16, kernel().buffers, members);
    this.#unusual = false;
    try {
      const [scanned, found] = this.#read(scan, records);
      if (found.usual) this.#scanned.set(block, scanned);
      else this.#free.push(records);
      this.#answer({ kind: 'scanned', block, ...found }, [found.highs.buffer]);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      this.#free.push(records);
      this.#answer({ kind: 'failed', block }, []);
    }
  }

  #read({ fd, from, to, location }: Scan, records: RecordBatch): [ScannedBlock, BlockScan] {
    const size = to - from;
    records.clear();
    // What is no JSON is written behind the block, and is longer than that.
    records.reserve(size * 3);
    readFully(fd, records.bytes, size, from);
    records.used = size;
    const rejects: Rejects = { reject: () => (this.#unusual = true) };
    const { time, dialect } = this.#source;
    const { format, maxLine } = location;
    const linesBefore = from === 0 ? 0 : 1;
    const reader = createRecordReader(format, {
      rejects,
      time: typeof time === 'object' ? time : undefined,
      members: this.#members.names,
      maxLine,
      dialect,
      linesBefore,
    });
    const events = this.#eventTime(location, rejects);
    const highs = new Highs(location.delay !== undefined);
    const parts: TimedPart[] = [];
    let count = 0;
    for (let at = 0; at < size; ) {
      records.rows = 0;
      records.known = 0;
      const next = reader.read(records, at, size, true);
      const timed = events.readTimes(records, Number.POSITIVE_INFINITY);
      highs.add(records.time, timed);
      if (timed > 0)
        parts.push({
          rows: timed,
          // Known are those of all records or of none: it says so where records were moved.
          known: records.known < records.rows ? 0 : timed,
          members: records.known < records.rows ? [] : records.members.map((each) => each.slice(timed)),
          time: records.time.slice(0, timed),
          start: records.start.slice(0, timed),
          end: records.end.slice(0, timed),
          line: NO_LINES,
        });
      count += timed;
      if (next === at) break;
      at = next;
    }
    const [usual, lines] = [!this.#unusual, reader.lines - linesBefore];
    return [
      { records, used: records.used, parts, location },
      { usual, lines, events: count, highs: highs.take() },
    ];
  }

  #combineBlock(block: number, state: WatermarkState): void {
    const scanned = this.#scanned.get(block)!;
    const { records, used, parts, location } = scanned;
    this.#unusual = false;
    try {
      const events = this.#eventTime(location, { reject: () => {} });
      events.state = state;
      this.#combine.account(NOTHING, state.watermark);
      const out = this.#out;
      for (const part of parts) {
        out.clear();
        out.bytes = records.bytes;
        out.used = used;
        events.place(part, out, part.rows);
        out.found = this.#members.among(part, out);
        settleNow(this.#first.onBatch(0, out));
        if (this.#unusual) break;
      }
      settleNow(this.#combine.drain());
    } catch (error) {
      // What is wrong is told by who reads the block again.
      if (!(error instanceof TidemarkError)) throw error;
      this.#unusual = true;
    }
    this.#drop(block);
    if (this.#unusual) {
      this.#parts.clear();
      [this.#first, this.#combine] = this.#createOperators();
      this.#answer({ kind: 'unusual', block }, []);
      return;
    }
    const memory = this.#parts.take();
    this.#answer({ kind: 'combined', block, memory, tally: this.#combine.takeTally() }, [memory]);
  }

  #drop(block: number): void {
    const scanned = this.#scanned.get(block);
    if (scanned === undefined) return;
    this.#scanned.delete(block);
    this.#free.push(scanned.records);
  }

  #eventTime({ delay, every }: Scan['location'], rejects: Rejects): EventTime {
    // The time of arrival is not asked for here: it is no time of a file.
    const events = new EventTime({ origin: originOf(this.#source, () => 0), delay, every, rejects });
    events.beginLocation(true);
    return events;
  }

  #createOperators(): [Operator, Combine] {
    const tell = (): void => {
      this.#unusual = true;
    };
    const context: OperatorContext = {
      emit: (_output, batch) => {
        this.#parts.add(batch);
        return undefined;
      },
      emitMarker: () => undefined,
      connected: () => false,
      notice: tell,
      // Late events are told by their number.
      count: (name) => {
        if (name !== 'late') tell();
      },
    };
    const combine = combinePart(this.#options, context);
    const window =
      this.#assigner === undefined
        ? undefined
        : new Window(this.#assigner, {
            ...context,
            emit: (_output, batch) => settle(combine.onBatch(0, batch)),
            emitMarker: (_output, marker) => settle(combine.onMarker(0, marker)),
          });
    const first = window ?? combine;
    settleNow(first.onMarker(0, { kind: 'stream', header: HEADER }));
    return [first, combine];
  }
}

/** The times higher than all before them. */
class Highs {
  readonly #wanted: boolean;
  #highest = Number.NEGATIVE_INFINITY;
  readonly #found: number[] = [];

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  add(times: Float64Array, count: number): void {
    if (!this.#wanted) return;
    let highest = this.#highest;
    for (let i = 0; i < count; i++) {
      const time = times[i]!;
      if (time > highest) {
        highest = time;
        this.#found.push(time);
      }
    }
    this.#highest = highest;
  }

  take(): Float64Array<ArrayBuffer> {
    return Float64Array.from(this.#found);
  }
}

/** @throws TidemarkError when there are fewer bytes: the file was cut meanwhile */
function readFully(fd: number, target: Buffer, size: number, position: number): void {
  for (let at = 0; at < size; ) {
    let count: number;
    try {
      count = fs.readSync(fd, target, at, size - at, position + at);
    } catch (error) {
      throw new TidemarkError('failed', 'the block cannot be read', { cause: error });
    }
    if (count === 0) throw new TidemarkError('failed', 'the file has become shorter');
    at += count;
  }
}

/** Nothing that a block is handed to waits. */
function settleNow(work: Parameters<typeof settle>[0]): void {
  if (settle(work) !== undefined) throw new Error('an operator of a block waits');
}

/** What a message would name: there is none here. */
const NO_LINES = new Float64Array(BATCH_ROWS);

const NOTHING = { events: 0, late: 0, latest: 0, seen: [], first: [] };

/** Of the parts of a stream that has an end: all that is asked of it here. */
const HEADER = {
  version: 1,
  commands: [],
  bounded: true,
  watermark: {},
  windowing: GLOBAL_WINDOWING,
  branch: '',
  other: {},
} as const;

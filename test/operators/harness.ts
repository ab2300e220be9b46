import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { BRANCH, MAIN, type Operator, type OperatorContext } from '../../src/operators/operator.ts';
import { settle } from '../../src/operators/work.ts';
import { Batch } from '../../src/stream/batch.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';
import { StreamReader } from '../../src/stream/reader.ts';

/** How a stream is fed: none of it may show in what comes out. */
export interface Feeding {
  /** Bytes of the blocks that the text is cut into, used in turn. */
  readonly blocks: readonly number[];
  /** Rows of a batch. */
  readonly capacity: number;
  /** Which emits take their time, used in turn. */
  readonly slow: readonly boolean[];
}

export const WHOLE: Feeding = { blocks: [1 << 20], capacity: 4096, slow: [false] };

export const feedings: fc.Arbitrary<Feeding> = fc.oneof(
  fc.constant(WHOLE),
  fc.record({
    blocks: fc.array(fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 60, max: 2000 })), {
      minLength: 1,
      maxLength: 6,
    }),
    capacity: fc.oneof(fc.integer({ min: 2, max: 5 }), fc.constant(64)),
    slow: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  }),
);

/** What the reader is told; the stream is cut off where it stops, and lines may be long, unless it says otherwise. */
export interface Reading {
  readonly eof?: 'cut' | 'drain';
  readonly maxLine?: number;
}

export interface Outcome {
  /** What each output was given, by number. */
  readonly outputs: ReadonlyMap<number, string>;
  readonly notices: readonly string[];
  readonly counters: ReadonlyMap<string, number>;
}

export type MakeOperator = (context: OperatorContext) => Operator;

/** Collects what operators emit; what is emitted is printed when it settles, not before, unless it is for a branch. */
class Collector {
  readonly notices: string[] = [];
  readonly counters = new Map<string, number>();
  readonly #writers = new Map<number, ByteWriter>();
  readonly #printers = new Map<number, StreamPrinter>();
  readonly #slow: readonly boolean[];
  #emits = 0;

  constructor(slow: readonly boolean[]) {
    this.#slow = slow;
  }

  get outputs(): Map<number, string> {
    return new Map([...this.#writers].map(([output, writer]) => [output, writer.toString()]));
  }

  /** @param next undefined: the operator is the last one */
  context(next: Operator | undefined): OperatorContext {
    return {
      emit: (output, batch) => {
        if (output === MAIN && next !== undefined) return settle(next.onBatch(0, batch));
        return this.#print(output, (printer, out) => printer.printBatch(batch, out));
      },
      emitMarker: (output, marker) => {
        if (output === MAIN && next !== undefined) return settle(next.onMarker(0, marker));
        return this.#print(output, (printer, out) => printer.printMarker(marker, out));
      },
      connected: () => true,
      notice: (message, hint) => this.notices.push(hint === undefined ? message : `${message} (${hint})`),
      count: (name, by) => this.counters.set(name, (this.counters.get(name) ?? 0) + by),
    };
  }

  #print(
    output: number,
    print: (printer: StreamPrinter, out: ByteWriter) => void,
  ): undefined | Promise<void> {
    const writer = this.#writers.get(output) ?? new ByteWriter(64);
    const printer = this.#printers.get(output) ?? new StreamPrinter();
    this.#writers.set(output, writer);
    this.#printers.set(output, printer);
    const slow = this.#slow[this.#emits++ % this.#slow.length] === true;
    if (!slow || output >= BRANCH) {
      print(printer, writer);
      return slow ? Promise.resolve() : undefined;
    }
    return Promise.resolve().then(() => print(printer, writer));
  }
}

/**
 * Feeds a stream's text to operators that hand their batches on to each other.
 * @throws what the reader and the operators throw
 */
export async function run(
  makers: MakeOperator | readonly MakeOperator[],
  text: string,
  feeding: Feeding = WHOLE,
  reading: Reading = {},
): Promise<Outcome> {
  const collector = new Collector(feeding.slow);
  let operator: Operator | undefined;
  for (const make of [makers].flat().reverse()) operator = make(collector.context(operator));
  const { eof = 'cut', maxLine = 1 << 20 } = reading;
  const { notice } = collector.context(undefined);
  await feed(text, feeding, new StreamReader({ eof, maxLine, notice }), maxLine, operator!);
  return collector;
}

/** Hands everything on: shows what the reader reads. */
export const identity: MakeOperator = (context) => ({
  onBatch: (_input, batch) => context.emit(MAIN, batch),
  onMarker: (_input, marker) => context.emitMarker(MAIN, marker),
});

/** What `run` gave on the main output. */
export const output = ({ outputs }: Outcome, number = MAIN): string => outputs.get(number) ?? '';

async function feed(
  text: string,
  { blocks, capacity }: Feeding,
  reader: StreamReader,
  maxLine: number,
  operator: Operator,
): Promise<void> {
  const input = Buffer.from(text);
  const batch = new Batch(capacity, 64);
  /** Bytes of the input that were read, and those at the start of the batch that are not used up. */
  let read = 0;
  let have = 0;
  for (let turn = 0; read < input.length; turn++) {
    const block = input.subarray(read, read + blocks[turn % blocks.length]!);
    batch.used = have;
    batch.reserve(block.length);
    block.copy(batch.bytes, have);
    read += block.length;
    have += block.length;
    const cut = batch.bytes.lastIndexOf('\n', have - 1) + 1;
    let at = 0;
    while (at < cut) {
      batch.used = have;
      at = reader.scan(batch, at, cut);
      await hand(reader, batch, operator);
    }
    batch.bytes.copyWithin(0, at, have);
    have -= at;
    if (have > maxLine) throw reader.tooLong(have);
  }
  for (let at = 0; !reader.done; ) {
    batch.used = have;
    at = reader.finish(batch, at, have);
    await hand(reader, batch, operator);
  }
  await operator.close?.();
}

async function hand(reader: StreamReader, batch: Batch, operator: Operator): Promise<void> {
  const { marker } = reader;
  reader.marker = undefined;
  if (batch.rows > 0) await settle(operator.onBatch(0, batch));
  spoil(batch);
  if (marker !== undefined) await settle(operator.onMarker(0, marker));
}

/** Makes a batch useless for whoever kept it. Its unread lines stay: rows lie apart from those. */
function spoil(batch: Batch): void {
  for (let row = 0; row < batch.rows; row++) batch.bytes.fill('#', batch.start[row]!, batch.end[row]!);
  batch.rows = 0;
  for (const column of [batch.time, batch.windowStart, batch.windowEnd, batch.windowEvery, batch.line])
    column.fill(-777_777);
  for (const column of [batch.start, batch.end, batch.windowCount, batch.paneStart, batch.paneEnd])
    column.fill(-7);
}

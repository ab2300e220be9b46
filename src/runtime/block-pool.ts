import type { BlockLocation, BlockReading, Piece } from '../commands/source-blocks.ts';
import { BlockCuts } from '../connectors/block-cuts.ts';
import { partOfFile } from '../connectors/byte-file.ts';
import type { ByteFile } from '../connectors/connector.ts';
import { advanceWatermark, type WatermarkState } from '../operators/watermark-state.ts';
import type { BlockAnswer, BlockOrders, BlockPort, BlockScan, OpenBlockPort } from './block-messages.ts';

export interface BlockPoolOptions {
  readonly workers: number;
  /** Bytes of a block. */
  readonly blockSize: number;
  /** Bytes that a file must have. */
  readonly least: number;
  /** Bytes of partial results for a byte that was read: with more, to merge them takes as long as to combine events. */
  readonly mostMade: number;
  /** Share of blocks that are read again here: with more, workers only take time. */
  readonly mostReadAgain: number;
}

/** Blocks that a worker has at most: one that it scans, one that waits, one whose answer is on its way. */
const BLOCKS_EACH = 3;
/** So many blocks at the start of the first file say whether workers are of use at all; … */
const FIRST = 3;
/** … and after so many of a file it is asked again. */
const TRIAL = 8;

export const DEFAULT_BLOCKS = {
  blockSize: 1 << 21,
  least: 1 << 26,
  mostMade: 1 / 16,
  mostReadAgain: 0.5,
} as const;

type LastAnswer = Extract<BlockAnswer, { kind: 'combined' | 'unusual' | 'failed' }>;

/** A block on its way. */
interface Block {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly port: BlockPort;
  /** What its records say; undefined until they were read. */
  scan: BlockScan | undefined;
  /** Where the watermark stands before it; known when all blocks before were scanned. */
  state: WatermarkState | undefined;
  /** Behind it, and how many watermarks it has. */
  behind: WatermarkState | undefined;
  written: number;
  /** The last answer: combined, unusual or failed. */
  answer: LastAnswer | undefined;
}

/**
 * Has blocks of a file read and combined by workers, and gives their parts in the order of the file. It computes from
 * what each block says of its times where the watermark stands before the next, event by event as on one thread.
 */
export class BlockPool implements BlockReading {
  readonly least: number;
  readonly #options: BlockPoolOptions;
  readonly #orders: BlockOrders;
  readonly #open: OpenBlockPort;
  #ports: readonly BlockPort[] | undefined;
  /** Blocks of the file that is read, by their numbers, in order. */
  readonly #blocks = new Map<number, Block>();
  #next = 0;
  /** Of the file that is read; behind the blocks that were told where the watermark stands, this is where it stands. */
  #location: BlockLocation | undefined;
  #state: WatermarkState = { highest: Number.NEGATIVE_INFINITY, watermark: Number.NEGATIVE_INFINITY };
  /** Wakes who waits for an answer. */
  #wake: () => void = () => {};
  #broken: Error | undefined;
  /** Whether workers are of use; undefined until the first blocks were combined. */
  #useful: boolean | undefined;

  constructor(orders: BlockOrders, options: BlockPoolOptions, open: OpenBlockPort) {
    this.least = options.least;
    this.#orders = orders;
    this.#options = options;
    this.#open = open;
  }

  /** Whether there may be parts to merge; false: there are none in all of the run. */
  get merges(): boolean {
    return this.#useful !== false;
  }

  async *read(file: ByteFile, location: BlockLocation): AsyncGenerator<Piece> {
    const ports = this.#useful === false ? [] : await this.#start();
    const cuts = new BlockCuts(file, this.#options.blockSize, location.maxLine);
    let { state } = location;
    this.#location = location;
    this.#state = state;
    let linesBefore = 0;
    let end = 0;
    const gain = new Gain(this.#options);
    try {
      for (;;) {
        while (this.#blocks.size < ports.length * BLOCKS_EACH && this.#ask(file, location, cuts));
        const [block] = this.#blocks.values();
        if (block === undefined) break;
        if (this.#useful === undefined) {
          const first = new Gain(this.#options);
          for (const each of [...this.#blocks.values()].slice(0, FIRST))
            first.add(await this.#answerOf(each), each);
          this.#useful = first.isWorthwhile;
          if (!this.#useful) break;
        }
        const answer = await this.#answerOf(block);
        const { from, to } = block;
        gain.add(answer, block);
        if (answer.kind === 'failed' || (gain.blocks > TRIAL && !gain.isWorthwhile)) break;
        this.#blocks.delete(block.number);
        const { lines, events } = block.scan!;
        if (answer.kind === 'combined') {
          const { memory, tally } = answer;
          const watermark = block.behind!.watermark;
          yield { kind: 'parts', memory, tally, lines: events + block.written, watermark };
        } else {
          const split = partOf(file, location, from, to);
          yield { kind: 'records', split, linesBefore, state: block.state! };
        }
        state = block.behind!;
        linesBefore += lines;
        end = to;
      }
    } finally {
      for (const { number, port } of this.#blocks.values()) port.ask({ kind: 'drop', block: number });
      this.#blocks.clear();
    }
    yield { kind: 'records', split: partOf(file, location, end), linesBefore, state };
  }

  async close(): Promise<void> {
    await Promise.all((this.#ports ?? []).map((port) => port.close()));
  }

  /** Starts the workers, once. */
  async #start(): Promise<readonly BlockPort[]> {
    this.#ports ??= await Promise.all(
      Array.from({ length: this.#options.workers }, async () =>
        this.#open(this.#orders, (answer) => this.#onAnswer(answer)),
      ),
    );
    return this.#ports;
  }

  /** The last answer of a block. */
  async #answerOf(block: Block): Promise<LastAnswer> {
    while (block.answer === undefined) {
      if (this.#broken === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#broken !== undefined) throw this.#broken;
    }
    return block.answer;
  }

  #onAnswer(answer: BlockAnswer): void {
    if (answer.kind === 'broken') {
      this.#broken = new Error(answer.message);
      if (answer.stack !== undefined) this.#broken.stack = answer.stack;
      this.#wake();
      return;
    }
    const block = this.#blocks.get(answer.block);
    // It may have been dropped.
    if (block === undefined) return;
    if (answer.kind === 'scanned') {
      block.scan = answer;
      if (!answer.usual) block.answer = { kind: 'unusual', block: block.number };
      this.#advance();
    } else block.answer = answer;
    if (block.answer !== undefined) this.#wake();
  }

  /** Tells workers where the watermark stands before their blocks, as far as that is known. */
  #advance(): void {
    const { delay, every } = this.#location!;
    for (const block of this.#blocks.values()) {
      if (block.state !== undefined) continue;
      if (block.scan === undefined) return;
      block.state = this.#state;
      const { state, written } = advanceWatermark(block.state, block.scan.highs, delay, every);
      block.written = written;
      block.behind = state;
      this.#state = state;
      if (block.scan.usual) block.port.ask({ kind: 'combine', block: block.number, state: block.state });
    }
  }

  #busy(port: BlockPort): number {
    let count = 0;
    for (const block of this.#blocks.values()) if (block.port === port && block.answer === undefined) count++;
    return count;
  }

  /** @returns false: no block is left */
  #ask(file: ByteFile, { format, maxLine, delay, every }: BlockLocation, cuts: BlockCuts): boolean {
    const cut = cuts.next();
    if (cut === undefined) return false;
    const port = this.#ports!.reduce((a, b) => (this.#busy(b) < this.#busy(a) ? b : a));
    const number = this.#next++;
    this.#blocks.set(number, {
      number,
      ...cut,
      port,
      scan: undefined,
      state: undefined,
      behind: undefined,
      written: 0,
      answer: undefined,
    });
    const location = { format, maxLine, delay, every };
    port.ask({ kind: 'scan', block: number, fd: file.fd, ...cut, location });
    return true;
  }
}

/** What blocks have come to: whether it takes less than to read them on one thread. */
class Gain {
  blocks = 0;
  readonly #limits: Pick<BlockPoolOptions, 'mostMade' | 'mostReadAgain'>;
  #readAgain = 0;
  #read = 0;
  #made = 0;

  constructor(limits: Pick<BlockPoolOptions, 'mostMade' | 'mostReadAgain'>) {
    this.#limits = limits;
  }

  add(answer: LastAnswer, { from, to }: Block): void {
    this.blocks++;
    if (answer.kind === 'combined') {
      this.#read += to - from;
      this.#made += answer.memory.byteLength;
    } else this.#readAgain++;
  }

  /** Not where most blocks are read once more, or next to nothing is combined. */
  get isWorthwhile(): boolean {
    const { mostMade, mostReadAgain } = this.#limits;
    return this.#readAgain <= this.blocks * mostReadAgain && this.#made <= this.#read * mostMade;
  }
}

/** Bytes of the file as a location, which does not close it. */
const partOf = (file: ByteFile, { name }: BlockLocation, start: number, end?: number) =>
  partOfFile({ ...file, close: () => {} }, name, { head: 0, start, ...(end === undefined ? {} : { end }) });

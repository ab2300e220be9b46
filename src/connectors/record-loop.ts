import type { RecordBatch, RecordReader } from '../formats/format.ts';
import { BOUNDARY, type Split, type SplitReader } from './connector.ts';
import type { FileProgress } from './file-progress.ts';

/** Bytes that are read at once, at most. */
const READ_SIZE = 1 << 18;
/** Room that a read wants at least. */
const READ_MINIMUM = 1 << 16;

export interface RecordLoopOptions {
  readonly signal: AbortSignal;
  /** A reader for the records of one location, or of one file of a location that is followed. */
  createReader(split: Split): RecordReader;
  /** Takes the records of the batch, if any; false: no more are wanted. The batch is used again when it settles. */
  onRecords(split: Split): boolean | Promise<boolean>;
  /** Where the bytes of the split begin in their file; told how far its records have been handed on. */
  readonly progress?: FileProgress;
  /** When the reading is interrupted; undefined: never. */
  readonly pauses?: Pauses | undefined;
  /** The file may grow: bytes behind its last newline are no record yet. */
  readonly growing?: boolean;
}

/** Interrupts a reading where all records before a place have been handed on, also while it waits for bytes. */
export interface Pauses {
  due(): boolean;
  /** How long a wait for bytes may last before a pause may be due, ms. */
  untilDue(): number;
  pause(): Promise<void>;
  /** How time goes by while bytes are waited for, ms; undefined: as on this machine. Settles also when the signal is aborted. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Pauses of two kinds: those of the first come first. */
export const bothPauses = (one: Pauses | undefined, other: Pauses): Pauses =>
  one === undefined
    ? other
    : {
        due: () => one.due() || other.due(),
        untilDue: () => Math.min(one.untilDue(), other.untilDue()),
        async pause() {
          if (one.due()) await one.pause();
          if (other.due()) await other.pause();
        },
        sleep: one.sleep ?? other.sleep,
      };

/** The longest wait that a timer takes, ms. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Reads one location block by block: bytes become records of `batch`, a record that is not whole waits for the
 * next bytes. What a block gave is handed on before the next is read, so that no record is held back by a buffer.
 * @returns false when no more records are wanted
 * @throws what a read or a reader throws, after the records before it were handed on
 */
export async function readRecords(
  split: Split,
  batch: RecordBatch,
  options: RecordLoopOptions,
): Promise<boolean> {
  const source = await split.open(options.signal);
  try {
    return await new RecordLoop(split, batch, options).run(source);
  } finally {
    await source.close();
  }
}

const NOTHING = new Uint8Array(0);

class RecordLoop {
  readonly #split: Split;
  readonly #batch: RecordBatch;
  readonly #options: RecordLoopOptions;
  #reader: RecordReader;
  /** Bytes at the start of the batch that have been read and not consumed. */
  #have = 0;

  constructor(split: Split, batch: RecordBatch, options: RecordLoopOptions) {
    this.#split = split;
    this.#batch = batch;
    this.#options = options;
    this.#reader = options.createReader(split);
  }

  async run(source: SplitReader): Promise<boolean> {
    const batch = this.#batch;
    const { progress, growing } = this.#options;
    for (;;) {
      batch.clear();
      batch.used = this.#have;
      batch.reserve(batch.bytes.length - this.#have < READ_MINIMUM ? READ_SIZE : 0);
      const result = source.read(batch.bytes, this.#have);
      const count = typeof result === 'number' ? result : await this.#waited(result);
      if (this.#options.signal.aborted) return true;
      if (count > 0) {
        progress?.saw(batch.bytes, this.#have, this.#have + count, source.offset);
        this.#have += count;
        if (!(await this.#consume(false))) return false;
        continue;
      }
      if (count !== BOUNDARY && growing === true) return true;
      if (!(await this.#consume(true))) return false;
      if (count !== BOUNDARY) return true;
      progress?.begin(0, NOTHING);
      this.#reader = this.#options.createReader(this.#split);
      this.#have = 0;
    }
  }

  /** What a read gives that has to wait; meanwhile there may be pauses. */
  async #waited(result: Promise<number>): Promise<number> {
    const { pauses } = this.#options;
    if (pauses === undefined) return result;
    let done = false;
    let wake = (): void => {};
    const settle = (): void => {
      done = true;
      wake();
    };
    result.then(settle, settle);
    while (!done) {
      const wait = Math.min(Math.max(pauses.untilDue(), 1), LONGEST_WAIT);
      await new Promise<void>((resolve) => {
        const end = startWait(pauses, wait, resolve);
        wake = () => {
          end();
          resolve();
        };
      });
      if (!done && pauses.due()) await pauses.pause();
    }
    return result;
  }

  /** Makes records of what is there, and moves what the reader did not consume to the front. */
  async #consume(last: boolean): Promise<boolean> {
    const batch = this.#batch;
    const { progress, pauses } = this.#options;
    const base = progress?.byte ?? 0;
    const cut = this.#have;
    let at = 0;
    let wanted = true;
    for (let more = true; more && wanted; ) {
      batch.rows = 0;
      batch.known = 0;
      batch.used = this.#have;
      let thrown: unknown;
      try {
        const next = this.#reader.read(batch, at, cut, last);
        more = next > at && next < cut;
        at = next;
      } catch (error) {
        thrown = error ?? new Error('thrown');
      }
      const taken = this.#options.onRecords(this.#split);
      wanted = typeof taken === 'boolean' ? taken : await taken;
      if (thrown !== undefined && wanted) throw thrown;
      if (progress !== undefined) progress.byte = base + at;
      if (pauses?.due()) await pauses.pause();
    }
    batch.bytes.copyWithin(0, at, this.#have);
    this.#have -= at;
    return wanted;
  }
}

/** Calls back after so many ms. @returns ends the wait */
function startWait({ sleep }: Pauses, milliseconds: number, onEnd: () => void): () => void {
  if (sleep === undefined) {
    const timer = setTimeout(onEnd, milliseconds);
    return () => clearTimeout(timer);
  }
  const stop = new AbortController();
  sleep(milliseconds, stop.signal).then(onEnd, onEnd);
  return () => stop.abort();
}

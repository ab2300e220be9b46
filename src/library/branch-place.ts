import { Buffer } from 'node:buffer';
import { PassThrough } from 'node:stream';
import type { ProgramPlace } from '../commands/stage.ts';
import type { Split, SplitReader, Target } from '../connectors/connector.ts';
import { recordsSplit } from '../connectors/records-split.ts';
import { ReaderClosed } from '../connectors/stdout.ts';
import { usageError } from '../errors.ts';

/** How many there are, so that each has a name. */
let made = 0;

/** Where the two pipelines meet: the stream crosses as it crosses a pipe. */
export class BranchPlace implements ProgramPlace {
  /** What stands for it among places that are files. */
  readonly name = `branch ${++made} of the program`;
  readonly #stream = new PassThrough();
  /** A stage has it as its place; it was opened; it is read. */
  #isGiven = false;
  #isOpen = false;
  #isRead = false;

  /** A stage gives to it. @throws TidemarkError `usage` where another one does */
  give(): void {
    if (this.#isGiven) throw usageError('a branch is one place of one stage', 'make one for each: branch()');
    this.#isGiven = true;
  }

  get split(): Split {
    return { name: this.name, open: (signal) => this.#read(signal) };
  }

  /** As an input of a merge, which is opened when it is read first. @param signal ends it */
  reader(signal: AbortSignal): SplitReader {
    let opened: Promise<SplitReader> | undefined;
    return {
      holdsWriter: true,
      read: async (target, offset) => {
        opened ??= this.#read(signal);
        return (await opened).read(target, offset);
      },
      close: async () => (await opened?.catch(() => undefined))?.close(),
    };
  }

  open(): Target {
    if (this.#isOpen) throw usageError('a branch is given to once', 'make another one: branch()');
    this.#isOpen = true;
    const stream = this.#stream;
    return {
      write: (bytes) => {
        if (stream.destroyed) throw new ReaderClosed(this.name);
        if (bytes.length === 0) return undefined;
        // Copied: the stream keeps it until it is read.
        return stream.write(Buffer.from(bytes)) ? undefined : this.#untilRead();
      },
      commit: async () => {
        stream.end();
      },
      abandon: async () => this.abandon(),
    };
  }

  abandon(): void {
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  /** @throws TidemarkError `usage` */
  async #read(signal: AbortSignal): Promise<SplitReader> {
    if (!this.#isGiven)
      throw usageError('nothing gives to the branch that is read', 'lateTo: late, route([[late, …]])');
    if (this.#isRead) throw usageError('a branch is read once', 'tee([one, other]) makes two of it');
    this.#isRead = true;
    return recordsSplit(this.name, this.#stream).open(signal);
  }

  #untilRead(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      const go = (): void => {
        stream.off('drain', go);
        stream.off('close', go);
        if (stream.destroyed) reject(new ReaderClosed(this.name));
        else resolve();
      };
      stream.on('drain', go);
      stream.on('close', go);
    });
  }
}

/** The place of a branch; undefined: it is none. */
export function placeOf(value: unknown): BranchPlace | undefined {
  const place = typeof value === 'object' ? (value as { place?: unknown } | null)?.place : undefined;
  return place instanceof BranchPlace ? place : undefined;
}

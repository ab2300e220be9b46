import type { Buffer } from 'node:buffer';
import type { Operator } from './operator.ts';

/** How a program has ended. */
export interface ProgramEnd {
  /** Undefined: a signal has ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last line that it wrote to standard error. */
  readonly lastWords: string | undefined;
}

/** Somebody else's filter, as an operator sees it. */
export interface Program {
  /** It reads no more, or has ended: what is written to it is not read by anybody. */
  readonly deaf: boolean;
  /**
   * Settles when it has ended and all that it wrote has been taken; rejects with what it wrote that is no event, and with
   * what `take` has thrown.
   */
  readonly ended: Promise<ProgramEnd>;
  /** Gives it bytes, which must stay as they are until the promise settles. Settles also when it is deaf. */
  write(bytes: Buffer): undefined | Promise<void>;
  /** Its input is at its end. */
  end(): void;
  /** Ends it at once, with all that it has started. */
  kill(): void;
}

/** What a program writes, as batches of events; the next is read when this one has settled. */
export type Take = Pick<Operator, 'onBatch' | 'onMarker'>;

/** Starts the program; called again for each stretch of the stream that it is to see from the start. */
export type StartProgram = (take: Take) => Program;

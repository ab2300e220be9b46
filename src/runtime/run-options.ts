import type { World } from '../operators/world.ts';

/** Tells people what happens; the command line prints it on stderr. */
export interface Reporter {
  error(stage: string, error: unknown): void;
  notice(stage: string, message: string, hint?: string): void;
  stats(stage: string, counters: ReadonlyMap<string, number>): void;
}

/** What every command takes. */
export interface RunOptions {
  readonly stats: boolean;
  /** What the end of input means in a marked stream without `@end`. */
  readonly eof: 'cut' | 'drain';
  /** Bytes that a line may have. */
  readonly maxLine: number;
  /** The name under which the stage keeps its state; left out: that of its command. */
  readonly name?: string | undefined;
  readonly report: Reporter;
  /** Time and chance, where they are not those of this machine: in a test. */
  readonly world?: World | undefined;
}

import type { Buffer } from 'node:buffer';
import type { Operator, OperatorContext } from '../operators/operator.ts';

/** What a stage may reach besides what every operator may. */
export interface StageContext extends OperatorContext {
  /** Bytes that a line may have, also one of a file that the stage reads. */
  readonly maxLine: number;
}

/** What a source may reach besides. */
export interface SourceContext extends StageContext {
  /** Aborted when the run is to stop: by a signal, or because nobody reads on. */
  readonly signal: AbortSignal;
  /** Top-level members that the operators behind it read: found while records are scanned where that costs less. */
  readonly members: readonly string[];
  /** What `--rejected-to` collects: raw lines, as they came. */
  reject(bytes: Buffer): undefined | Promise<void>;
  /** Processing time, epoch ms: the only clock of a pipeline. */
  now(): number;
}

/** A stage of a pipeline, built from its options, nothing opened yet. */
export type Stage =
  | {
      readonly role: 'source';
      readonly sides: SideFiles;
      /** Whether its locations end by themselves. */
      readonly bounded: boolean;
      run(context: SourceContext): Promise<void>;
    }
  | {
      readonly role: 'operator' | 'sink';
      readonly sides: SideFiles;
      /** Called once, before the first batch; may load what the stage needs (a table, a target). */
      create(context: StageContext): Operator | Promise<Operator>;
    };

/** Side outputs that were given a file: output number to path. */
export type SideFiles = ReadonlyMap<number, string>;

import type { Buffer } from 'node:buffer';
import type { Target } from '../connectors/connector.ts';
import type { ReadingPace } from '../connectors/reading-pace.ts';
import type { SourceStateOptions } from '../epochs/source-state.ts';
import type { Operator, OperatorContext } from '../operators/operator.ts';
import type { World } from '../operators/world.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { Header } from '../stream/marker.ts';
import type { NamedHeader } from '../stream/merged-header.ts';

/** What a stage may reach besides what every operator may. */
export interface StageContext extends OperatorContext {
  /** Bytes that a line may have, also one of a file that the stage reads. */
  readonly maxLine: number;
  /** Time and chance, where they are not those of this machine: in a test. */
  readonly world?: World | undefined;
  /** The operator is shown the header alone, to see what it says of it: nothing is to be opened. */
  readonly rehearsal?: true;
}

/** Why a source is stopped that is to go on in a later run, whatever it does at an interrupt. */
export const SUSPENDED = 'suspended';

/** What a source may reach besides. */
export interface SourceContext extends StageContext {
  /** Aborted when the run is to stop: by a signal, because nobody reads on, or with the reason `SUSPENDED`. */
  readonly signal: AbortSignal;
  /** Top-level members that the operators behind it read: found while records are scanned where that costs less. */
  readonly members: readonly string[];
  /** What `--rejected-to` collects: raw lines, as they came. */
  reject(bytes: Buffer): undefined | Promise<void>;
  /** Processing time, epoch ms: the only clock of a pipeline. */
  now(): number;
  /** With `--state`; undefined: nothing is kept. */
  readonly epochs?: SourceEpochs;
  /** Its stream is one of several: how far pipes are read ahead while another is waited for. */
  readonly pace?: ReadingPace;
}

/** How a source takes part in epochs: it says where it is, the runtime does the rest. */
export interface SourceEpochs {
  /** The position of the epoch that is restored, as `barrier` was given it; undefined: from the start. */
  readonly restored: unknown;
  /** Whether a barrier is wanted: `--checkpoint` has passed since the last, and that one is committed. */
  due(): boolean;
  /** How long a wait for input may last before a barrier may be due, ms. */
  untilDue(): number;
  /** Another source of the run has begun an epoch, which waits for the barrier of this one. */
  readonly isAwaited?: boolean;
  /**
   * Ends an epoch: records the position durably, then writes the barrier. All records before the position have been handed on.
   * @param position JSON; what stands in it is read again by `restored`
   * @param last nothing more is read in this run: only the end of the stream follows
   * @throws TidemarkError `failed` where no stage is left that could prepare the epoch before
   */
  barrier(position: unknown, last?: boolean): Promise<void>;
  /** Called with the position of an epoch that has been committed, also at the start with the restored one: may be twice. */
  onCommitted: ((position: unknown) => void | Promise<void>) | undefined;
  /** What the run decides that its input does not tell. */
  readonly journal: SourceJournal;
}

/**
 * Decisions of a source that the same input would not bring about again: what the clock said, which location came first.
 * They are noted before anything that follows from them goes out, so that the next run comes to the same ones.
 */
export interface SourceJournal {
  /** The first that an earlier run has noted and this one has not come to again, as `note` was given it; undefined: none. */
  readonly next: unknown;
  /** All of those, in order. */
  ahead(): Iterable<unknown>;
  /** The run has come to the first of them; 1 when left out. */
  pass(count?: number): void;
  /**
   * Notes one; what is ahead is given up. @param entry JSON
   * @throws TidemarkError `failed` where it cannot be kept, `cut` where a later run has taken over
   */
  note(entry: unknown): void;
}

/** A place in the program itself, that a side output or a branch goes to: its text stands for it among the files. */
export interface ProgramPlace {
  /** @throws TidemarkError `usage` where it is another stream's already */
  open(): Target;
  /** Nothing comes any more, whether it was opened or not. */
  abandon(): void;
}

/** A stage of a pipeline, built from its options, nothing opened yet. */
export type Stage =
  | {
      readonly role: 'source';
      readonly sides: SideFiles;
      /** Whether its locations end by themselves. */
      readonly bounded: boolean;
      /** With `--state`: how it is kept where it was; undefined: it is not. */
      readonly keeping?: SourceKeeping;
      /**
       * What it says of its stream before it has read any of it; undefined: a stored stream says it itself. Nothing is opened.
       * @throws TidemarkError `usage`
       */
      header?(): Promise<Header | undefined>;
      lookOutside?: LookOutside;
      run(context: SourceContext): Promise<void>;
    }
  | {
      readonly role: 'operator' | 'sink';
      readonly sides: SideFiles;
      /** Those of its places that are in the program, by what stands for them; undefined: all are files. */
      readonly places?: ReadonlyMap<string, ProgramPlace>;
      /** Streams that its operator divides the input among; undefined: none. */
      readonly branches?: Branches;
      /** The one file that its results go to; undefined: elsewhere. */
      readonly target?: string;
      /** Of one that reads several streams; undefined: it reads one. */
      readonly inputs?: StageInputs;
      /** Its operator keeps nothing and says nothing about windows: who only wants to know that need not make it. */
      readonly stateless?: true;
      /**
       * Says what its operator would say of a stream with this header, and nothing is opened. Where it is left out the operator
       * itself is made and given the header: for operators that open nothing when they are made, nor at the header.
       * @param thorough a file that its answer depends on may be read: nobody runs the stage afterwards
       * @returns the header behind it
       * @throws TidemarkError `usage`
       */
      check?(header: Header, thorough: boolean): Header | Promise<Header>;
      lookOutside?: LookOutside;
      /** Called once, before the first batch; may load what the stage needs (a table, a target). */
      create(context: StageContext): Operator | Promise<Operator>;
    };

/**
 * Looks whether what a run would load of the world outside is there and is what it should be, without running: modules are
 * loaded, and nothing in them is called but a constructor; files of side inputs and tables are only looked for.
 * @returns what is missing now and may come before the run: inputs
 * @throws TidemarkError what is wrong
 */
export type LookOutside = () => Promise<readonly string[]>;

/** How a source keeps where it was, from one run to the next. */
export interface SourceKeeping extends SourceStateOptions {
  /** Between two barriers, ms. */
  readonly checkpoint: number;
  /** The arguments that a position belongs to. */
  readonly shape: StateShape;
}

/** Branches of a stream, each a stream of its own: `src/runtime/branch-output.ts` writes them. */
export interface Branches {
  /** A file, a FIFO or an open descriptor by output number, from BRANCH on. */
  readonly places: ReadonlyMap<number, string>;
  /**
   * What becomes of rows for a branch whose reader has gone: `drop` where each branch has what the others have, `fail` where
   * they would be lost.
   */
  readonly whenClosed: 'drop' | 'fail';
}

/** The inputs of a stage that reads several streams: `src/runtime/input-gate.ts` brings them in one order. */
export interface StageInputs {
  /** Where each is, in order: a file, a FIFO, an open descriptor, `-` for standard input or the stage before. */
  readonly places: readonly string[];
  /** In which order lines are taken; undefined: by watermark where all of them end by themselves, else as they come. */
  readonly order: 'watermark' | 'arrival' | undefined;
  /** Whether its operator takes rows of several inputs in one batch. */
  readonly mixed: boolean;
  /**
   * One header of those of all inputs, in order: its operator is given that.
   * @throws TidemarkError `usage` where they do not belong together
   */
  header(inputs: readonly NamedHeader[]): Header;
}

/** Side outputs that were given a file: output number to path. */
export type SideFiles = ReadonlyMap<number, string>;

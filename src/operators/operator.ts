import type { OperatorState, TargetNotes } from '../state/snapshot.ts';
import type { SpillFiles } from '../state/spill-files.ts';
import type { Batch } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';

/**
 * What a call into an operator may give back. A promise is back-pressure: the operator is given nothing more
 * until it settles. A generator is work that the runtime drains (a firing that fills many batches); each
 * value that it yields is waited for before it goes on.
 */
export type Work = undefined | Promise<void> | Generator<undefined | Promise<void>, void, void>;

/**
 * What an operator may reach. It has no clock, no process, no file: outputs are numbered (0 is the pipe, the
 * others are side outputs such as late events), and what it has to say goes through `notice`.
 */
export interface OperatorContext {
  /**
   * Hands a batch on. The batch is in use until the promise settles (at once when there is none), and is
   * the operator's again afterwards. Legal at any time. What is emitted to a branch (an output from BRANCH on) has been
   * printed when the call returns: its promise is back-pressure alone, and the batch may be changed or emitted again at once.
   */
  emit(output: number, batch: Batch): undefined | Promise<void>;
  emitMarker(output: number, marker: Marker): undefined | Promise<void>;
  /** Whether somebody listens to this output; what is emitted to one without a listener is dropped. */
  connected(output: number): boolean;
  /** One line for people, told on stderr unless --quiet. `hint`: what to do. */
  notice(message: string, hint?: string): void;
  /** Adds to a counter of the run's statistics (`events_in`, `late` …). */
  count(name: string, by: number): void;
  /**
   * Ends the run with this error, also while no call is there that could throw it (a request failed while the
   * input is silent). The next call throws it too: where this is missing, the failure is found then.
   */
  fail?(error: unknown): void;
  /** Gives files for state that does not fit in memory, the same ones each time; undefined: there are none. */
  readonly spill?: () => Promise<SpillFiles>;
}

/**
 * One step of a pipeline, on blocks. `onMarker` gets the header first and the end last; whoever holds work
 * back for later (a window, a request) has it in its tables. An operator passes markers and watermarks on
 * itself, so that they stand where they belong in its output.
 */
export interface Operator {
  /**
   * Names of the top-level members that it reads of each event, which passes with its members as they are (or not at all).
   * A source in the same process finds them while it scans. Undefined: what stands behind may see other members.
   */
  readonly reads?: readonly string[];
  /** What must survive from one run to the next; undefined: nothing, each event is dealt with alone. */
  readonly state?: OperatorState | undefined;
  /** Of the last stage: how what it writes takes part in epochs. */
  readonly leaf?: Leaf;
  onBatch(input: number, batch: Batch): Work;
  onMarker(input: number, marker: Marker): Work;
  /**
   * An epoch is committed whose barrier it has handed on. May be called again for the same epoch, and between two calls of
   * the others. Only for one with a `state`.
   */
  committed?(epoch: number): Promise<void>;
  /** The input ended as it should; called once, behind the last marker. */
  close?(): Promise<void>;
  /** The run failed or its input was cut off: leave nothing half done behind. Never throws. */
  abort?(): Promise<void>;
}

/** What writes results to the world: it prepares an epoch, and publishes it when the source has committed it. */
export interface Leaf {
  /**
   * Called behind the header, before the first event: takes back what was written behind the committed epoch.
   * @param saved what `prepare` gave for that epoch; undefined: nothing was committed
   */
  recover(saved: unknown, notes: TargetNotes): Promise<void>;
  /** Makes durable what was written; it can still be taken back. @returns what `recover` needs, JSON */
  prepare(epoch: number): Promise<unknown>;
  /** The epoch is committed. May be called again for the same epoch. */
  publish(epoch: number): Promise<void>;
}

/** Side outputs by number; each command connects those that it has options for. */
export const MAIN = 0;
export const LATE = 1;
export const REJECTED = 2;
export const DEAD_LETTER = 3;
export const EXCESS = 4;
/**
 * Branches have the numbers from here on: streams of their own, with watermarks and ticks in them. Their headers, idle
 * markers and ends are written by the runtime, which takes them from what goes to MAIN.
 */
export const BRANCH = 16;
/** The first number of side outputs that have names (`map --side-to NAME=FILE`): above those of branches. */
export const FIRST_NAMED = 1 << 16;

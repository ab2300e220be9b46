import type { Pauses } from '../connectors/record-loop.ts';
import type { RecordBatch, ResumableReader } from '../formats/format.ts';
import type { SourcePosition } from './source-position.ts';
import type { SourceEpochs } from './stage.ts';

/** What is kept of the whole source, beside its locations. */
export type WholePosition = Omit<SourcePosition, 'version' | 'locations' | 'reading' | 'shard' | 'drained'>;

/** The source whose locations are read: what it makes of their records, and what it has to keep of that. */
export interface EpochSource {
  readonly epochs: SourceEpochs;
  readonly signal: AbortSignal;
  readonly records: RecordBatch;
  /** The input ends where it ends now: half a line at its end is one. */
  readonly drain: boolean;
  formatOf(location: string): string;
  /** A location is gone on with. @param others the least of the highest event times of the other locations, ms */
  beginLocation(location: string, times: LocationTimes, others: number): void;
  /** What follows need not be in the order of the times before. */
  beginOrder(): void;
  /** A file of it is begun, or gone on with. @param name for messages @param cut only the lines of a part are read */
  beginFile(name: string, cut: boolean): void;
  createReader(location: string, name: string): ResumableReader;
  onRecords(location: string): Promise<boolean>;
  /** When it has to look at the clock; undefined: never. */
  readonly clock: Pauses | undefined;
  /** Writes what an earlier run has had from its clock at this place. */
  clockAgain(): Promise<void>;
  /** No event before this time follows, epoch ms. */
  completeTo(time: number): Promise<void>;
  /** Those of the location that is read. */
  readonly times: LocationTimes;
  /** No more events are wanted, of any location. */
  readonly satisfied: boolean;
  save(): WholePosition;
  restore(position: WholePosition): void;
}

/** What a location has come to; times in epoch ms, -Infinity where there is none. */
export interface LocationTimes {
  /** The highest event time; or how far it is complete, where it says so itself. */
  readonly highest: number;
  /** The highest time of all its records. */
  readonly latest: number;
  /** When it had its last event, by the clock. */
  readonly active: number;
  /** What its estimator has saved; undefined: it has none, or has seen nothing. */
  readonly estimator: unknown;
}

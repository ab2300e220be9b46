import type { ResumableReader } from '../formats/format.ts';
import type { Shard, SplitReader } from './connector.ts';
import type { FileId } from './file-identity.ts';
import type { ReadingPlace } from './file-progress.ts';
import type { Fingerprint } from './fingerprint.ts';

/** What is read of one file: from a place on, to its end. */
export interface Stretch {
  /** For messages. */
  readonly name: string;
  /** Undefined: it is no file. */
  readonly id: FileId | undefined;
  /** Where an earlier run has stopped; undefined: it is read from its start. */
  readonly from: ReadingPlace | undefined;
  /** The bytes before that place, as many as a fingerprint wants. */
  readonly known: Uint8Array;
  /** More bytes may come: what stands behind the last newline is no record yet. */
  readonly growing: boolean;
  /** Bytes on disk when it was opened; undefined: they say nothing. */
  readonly size?: number | undefined;
  /** The reader of its records, where it has to know more than `reader`; left out: that. */
  readingBy?(reader: ResumableReader): ResumableReader;
  /** Only the lines of a shard are read. */
  readonly cut?: true;
  /** Its bytes from the place on. */
  open(signal: AbortSignal): Promise<SplitReader>;
}

/** A file of a spool that was read whole: JSON. */
export interface TakenFile extends FileId {
  readonly path: string;
  readonly fingerprint: Fingerprint;
  /** Its bytes, decompressed. */
  readonly bytes: number;
}

/** Tells a file from all others that are there. */
export const keyOf = ({ device, inode }: FileId): string => `${device}:${inode}`;

/** A file of which a part has been read. */
export type ReadFile = FileId & ReadingPlace;

/** Whether the place is in a file, and not in what is made. */
export const isFile = (place: ReadFile | ReadingPlace): place is ReadFile => 'inode' in place;

/** How far a location has been read: JSON. */
export interface LocationProgress {
  /** The file that was read last, and the place in it; null: none was begun. */
  readonly file: ReadFile | ReadingPlace | null;
  /** Of a directory or a pattern: the files that were read whole. */
  readonly taken?: readonly TakenFile[];
}

/** A location that can be read again from any place between two records. */
export interface ReplayableLocation {
  /** As the user wrote it. */
  readonly name: string;
  /** Whether no end is to be expected. */
  readonly endless: boolean;
  /** Whether it is another shard's as a whole: then it is not read. */
  readonly foreign: boolean;
  /**
   * What there is to be read now, one after the other.
   * @param from the place at which an earlier run has stopped; null: none
   * @throws TidemarkError `failed` where it cannot go on from there
   */
  stretches(from: LocationProgress['file']): AsyncIterable<Stretch>;
  /** Of a directory or a pattern: the files that were read whole; set to what an earlier run has recorded, … */
  taken?: readonly TakenFile[];
  /** … and one more. */
  take?(file: TakenFile): void;
  /** Of a directory or a pattern: keys of the files that are read before all others, in this order. */
  order?: readonly string[];
  /** Keys of the files that were found and are not taken, in the order in which they are read. */
  readonly upcoming?: readonly string[];
  /** What was not committed comes again in an order of its own: there is no place up to which it could be read again. */
  readonly redelivers?: boolean;
  /** What was read up to `saved` is committed: called again for what was told before, also by a later run. */
  committed?(saved: LocationProgress): void | Promise<void>;
}

/** What is done with a file that was taken. */
export type OnCommit = { readonly kind: 'delete' } | { readonly kind: 'move'; readonly folder: string };

export interface ReplayOptions {
  readonly follow: boolean;
  /** Milliseconds between two looks at a followed file; 1000 when left out. */
  readonly poll?: number;
  /** What is done when a file is gone that was not read to its end. */
  readonly onLostFile: 'fail' | 'skip';
  /** What is done with a file of a directory or a pattern once its records are committed; undefined: it stays. */
  readonly onCommit: OnCommit | undefined;
  /** The part that is wanted; undefined: all. */
  readonly shard: Shard | undefined;
  /** Whether the lines of a location are records, so that its files can be cut. */
  isCut(location: string): boolean;
  /** For what the user should know while a location is read: one line, lower case, no full stop. */
  notice(message: string, hint?: string): void;
}

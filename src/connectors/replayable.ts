import type { SplitReader } from './connector.ts';
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
  /** Its bytes from the place on. */
  open(signal: AbortSignal): Promise<SplitReader>;
}

/** A file of a spool that was read whole: JSON. */
export interface TakenFile extends FileId {
  readonly fingerprint: Fingerprint;
  /** Its bytes, decompressed. */
  readonly bytes: number;
}

/** How far a location has been read: JSON. */
export interface LocationProgress {
  /** The file that was read last, and the place in it; null: none was begun. */
  readonly file: (Partial<FileId> & ReadingPlace) | null;
  /** Of a directory or a pattern: the files that were read whole. */
  readonly taken?: readonly TakenFile[];
}

/** A location that can be read again from any place between two records. */
export interface ReplayableLocation {
  /** As the user wrote it. */
  readonly name: string;
  /** Whether no end is to be expected. */
  readonly endless: boolean;
  /**
   * What there is to be read now, one after the other.
   * @param saved how far an earlier run has come; undefined: this is the first
   * @throws TidemarkError `failed` where it cannot go on from there
   */
  stretches(saved: LocationProgress | undefined): AsyncIterable<Stretch>;
  /** Of a directory or a pattern: the files that were read whole, … */
  readonly taken?: readonly TakenFile[];
  /** … and one more. */
  take?(file: TakenFile): void;
}

export interface ReplayOptions {
  readonly follow: boolean;
  /** Milliseconds between two looks at a followed file; 1000 when left out. */
  readonly poll?: number;
  /** What is done when a file is gone that was not read to its end. */
  readonly onLostFile: 'fail' | 'skip';
  /** For what the user should know while a location is read: one line, lower case, no full stop. */
  notice(message: string, hint?: string): void;
}

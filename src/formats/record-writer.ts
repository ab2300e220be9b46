import type { ByteWriter } from '../json/byte-writer.ts';
import type { Batch } from '../stream/batch.ts';

/**
 * What becomes of an event's metadata on the way out. `flatten`: `@t` goes, the window becomes
 * `window_start` and `window_end`, one record per window, the pane `pane_index` and `pane_timing`. `keep`:
 * `@t`, `@w`, `@pane` as they are in the stream. `drop`: members only.
 */
export type MetaMode = 'flatten' | 'keep' | 'drop';

export interface WriterOptions {
  readonly meta: MetaMode;
  /** Whether the stream ends by itself: then a table may wait for rows to come before it sets its widths. */
  readonly bounded: boolean;
  /** csv, tsv: the columns that the target has already, whose header line is not written again. */
  readonly columns?: readonly string[];
  /** csv, tsv, table: what all events have, where it is known before the first: then these are the columns. */
  readonly expected?: ExpectedMembers;
  /** table: the columns of a terminal that it is to fit in; absent: as wide as it gets. */
  readonly terminalWidth?: number;
  /** table: how its header is shown; absent: plain. */
  readonly bold?: (text: string) => string;
}

/** What a closed schema and the windowing say of all events. */
export interface ExpectedMembers {
  /** Names of the members as they stand in the stream, in order. */
  readonly members: readonly string[];
  /** Those of them that an event may lack: csv and tsv have a column of each, a table only once one has it. */
  readonly optional: ReadonlySet<string>;
  /** Whether events are in windows. */
  readonly windowed: boolean;
  /** Whether they are panes. */
  readonly paned: boolean;
}

/** Turns events into the bytes of an output format. What it writes doesn't depend on how the events were cut into batches. */
export interface RecordWriter {
  /**
   * Appends the records of the events in rows [from, to) (without them: all); rows of other kinds are passed
   * over.
   * @throws TidemarkError `failed`, with the line, for an event that the format cannot hold; `out` ends with the
   * last whole record before it
   */
  write(batch: Batch, out: ByteWriter, from?: number, to?: number): void;
  /** Appends what comes last: the rows that a table has waited with. */
  end(out: ByteWriter): void;
  /** csv, tsv: the columns, once the first record has told them: for `WriterOptions.columns` of who goes on. */
  readonly columns?: readonly string[] | undefined;
}
